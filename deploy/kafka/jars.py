"""Fetches Kafka's jars with Maven, once for each state of `pom.xml`."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"
SECONDS = 60.0
"""How long Maven may take; a test run does not wait longer for a download."""
LEAST_JAVA = 17


class NotResolved(Exception):
    """The jars cannot be had here; the message says why."""


def jars(cache: Path = CACHE) -> Path:
    """The folder of the jars, filled if it was not. Raises `NotResolved`."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NotResolved(f"there is no `{program}` here")
    _check_java()
    folder = cache / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    if not folder.exists():
        _fetch(folder)
    return folder


def _check_java() -> None:
    said = _run(["java", "-version"]).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < LEAST_JAVA:
        raise NotResolved(f"Kafka needs Java {LEAST_JAVA}, here is: {said.splitlines()[:1]}")


def _fetch(folder: Path) -> None:
    """Fills the folder at one stroke, so that an interrupted download is not taken for a whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:
        target = Path(part) / "jars"
        command = ["mvn", "--batch-mode", "--quiet", "--file", str(POM)]
        command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        done = _run([*command, f"-DoutputDirectory={target}"])
        if done.returncode != 0 or not list(target.glob("kafka_*.jar")):
            words = f"{done.stdout}{done.stderr}".strip().splitlines()
            raise NotResolved(f"Maven did not resolve the jars: {' '.join(words[:2])[:300]}")
        if not folder.exists():
            target.rename(folder)


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotResolved(f"`{command[0]}` took more than {SECONDS:.0f} s") from error
