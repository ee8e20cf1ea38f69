.DEFAULT_GOAL := help
.PHONY: build dist run test test-all storm bench check deploy clean help

# Packages with concurrent code are tested with the race detector. It would only slow the others down.
concurrent := $(addprefix ./,$(wildcard e2e handler internal/chaos internal/claims internal/fcruntime internal/localcloud internal/localimages \
	internal/ossclient))
sequential = $(filter-out $(concurrent:./%=onput/%),$(shell go list ./...))

# A test binary with the race detector sleeps for a second before it exits, and tests start it many times. Do not sleep.
export GORACE = atexit_sleep_ms=0

# The environment and flags with which internal/build compiles the function, so that onput run finds packages compiled that both
# have. -v prints each package that is compiled.
build: export CGO_ENABLED = 0
build: ## build the command, ./onput
	@echo 'Building ./onput. Each package that must be compiled is listed: some 300 if none was before, which takes minutes.'
	@go build -v -trimpath -tags=nethttpomithttp2 -o onput ./cmd/onput

dist: ## build the released command for all systems, with the function inside, into dist/; for one: make dist SYSTEM=linux/amd64
	go run ./internal/dist $(SYSTEM)

run: build
run: ## run the function on this machine: ten uploads, the real binary, a local OSS
	@./onput run

test: ## vet and the quick tests, after each change; needs a C compiler (race detector)
	go vet ./...
	go test -short $(sequential) ./internal/claims
	go test -short -race $(concurrent)

test-all: ## all tests, before a change is proposed; takes minutes
	go vet ./...
	go test -timeout 15m $(sequential) ./internal/claims
	go test -timeout 15m -race $(concurrent)
	go test -timeout 15m -race -short ./cmd/onput

storm: ## thousands of uploads while OSS fails and the function is killed and paused; for more: make storm STORM="-seeds 10"
	go run ./internal/chaos $(STORM)

bench: ## measure performance, and write the figures into docs/speed.md and README.md
	cd bench && go run .

check: ## check the rules that are deployed, rules/rules.yaml
	go run ./cmd/onput check rules/rules.yaml

deploy: ## deploy to Function Compute; docs/deploy.md lists what must exist before
	s deploy

clean: ## delete what build, run and deploy created here
	rm -rf onput onput.zip target dist .onput

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10
