# make run    build and start the server on 127.0.0.1:9090
# make test   build and run all tests
# make check  what a change must pass: lint, then test
# make lint   checks the formatting
# make format applies it
# make bench  the benchmarks
# make docs   the documentation of the library
# make deb    a Debian package, in .build

# What the build needs besides the Swift toolchain, and what the tests compare with.
PACKAGES := zlib1g-dev libzstd-dev
TEST_PACKAGES := $(PACKAGES) curl groff-base libfaketime prometheus prometheus-alertmanager prometheus-node-exporter systemd

# Tests that keep both of Swift's threads busy for minutes. They run apart, so that tests with sockets need not wait for them.
COMPUTING := ^(CrashTests|KTSDBEngineTests|KTSDBModelTests|PromQLTests)\.

LISTEN := 127.0.0.1:9090

.PHONY: run test check lint format bench docs deb deps test-deps

run: deps
	swift build -c release --product ktsdb
	@echo
	@echo "ktsdb will listen at http://$(LISTEN)/ and keep its data in ./data."
	@echo "  It scrapes 127.0.0.1:9090, and a node exporter at 127.0.0.1:9100 when one listens there (Examples/ktsdb.yml)."
	@echo "  Ask it:   curl 'http://$(LISTEN)/api/v1/query?query=up'"
	@echo "            promtool query instant http://$(LISTEN) up"
	@echo "  Grafana:  a Prometheus data source with this address."
	@echo "  Stop it:  Ctrl-C."
	@echo
	@exec .build/release/ktsdb --config.file=Examples/ktsdb.yml --storage.tsdb.path=data \
	  --web.listen-address=$(LISTEN) --web.enable-lifecycle --web.enable-remote-write-receiver --web.enable-admin-api

test: test-deps
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip '$(COMPUTING)'
	swift test --skip-build --disable-xctest --filter '$(COMPUTING)'
	Tests/Scripts/embedding.sh
	Tests/Scripts/documentation.sh

check: lint test

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks Fuzzers Examples

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks Fuzzers Examples

docs: deps
	swift build --build-tests
	Tests/Scripts/documentation.sh

deb: deps
	swift build -c release --product ktsdb --static-swift-stdlib
	Packaging/debian/build.sh "$$(swift build -c release --static-swift-stdlib --show-bin-path)/ktsdb" .build

bench: deps
	swift run -c release ktsdb-bench

# Installs what is missing, or says how.
define install
	@dpkg -s $(1) >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing $(1)"; \
	  DEBIAN_FRONTEND=noninteractive apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(1); \
	else \
	  echo "System packages are missing. On Debian and Ubuntu run:" >&2; \
	  echo "    sudo apt-get install $(1)" >&2; \
	  exit 1; \
	fi
endef

deps:
	$(call install,$(PACKAGES))

test-deps:
	$(call install,$(TEST_PACKAGES))
