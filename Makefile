.DEFAULT_GOAL := help
.PHONY: build run test storm bench check deploy clean help

build: ## build the command: ./onput
	go build -o onput ./cmd/onput

run: export CGO_ENABLED = 0
run: ## the main job on this machine: nine uploads, the real function, a local OSS
	go run ./cmd/onput run

test: ## vet, and all tests with the race detector, which needs a C compiler
	go vet ./... && go test -race -timeout 15m ./...

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
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10
