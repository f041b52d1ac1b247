#!/usr/bin/env bash
# Makes an InfluxDB 2.7, without its web pages, of the Go module proxy and crates.io:  make_influxd.sh FOLDER  ->  FOLDER/influxd
# Needs Go and Rust. `go install` refuses a module with replace directives: it is built where it lies.
set -eu
version=v2.7.12
folder=$(realpath -m "${1:?which folder?}")
mkdir -p "$folder"
export GOBIN=$folder GOFLAGS=-modcacherw
# Its query language is a library in Rust. It names a Rust of its own, and forbids warnings that later ones give.
export RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-stable} PKG_CONFIG=$folder/pkg-config RUSTC_WRAPPER=$folder/rustc-wrapper
printf '#!/bin/sh\nexec "$@" --cap-lints=warn\n' >"$RUSTC_WRAPPER"
chmod +x "$RUSTC_WRAPPER"
go install github.com/influxdata/pkg-config@v0.2.7
go mod download github.com/influxdata/influxdb/v2@$version
rm -rf "$folder/source"
cp -r "$(go env GOMODCACHE)/github.com/influxdata/influxdb/v2@$version" "$folder/source"
chmod -R u+w "$folder/source"
(cd "$folder/source" && go build -o "$folder/influxd.new" ./cmd/influxd)
mv "$folder/influxd.new" "$folder/influxd"
rm -rf "$folder/source"
