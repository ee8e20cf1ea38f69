.DEFAULT_GOAL := help
.PHONY: build run test test-all storm bench check deploy clean help

# Packages with concurrent code. They are tested with the race detector, which would only make the others slow.
concurrent := $(addprefix ./,$(wildcard e2e handler internal/chaos internal/claims internal/fcruntime internal/localcloud \
	internal/ossclient))
sequential = $(filter-out $(concurrent:./%=onput/%),$(shell go list ./...))

# Without this a test binary with the race detector sleeps for a second before it ends, and tests start it many times.
export GORACE = atexit_sleep_ms=0

build: ## build the command: ./onput
	go build -o onput ./cmd/onput

run: export CGO_ENABLED = 0
run: ## the main job on this machine: nine uploads, the real function, a local OSS
	go run ./cmd/onput run

test: ## vet and the quick tests, for after each change; needs a C compiler (race detector)
	go vet ./...
	go test -short $(sequential) ./internal/claims
	go test -short -race $(concurrent)

test-all: ## all tests; takes minutes
	go vet ./...
	go test -timeout 15m $(filter-out %/cmd/onput,$(sequential)) ./internal/claims
	go test -timeout 15m -race $(concurrent) ./cmd/onput

storm: ## thousands of uploads while OSS fails and the function is killed; more of it: make storm STORM="-seeds 10"
	go run ./internal/chaos $(STORM)

bench: ## measure everything; what comes out goes into the READMEs
	cd bench && go run .

check: ## check the rules that are deployed
	go run ./cmd/onput check rules/rules.yaml

deploy: ## deploy to Function Compute; docs/deploy.md says what it needs
	s deploy

clean: ## delete what build, run and deploy made here
	rm -rf onput onput.zip target .onput

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10
