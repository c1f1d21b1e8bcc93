# Every target works on a fresh machine with Go and make; interop also needs
# the servers that .ci/run installs.

GO       ?= go
FUZZTIME ?= 10s
GOLANGCI  = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Packages that hold tests which need programs from outside.
INTEROP   = $(shell grep -rlE '^//go:build interop$$' --include='*_test.go' . | xargs -n1 dirname | sort -u)

.DEFAULT_GOAL := help
.PHONY: help build test race lint fuzz interop browser bench demo docs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the program into ./tlsaudit
	$(GO) build -trimpath -o tlsaudit ./cmd/tlsaudit

# The scanner's tests mostly wait: others run beside them when they begin first.
test: ## run the tests that need nothing but Go
	$(GO) test ./scanner ./...

race: ## run the same tests under the race detector
	$(GO) test -race ./...

lint: ## check formatting, go vet, and golangci-lint (built on first use)
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted with gofmt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags interop,bench ./...
	$(GO) run $(GOLANGCI) run ./...

# Each package's test program is built once, without tables for debuggers, which
# take longer than the rest, and its targets are run from it in the folder of the
# package, where their seeds are. The fuzzing coordinator
# sometimes takes the end of -fuzztime for a failure ("context deadline
# exceeded", with no failing input): that is none.
fuzz: ## run every fuzz target for FUZZTIME each (default 10s)
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	grep -roE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sort | \
	while IFS=: read -r file target; do \
		target=$${target#func }; folder=$$(dirname $$file); echo "--- $$folder $$target"; \
		test "$$folder" = "$$built" || $(GO) test -c -fuzz . -ldflags="-s -w" -o "$$work/program" "$$folder" || exit 1; built=$$folder; \
		out=$$(cd "$$folder" && "$$work/program" -test.timeout 10m -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) -test.fuzzcachedir "$$work/$$target" 2>&1) && { echo "$$out" | tail -n 1; continue; }; \
		echo "$$out"; \
		echo "$$out" | grep -q '^    context deadline exceeded$$' && ! echo "$$out" | grep -q 'Failing input written' || exit 1; \
	done

interop: ## compare the scanner with real servers and peers on loopback
	$(GO) test -tags interop -count=1 -timeout 15m $(INTEROP)

browser: ## open the HTML report and the dashboard in Chromium and use them
	npm ci --prefix browser --no-fund --no-audit
	$(GO) test -tags interop -count=1 -timeout 15m -v -run 'InABrowser$$' ./report ./internal/dashboard

bench: ## run the benchmarks, and compare what endpoints and fleets cost with peers
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) test -tags interop,bench -count=1 -timeout 3h -run '^TestBench' -v ./interop

demo: ## audit the embedded endpoints and write report.xlsx and report.json
	$(GO) run ./cmd/tlsaudit demo

docs: ## renew the generated pages below docs
	$(GO) test ./internal/policy -run '^TestPage$$' -update
	$(GO) test ./cmd/tlsaudit -run '^Test(Docs|SchemaLists)$$' -update
	$(GO) test ./internal/policy -run '^TestPage$$' -update
