"""Copies of the tree with a known bug in them."""

import shutil
import subprocess
from pathlib import Path

from deploy.local.places import ROOT


def apply(patch: Path, folder: Path) -> None:
    """Patches a copy of the tree."""
    applied = subprocess.run(
        ["git", "apply", str(patch)],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, f"{patch.name} no longer applies: {applied.stderr}"


def copy_with(patch: Path, folder: Path) -> Path:
    """A copy of all sources with the bug in it."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "docs"))
    apply(patch, tree)
    return tree
