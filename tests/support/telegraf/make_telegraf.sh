#!/usr/bin/env bash
# Makes a Telegraf of the few plugins the ingest bench needs, of the Go module proxy:  make_telegraf.sh FOLDER  ->  FOLDER/telegraf
# Needs Go. `go install` takes no module with replace directives: it is built where it lies.
set -eu
version=v1.37.2
folder=$(realpath -m "${1:?which folder?}")
mkdir -p "$folder"
export GOFLAGS=-modcacherw
go mod download github.com/influxdata/telegraf@$version
rm -rf "$folder/source"
cp -r "$(go env GOMODCACHE)/github.com/influxdata/telegraf@$version" "$folder/source"
chmod -R u+w "$folder/source"
# Of the databases only SQLite and PostgreSQL are wanted: the others' drivers are 300 packages.
sed -i '/clickhouse-go\|go-sql-driver\|go-mssqldb\|gosnowflake/d' "$folder/source/plugins/outputs/sql/sql.go"
plugins=custom,inputs.mqtt_consumer,parsers.json,outputs.sql,outputs.postgresql
(cd "$folder/source" && go build -tags "$plugins" -ldflags "-w -s" -o "$folder/telegraf.new" ./cmd/telegraf)
mv "$folder/telegraf.new" "$folder/telegraf"
rm -rf "$folder/source"
