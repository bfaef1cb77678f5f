"""Programs that are forked instead of executed, and those that are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.definitions import LAUNCHER
from deploy.local.zygote import module_of

ROOT = Path(__file__).parents[3]
LAUNCHED = [sys.executable, "-I", "-S", str(LAUNCHER)]
PROGRAM = """
import os, sys
print(sys.argv[1:], os.environ["OWN"], "SECRET" in os.environ, __name__)
sys.exit({status})
"""
BECOME = """
from deploy.local import zygote
zygote.become(["story_program", "one"],
              {"SUPERVISOR_PROCESS_NAME": "user_service-background", "OWN": "24"})
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["SIGTERM", sys.executable, "-m", "uvicorn", "a:b"], ["uvicorn", "a:b"]),
        (["SIGTERM", sys.executable, "-m", "user_service.background"], ["user_service.background"]),
        (["--folder", "x", "SIGTERM", sys.executable, "-m", "secantus", "--port", "1"], None),
        (["SIGTERM", "/usr/sbin/caddy", "run"], None),
    ],
)
def test_only_our_modules_are_forked(words: list[str], found: list[str] | None) -> None:
    assert module_of([*LAUNCHED, *words]) == found


def test_what_the_launcher_does_not_start_is_executed() -> None:
    assert module_of([sys.executable, "-m", "uvicorn", "a:b"]) is None


@pytest.mark.parametrize(
    ("ending", "status", "said"), [("0", 0, ""), ("3", 3, ""), ("'no port'", 1, "no port\n")]
)
def test_child_has_its_own_environment_and_ends_as_its_program(
    tmp_path: Path, ending: str, status: int, said: str
) -> None:
    (tmp_path / "story_program.py").write_text(PROGRAM.format(status=ending))
    done = subprocess.run(
        [sys.executable, "-c", BECOME],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}", "SECRET": "of the parent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, said)
    assert done.stdout == "['one'] 24 False __main__\n"
