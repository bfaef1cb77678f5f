"""compose.yaml runs what the local stack runs, with settings that exist, and closed by default."""

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from deploy.local import programs
from deploy.local.environment import PORTS, SERVERS, SERVICES, TITLES
from libs.settings import CoreSettings, Environment, ObjectsSettings, load
from tests.deploy.composition import (
    ROOT,
    SECRET,
    environment,
    example,
    filled,
    networks,
    ours,
    references,
    services,
    strings,
    substitute,
)

ONCE = "no"
PROCESSES = [found for found in ours() if found[2]["restart"] != ONCE]
WITH_JOBS = [service for service in SERVICES if (ROOT / service / "worker.py").exists()]
STANDING_IN = {
    "vendors": ["mailpit", "object_store"],
    "celery": [f"{service}-worker" for service in WITH_JOBS],
}
"""What takes the place of local processes that go by another name."""
WRITES_ITS_IMAGE = {"kafka"}
USER_OF_ITS_IMAGE = {"kafka", "object_store"}


def settings_of(service: str) -> type[CoreSettings]:
    """A service's Settings class."""
    found: type[CoreSettings] = import_module(f"{service}.settings").Settings
    return found


def names_of(service: str, *, required: bool = False) -> set[str]:
    """The variables that a service reads; with `required`, those without which it cannot start."""
    fields = settings_of(service).model_fields
    wanted = (name for name, field in fields.items() if field.is_required() or not required)
    return {f"{SERVICES[service]}_{name}".upper() for name in wanted}


def start(name: str, service: str, monkeypatch: pytest.MonkeyPatch, **changes: str) -> CoreSettings:
    """The settings of a process as compose starts it. Exits like the process."""
    for variable, value in environment(services()[name], filled() | changes).items():
        monkeypatch.setenv(variable, value)
    return load(settings_of(service))


def test_every_local_process_has_its_counterpart(tmp_path: Path) -> None:
    made = programs.applications(dict.fromkeys(PORTS, 1))
    local = [program.name for program in made] + [TITLES.get(name, name) for name in SERVERS]
    wanted = {other for name in [*local, "gateway"] for other in STANDING_IN.get(name, [name])}
    running = {name for name, service in services().items() if service["restart"] != ONCE}
    assert running == wanted


@pytest.mark.parametrize(("name", "service", "about"), PROCESSES)
def test_processes_run_what_their_names_say(name: str, service: str, about: dict[str, Any]) -> None:
    kind = name.removeprefix(service)
    command = about.get("command", [])
    if kind == "-worker":
        assert command[:4] == ["celery", "-A", f"{service}.worker", "worker"]
        assert {"-B", "--without-gossip", "--without-mingle"} <= set(command)
        assert about["healthcheck"]["test"][-1] == f"{SERVICES[service]}_CELERY_BROKER_URL"
    else:
        assert command == ([f"{service}.background"] if kind else [])
        port = 9000 if kind else 8000
        assert f"127.0.0.1:{port}/readyz" in about["healthcheck"]["test"][-1]
        if kind:
            assert about["environment"][f"{SERVICES[service]}_PROBE_PORT"] == str(port)


@pytest.mark.parametrize(("name", "service", "about"), list(ours()))
def test_variables_are_settings_of_the_service(
    name: str, service: str, about: dict[str, Any]
) -> None:
    given = set(about["environment"])
    assert given - names_of(service) <= {"UVICORN_FORWARDED_ALLOW_IPS"}
    if about["restart"] != ONCE:
        assert names_of(service, required=True) - given == set()
    owner = f"{SERVICES[service]}_DATABASE_OWNER_URL"
    migrates = name.endswith("-migrate")
    assert (owner in given) == (migrates and owner in names_of(service))


@pytest.mark.parametrize(("name", "service", "_"), PROCESSES)
def test_strong_secrets_start_in_production(
    name: str, service: str, _: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Any = start(name, service, monkeypatch)
    assert settings.environment is Environment.PRODUCTION
    assert settings.public_url == "https://studyzed.example"
    assert (settings.kafka_session_timeout_ms, settings.kafka_fetch_max_wait_ms) == (10_000, 500)
    assert settings.kafka_idempotent
    assert settings.outbox_replay_hours == 0


WEAK = [
    *(
        (service, f"{SERVICES[service]}_{field}".upper())
        for service in SERVICES
        for field in sorted(settings_of(service).strong_secrets())
    ),
    ("payment_service", "PAYMENT_STRIPE_SECRET_KEY"),
    ("payment_service", "PAYMENT_STRIPE_WEBHOOK_SECRET"),
]


@pytest.mark.parametrize(("service", "variable"), WEAK)
def test_weak_secrets_are_refused_by_name(
    service: str,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        start(service, service, monkeypatch, **{variable: "changeme"})
    assert stopped.value.code == 78
    said = capsys.readouterr().err
    assert variable.removeprefix(f"{SERVICES[service]}_") in said.upper()
    assert "changeme" not in said


def test_no_secret_has_a_default() -> None:
    for about in services().values():
        for value in strings(about):
            for name, how in references(value):
                assert not SECRET.search(name) or how == ":?", f"{name} has a default"
        for name, value in about.get("environment", {}).items():
            if SECRET.search(name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name} stands in the file"
    with pytest.raises(KeyError):
        substitute("${USER_KEY_SECRET:?set it}", {})


def test_the_example_names_every_variable_and_no_secret() -> None:
    read = (services(), networks())
    used = {name for value in strings(read) for name, _ in references(value)}
    assert set(example()) == used
    assert {name: value for name, value in example().items() if SECRET.search(name) and value} == {}


def test_each_worker_has_a_broker_of_its_own() -> None:
    """Beside a queue of its own: what a worker has taken stands under one name in a database."""
    variables = filled()
    brokers = [
        environment(services()[service], variables)[f"{SERVICES[service]}_CELERY_BROKER_URL"]
        for service in WITH_JOBS
    ]
    caches = {
        environment(services()[service], variables)[f"{prefix}_REDIS_URL"]
        for service, prefix in SERVICES.items()
    }
    assert len(set(brokers)) == len(WITH_JOBS)
    assert len(caches) == 1
    assert not caches & set(brokers)


def test_x17_files_have_a_host_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = {"STUDYZED_FILES_URL": "https://studyzed.example:8081"}
    with pytest.raises(SystemExit):
        start("user_service", "user_service", monkeypatch, **ours)
    assert "USER_OBJECTS_PUBLIC_URL: files need an origin of their own" in capsys.readouterr().err


def test_the_store_gives_nothing_away_but_what_is_public() -> None:
    """The names in the script are those that our services use when none are set."""
    script = (ROOT / "deploy/compose/object_store.sh").read_text()
    public = ObjectsSettings.model_fields["objects_public_bucket"].default
    assert re.search(r'"anonymous",\s*"actions": \[([^]]*)\]', script)[1] == f'"Read:{public}"'  # type: ignore[index]


def test_images_are_pinned() -> None:
    for name, about in services().items():
        tag = substitute(about["image"], {}).rpartition(":")[2]
        assert re.fullmatch(r"v?\d+(\.\d+)*", tag), name
    [base] = re.findall(r"^FROM (\S+:\S+)", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base)


def test_each_image_is_built_once() -> None:
    built = [about["build"]["args"]["SERVICE"] for _, _, about in ours() if "build" in about]
    assert sorted(built) == sorted(SERVICES)


def test_everything_has_a_health_check_or_ends() -> None:
    awaited: dict[str, str] = {}
    for about in services().values():
        for other, how in about.get("depends_on", {}).items():
            awaited[other] = how["condition"]
    for name, about in services().items():
        if about["restart"] == ONCE:
            assert awaited[name] == "service_completed_successfully", name
        else:
            assert about["healthcheck"]["test"], name
            assert awaited.get(name, "service_healthy") == "service_healthy", name
            assert about["stop_grace_period"] in ("20s", "60s")


def test_containers_may_do_little() -> None:
    for name, about in services().items():
        assert about["security_opt"] == ["no-new-privileges:true"], name
        assert about["cap_drop"] == ["ALL"], name
        assert re.fullmatch(r"\d+m|1g", about["mem_limit"]), name
        assert about["read_only"] is (name not in WRITES_ITS_IMAGE), name
        own = about["image"].startswith("studyzed/") or name in USER_OF_ITS_IMAGE
        assert ("user" in about) is not own, name
        assert "privileged" not in about


NOT_FOR_OPERATORS = {"USER_ADMIN_SECOND_FACTOR"}
"""Refused outside the local mode."""


def test_every_variable_of_which_our_pages_speak_can_be_set() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs/adr").glob("*.md")]
    named = {
        word
        for page in pages
        for word in re.findall(
            rf"\b(?:{'|'.join(SERVICES.values())})_[A-Z_]*[A-Z]\b", page.read_text()
        )
    }
    given = {name for _, _, about in ours() for name in about["environment"]}
    assert named - given == NOT_FOR_OPERATORS


def test_the_gateway_reads_the_local_stacks_caddyfile() -> None:
    about = services()["gateway"]
    own = programs.gateway({}).command
    [used] = [Path(word) for word in own if word.endswith("Caddyfile")]
    mounts = [volume.split(":") for volume in about["volumes"] if "Caddyfile" in volume]
    assert [(ROOT / source).resolve() for source, _, _ in mounts] == [used.resolve()]
    assert [target for _, target, _ in mounts] == ["/etc/caddy/Caddyfile"]
    given = environment(about, filled())
    known = set(re.findall(r"\{\$(\w+)", used.read_text()))
    assert known - set(given) == {"GATEWAY_EXTRA_ROUTES"}, "/dev must not exist here"
    caddy = Path(sys.executable).with_name("caddy")
    ran = subprocess.run(
        [caddy, "adapt", "--config", used, "--adapter", "caddyfile"],
        env=given, capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    dialled = set(re.findall(r'"dial": ?"([^"]+)"', ran.stdout.decode()))
    assert json.loads(ran.stdout)
    assert dialled == {*(f"{service}:8000" for service in SERVICES), "object_store:8333"}
