# Everything a developer asks for. `make` alone shows the list.
PYTHON ?= python3
STACK := @$(PYTHON) tools/stack/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help up down status logs letters reset demo env test test-slow lint gen bench lock images test-containers test-cluster restore-drill

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## start everything and watch it; Ctrl-C stops it (PARTS=postgres,valkey only these, DETACH=1 in the background)
	$(STACK) up $(if $(PARTS),--parts $(PARTS)) $(if $(DETACH),--detach)

down: ## stop everything, from any terminal
	$(STACK) down

status: ## the table of parts
	$(STACK) status

logs: ## the last lines of all logs (PART=gateway one of them, FOLLOW=1 goes on)
	$(STACK) logs $(PART) $(if $(FOLLOW),--follow)

letters: ## the last letters that were sent to people of this stack
	$(STACK) letters

reset: ## remove all local data; asks first (YES=1 does not)
	$(STACK) reset $(if $(YES),--yes)

demo: ## load the demo region into the running stack
	$(STACK) demo

env: ## the environment of the running stack, for eval "$$(make -s env)"
	$(STACK) env

test: ## every suite on real parts (ARGS="…" goes to pytest instead)
	$(STACK) test $(ARGS)

restore-drill: ## destroy a database of its own and restore it, to an instant and to the last write
	$(STACK) test -- -s -m slow tests/load/test_restore.py

test-slow: ## test and the fault and soak proofs
	$(STACK) test --slow $(ARGS)

images: ## container images (NAMES="journal gateway" only these, BASE=… on that image)
	$(STACK) images build $(if $(BASE),--base $(BASE)) $(NAMES)

test-containers: ## the images in containers: health, migrations, the journey, stops (ARGS="…" goes to pytest)
	$(STACK) images test $(if $(BASE),--base $(BASE)) $(if $(IF_POSSIBLE),--if-possible) $(ARGS)

test-cluster: ## every overlay of deploy/k8s on a real API server (built once, which takes minutes)
	$(STACK) test -- -s -m slow tools/k8s/tests $(ARGS)

lint: ## ruff, mypy, import-linter, buf, house rules, eslint, tsc
	$(STACK) lint

gen: ## generate code from the contracts
	$(STACK) gen

bench: ## CPU per request of the hot paths, side by side
	$(STACK) bench

lock: ## compile the hashed requirements
	$(STACK) lock
