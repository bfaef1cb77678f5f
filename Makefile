# Everything that one does with StudyZed. `make help` lists the targets.
# Each of them makes the virtual environment itself where it is missing or behind the lock.

.DEFAULT_GOAL := help
.PHONY: help up down reset logs demo test faults test-kafka bench check fix migrate replay audit-verify rotate-keys revision openapi lock installed

PY := .venv/bin/python
LOCAL := $(PY) -m deploy.local
ON_POSTGRES := user_service payment_service session_service
UV := .cache/uv/bin/uv
UV_VERSION := 0.13.9
EXTRAS := payment notification session user tracing local dev

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: installed ## Run the whole platform in the foreground; Ctrl-C stops it (STUDYZED_PORT, STUDYZED_DATA, SPA_DIR)
	@exec $(LOCAL) up

down: installed ## Stop the platform that runs in another terminal
	@$(LOCAL) down

reset: installed ## Stop the platform and wipe its data
	@$(LOCAL) reset

logs: installed ## Follow the logs of all processes (ARGS="user_service celery": of these only)
	@$(LOCAL) logs $(ARGS)

demo: installed ## Play one story through all services, on the running platform or a new one
	@$(PY) -m deploy.demo $(ARGS)

test: installed ## Run the tests, each worker on a stack of its own (ARGS="-k name", WORKERS=2)
	@$(PY) -m pytest --numprocesses $(or $(WORKERS),2) --dist loadfile $(ARGS)

test-kafka: installed ## Run the tests of events against Apache Kafka, or say why not (ARGS="-k name")
	@$(PY) -m deploy.kafka $(ARGS)

faults: installed ## Kill everything at seeded moments, then while stories are played (RUNS=3 SEED=1 KAFKA=apache OUTAGE=600)
	@$(PY) -m tests.faults --runs $(or $(RUNS),3) --seed $(or $(SEED),1) --kafka $(or $(KAFKA),local) --outage $(or $(OUTAGE),600) $(ARGS)

bench: installed ## Measure our paths against bare programs; writes docs/performance.md (ARGS=me,login: these rows anew)
	@$(PY) -m tests.bench $(ARGS)

check: installed ## Check format, lint, types, layers, API documents, secrets and migrations
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m tests.faults.gateways
	$(PY) -m tests.openapi --check
	.venv/bin/hadolint deploy/Dockerfile
	.venv/bin/detect-secrets-hook --baseline .secrets.baseline $$(git ls-files) || [ $$? -eq 3 ] # 3: lines moved
	$(LOCAL) with-servers postgres -- $(PY) -m libs.migrate --check $(ON_POSTGRES)

fix: installed ## Format the code and correct what ruff can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

migrate: installed ## Bring the running platform's databases up to date
	@$(LOCAL) exec -- $(PY) -m libs.migrate $(SERVICE)

replay: installed ## List dead letters; send them again (ARGS="--id ID", "--topic NAME", "--all"; "--show ID" to look)
	@$(LOCAL) exec -- $(PY) -m libs.replay $(ARGS)

audit-verify: installed ## Check that nobody tampered with the audit trail (ARGS="--head SEQ:HASH": since a seal noted earlier)
	@$(LOCAL) exec -- $(PY) -m user_service.audit.verify $(ARGS)

rotate-keys: installed ## Let the next signing key take over (ARGS="--now": even if services may not know it yet)
	@$(LOCAL) exec -- $(PY) -m user_service.keys.rotate $(ARGS)

revision: installed ## Write a migration: make revision SERVICE=session_service MESSAGE="add tasks"
	$(if $(and $(SERVICE),$(MESSAGE)),,$(error usage: make revision SERVICE=session_service MESSAGE="add tasks"))
	@$(LOCAL) with-servers postgres -- $(PY) -m libs.migrate --revision "$(MESSAGE)" $(SERVICE)

openapi: installed ## Write the API documents of all services to docs/, and the README's events
	@$(PY) -m tests.openapi

lock: installed ## Work out requirements.lock anew from pyproject.toml
	@test -x $(UV) || ($(PY) -m venv .cache/uv && .cache/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION))
	$(UV) pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 $(EXTRAS:%=--extra %) pyproject.toml -o requirements.lock

installed:
	@sh deploy/local/bootstrap.sh
