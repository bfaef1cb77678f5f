"""A service's image: its part of the lock is complete, holds nothing else, and starts the service.

There is no Docker here. The packages that the image would install are laid out by links to those of
this virtual environment, and the service is imported from them alone.
"""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest
from uvicorn.main import main as uvicorn

from deploy.compose import requirements
from deploy.local.environment import SERVICES
from deploy.local.programs import UVICORN
from tests.deploy.composition import ROOT, environment, filled, services

LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT = (ROOT / "pyproject.toml").read_text()
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
OWN = {
    "user_service": "aiosmtplib",
    "notification_service": "firebase_admin.messaging",
    "payment_service": "stripe, payment_service.invoices.child",
}
"""What a service imports only when it first needs it."""


def selected(service: str) -> set[str]:
    """Names of the packages in a service's image."""
    return {package.name for package in requirements.select(LOCK, PYPROJECT, service)}


def lay_out(folder: Path, names: set[str]) -> Path:
    """Links exactly these distributions into a folder."""
    for name in names:
        for file in distribution(name).files or ():
            target = folder / file
            if ".." not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(Path(str(file.locate())))
    return folder


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_from_its_own_packages(service: str, tmp_path: Path) -> None:
    packages = lay_out(tmp_path / "packages", selected(service))
    app = tmp_path / "app"
    app.mkdir()
    for name in ("libs", service):
        (app / name).symlink_to(ROOT / name)
    worker = [f"{service}.worker"] if (ROOT / service / "worker.py").exists() else []
    modules = [f"{service}.background", "libs.migrate", *worker, "celery.bin.celery"]
    modules += ["opentelemetry.exporter.otlp.proto.http.trace_exporter"]
    modules += [OWN[service]] if service in OWN else []
    code = (
        f"import sys; sys.path[:0] = {[str(app), str(packages)]}; sys.dont_write_bytecode = True\n"
        f"import {', '.join(modules)}\n"
        f"from {service}.app import create_app; print(create_app().title)"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, timeout=60, check=False,
        env=environment(services()[service], filled()), capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "StudyZed" in ran.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_nothing_of_other_services_or_tools(service: str) -> None:
    extras = tomllib.loads(PYPROJECT)["project"]["optional-dependencies"]
    named = {
        extra: {requirements.name_of(requirement) for requirement in wanted}
        for extra, wanted in extras.items()
    }
    assert "secantusdb" in named["local"], "it is GPL, and may be in no image"
    others = {other.removesuffix("_service") for other in SERVICES if other != service}
    foreign = set().union(*(named.get(extra, set()) for extra in (*others, "local", "dev")))
    own = named.get(service.removesuffix("_service"), set())
    # firebase-admin and botocore ask for what another service names.
    assert (selected(service) & foreign) - own <= {"google-auth", "python-dateutil"}


def test_every_package_keeps_its_version_and_hashes() -> None:
    for package in requirements.select(LOCK, PYPROJECT, "notification_service"):
        first, *rest = package.lines
        assert re.match(r"[a-z0-9.-]+==\S+ \\$", first)
        assert rest
        assert all(line.startswith("    --hash=sha256:") for line in rest)
        assert not rest[-1].endswith("\\")


def test_a_lock_behind_pyproject_stops_the_build() -> None:
    behind = PYPROJECT.replace("\npayment = [", '\npayment = ["brand-new==1",')
    with pytest.raises(SystemExit, match="lacks brand-new: run `make lock`"):
        requirements.select(LOCK, behind, "payment_service")


def test_the_image_runs_uvicorn_as_the_local_stack_does(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ["--host", "0.0.0.0", "--port", "8000"]  # noqa: S104  (inside a container)
    local = options(["session_service.app:create_app", "--factory", *UVICORN, *here])
    for name, value in image_environment("session_service").items():
        monkeypatch.setenv(name, value)
    assert options([]) == local


def options(arguments: Sequence[str]) -> dict[str, object]:
    """What uvicorn makes of its arguments and environment."""
    made = uvicorn.make_context("uvicorn", list(arguments), auto_envvar_prefix="UVICORN")
    return dict(made.params)


def image_environment(service: str) -> dict[str, str]:
    """UVICORN_* variables that the Dockerfile sets."""
    final = DOCKERFILE.rpartition("\nFROM ")[2].replace("\\\n", " ")
    [line] = [line for line in final.splitlines() if line.startswith("ENV UVICORN_")]
    pairs = (word.split("=", 1) for word in shlex.split(line.replace("${SERVICE}", service))[1:])
    return dict(pairs)


def test_the_image_runs_as_nobody_in_particular() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in final
    assert final.rindex("\nRUN ") < final.index("\nUSER ")
    assert '\nENTRYPOINT ["python", "-m"]\nCMD ["uvicorn"]\n' in final


def test_the_build_context_holds_what_is_copied_and_little_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    wanted = {
        source.replace("${SERVICE}", "*_service") for line in copied for source in line.split()
    }
    assert let_in == wanted
