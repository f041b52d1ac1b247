# The verbs. `make` alone lists them. Everything installs into .venv; nothing needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
SOURCES := pyproject.toml agent/pyproject.toml agent/wire/pyproject.toml collector/pyproject.toml dashboards/pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-long test-vm test-ansible test-keycloak test-influxdb test-cluster check format bench lock packages package-debian package-windows package-macos extension grafana schema screenshots clean

help:  ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(VENV)/.ready  ## install everything into .venv

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Rollcall needs Python 3.11 or newer: try 'make PYTHON=python3.12 …'"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.ready: requirements.lock $(SOURCES) | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e agent/wire -e agent -e collector -e dashboards
	@touch $@

run: setup  ## start Rollcall here: broker, collector, pages, and this machine as the first device
	@exec $(BIN)/rollcall up

demo: setup  ## start Rollcall with a make-believe district of 1,000 devices and a school year behind it
	@exec $(BIN)/rollcall demo

test: setup  ## run every test of less than ten seconds that this machine can run
	$(BIN)/python -m pytest -n 3 -m "not slow" $(ARGS)

LONG = $(shell grep -rlE --include="test_*.py" "mark\.(slow|alone)" tests)

test-long: setup  ## run the others: long kills and floods, real systems, whole districts
	$(BIN)/python -m pytest -n 4 -m "slow and not alone and not systems" $(ARGS) $(LONG)
	$(BIN)/python -m pytest -m alone $(ARGS) $(LONG)

test-vm: setup  ## a Debian under systemd, and one in QEMU: crashed, cut off, set back (half an hour and more, root)
	ROLLCALL_REQUIRE=all $(BIN)/python -m pytest -s tests/vm/*.py $(ARGS)

test-ansible: setup  ## make a server and a device of two Debian systems of the test's own; needs root, mmdebstrap, systemd-nspawn
	$(BIN)/python -m pytest -s -m systems tests/ansible $(ARGS)

KEYCLOAK := org.keycloak:keycloak-quarkus-dist:26.7.3:zip

.cache/keycloak:
	mvn --quiet --batch-mode dependency:get -Dartifact=$(KEYCLOAK) -Dtransitive=false
	mvn --quiet --batch-mode dependency:unpack -Dartifact=$(KEYCLOAK) -DoutputDirectory=$(CURDIR)/$@

test-keycloak: setup .cache/keycloak  ## sign in at a real Keycloak from Maven Central (180 MB; Java 17, Maven, Chromium)
	ROLLCALL_REQUIRE=all $(BIN)/python -m pytest tests/dashboards/pages/sign_in/keycloak.py $(ARGS)

.cache/influxdb/influxd:
	tests/support/mirroring/make_influxd.sh $(CURDIR)/$(@D)

test-influxdb: setup .cache/influxdb/influxd  ## the mirror at a real InfluxDB 2.7, built once of Go's proxy and crates.io (Go, Rust)
	ROLLCALL_REQUIRE=all $(BIN)/python -m pytest tests/collector/mirror/influxdb.py $(ARGS)

.cache/telegraf/telegraf:
	tests/support/telegraf/make_telegraf.sh $(CURDIR)/$(@D)

test-cluster: setup  ## three RabbitMQ nodes that are one, the collector's own killed under load (rabbitmq-server)
	ROLLCALL_REQUIRE=all $(BIN)/python -m pytest -s tests/system/clusters/broker_cluster.py $(ARGS)

check: setup  ## style, types, and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup  ## put the code into the project's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## measure: ingest, outbox, the agent's footprint
	$(BIN)/python -m tests.benchmarks $(ARGS)

packages: setup  ## pack a server and an agent into dist/, to be installed elsewhere without a network
	$(BIN)/python -m release.packages $(ARGS)

extension: setup  ## pack the Chromebook extension into dist/extension; ARGS is the address it will be served at
	$(BIN)/python -m release.extension $(ARGS)

package-debian: setup  ## pack the agent for Debian and Ubuntu into dist/
	$(BIN)/python -m release.debian

package-windows: setup  ## pack the agent for Windows, with a Python of its own, into dist/
	$(BIN)/python -m release.windows

package-macos: setup  ## lay out the agent for macOS into dist/, with what makes a package of it on a Mac
	$(BIN)/python -m release.macos

grafana: setup  ## write Grafana's dashboards anew from their Python
	$(BIN)/python -m dashboards.grafana

schema: setup  ## write the wire's JSON Schema files anew
	$(BIN)/python -m tests.support.schema

screenshots: setup  ## write pictures of every page to screenshots/
	$(BIN)/python -m tests.support.screenshots

lock: $(BIN)/uv  ## resolve the dependencies anew and write the hash-pinned lock
	$(BIN)/uv lock --quiet --upgrade
	$(BIN)/uv export --quiet --all-packages --all-groups --all-extras --no-emit-workspace --no-header --no-emit-index-url --no-annotate -o requirements.lock

clean:  ## remove what was installed and measured; data under var/ stays
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .coverage screenshots
