"""`scripts/seeds`: which seeds it names, and what it leaves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seeds(folder: Path, *arguments: str, scale: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts" / "seeds", *arguments],
        env=os.environ | {"SCALE": scale, "TMPDIR": str(folder)},
        text=True,
        capture_output=True,
        check=False,
    )


def test_a_seed_whose_rules_hold_is_listed(tmp_path: Path) -> None:
    result = seeds(tmp_path, "3", scale="0.1")
    assert (result.returncode, result.stdout) == (0, "seed 3: all rules hold\n"), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_seed_that_is_refused_is_named(tmp_path: Path) -> None:
    result = seeds(tmp_path, "5", scale="nothing")
    assert result.returncode == 1
    assert result.stderr.endswith("seeds: no snapshot with seeds 5; the reasons are above\n")
