# Everything that a fresh Debian 12 with Swift 6.3 needs is installed by the targets themselves.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: serve build test lint bench check-package check-sdk check-webhooks check-feed docs install clean

DATA_DIR ?= data
PORT ?= 8080
# How much check-feed does.
CHANGES ?= 100000
WRITERS ?= 32
KILLS ?= 10

# What is linked, and what tests and benchmarks run.
PACKAGES := libpq-dev libsqlite3-dev zlib1g-dev pkg-config curl python3 python3-venv
TEST_PACKAGES := $(PACKAGES) postgresql
BENCH_PACKAGES := $(PACKAGES) postgresql wrk
BUILD := swift build --explicit-target-dependency-import-check error
TEST := scripts/postgres run scripts/run-tests

serve: build ## Build and serve on 127.0.0.1:8080; the data is in ./data
	@.build/release/clientele serve --data-dir $(DATA_DIR) --port $(PORT)

build: install ## Build the optimised binary
	$(BUILD) -c release --product clientele

test: install ## Build and run all tests; those of the API a second time on PostgreSQL
	@scripts/install-packages $(TEST_PACKAGES)
	$(BUILD) --build-tests
	$(TEST)
	CLIENTELE_TEST_ENGINE=postgres $(TEST) --filter ClienteleServerTests

lint: ## Check the format, and who imports whom
	swift format lint --strict --recursive Package.swift Sources Tests Examples
	scripts/check-imports

bench: build ## Print how reads, lists and writes compare with what the machine can do
	@scripts/install-packages $(BENCH_PACKAGES)
	scripts/bench sqlite
	scripts/bench postgres
	scripts/bench-webhooks sqlite
	scripts/bench-webhooks postgres

check-package: install ## Build a package that uses only the Swift SDK, and tell how long that takes
	scripts/check-package

docs: install ## Build the Swift client's documentation into .build/docs
	scripts/docs

check-sdk: build .venv/polar-sdk-0/done .venv/polar-sdk-1/done ## Drive the server with Polar's own Python SDK
	scripts/check-sdk

check-webhooks: build .venv/polar-sdk-0/done ## Receive the server's webhooks, and verify and read them as Polar's users do
	scripts/check-webhooks

check-feed: build ## Follow the feed while servers are killed, on both engines
	@scripts/install-packages $(TEST_PACKAGES)
	scripts/check-feed --changes $(CHANGES) --writers $(WRITERS) --kills $(KILLS)
	scripts/check-feed --database --changes $(CHANGES) --writers $(WRITERS) --kills $(KILLS)

install:
	@scripts/install-packages $(PACKAGES)

# The two generations of the SDK: the one that Polar's documentation shows, and its rewrite.
.venv/polar-sdk-0/done: SDK_VERSION := <1
.venv/polar-sdk-1/done: SDK_VERSION := >=1
.venv/polar-sdk-0/done .venv/polar-sdk-1/done: | install
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet 'polar-sdk$(SDK_VERSION)'
	touch $@

clean:
	rm -rf .build .build-only .venv
