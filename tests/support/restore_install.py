"""The restore-only distribution, built and installed as pip would: its wheel and the libraries that it declares."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def build(folder: Path) -> Path:
    """The wheel of `qaseed-restore`."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT / "packaging/restore",
        check=True,
        capture_output=True,
    )
    return next(folder.glob("qaseed_restore-*.whl"))


def install(wheel: Path, site: Path) -> None:
    """A folder with the wheel's content, and links to the libraries that its dependencies lead to."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    metadata = next(site.glob("*.dist-info"))
    for library in _closure(Distribution.at(metadata)).values():
        names = {file.parts[0] for file in library.files or ()} - {"..", "__pycache__"}
        for name in names:
            origin = Path(str(library.locate_file(name)))
            if not (site / name).exists():
                (site / name).symlink_to(origin)


def _closure(root: Distribution) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = [(root, {""})]
    while waiting:
        library, extras = waiting.pop()
        for requirement in map(Requirement, library.requires or ()):
            wanted = any(requirement.marker is None or requirement.marker.evaluate({"extra": e}) for e in extras)
            if wanted and (requirement.name not in found or requirement.extras):
                found[requirement.name] = distribution(requirement.name)
                waiting.append((found[requirement.name], {"", *requirement.extras}))
    return found


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`qaseed` with that folder alone: no other library of this machine is on its path."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "qaseed", *arguments], capture_output=True, text=True, check=False,
        env=os.environ | {"TERM": "dumb", "COLUMNS": "120", "PYTHONPATH": str(site)}, stdin=subprocess.DEVNULL,
        cwd=site,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done
