"""Make .venv from the lock files, once: `environment.py` installs what runs qaseed, `environment.py dev` also its
tools.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".installed-from"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


def wanted(kind: str) -> str:
    """What the environment is built from: the lock file and the project's own metadata, in this folder."""
    digest = hashlib.sha256(f"{kind} {ROOT}".encode())
    for name in (LOCKS[kind], "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def installed() -> set[str]:
    """What is installed, in the form of `wanted`."""
    return (
        set(STAMP.read_text(encoding="ascii").split()) if STAMP.is_file() and (VENV / "bin/python").exists() else set()
    )


def run(*command: str) -> None:
    """Run one step; on failure its own words are on standard error already."""
    done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[1:4])} failed; the environment {VENV} is not complete")


def make(kind: str) -> None:
    """Install a lock file and the project itself."""
    print(f"Installing {LOCKS[kind]} into .venv", file=sys.stderr)
    if not (VENV / "bin/python").exists():
        run(sys.executable, "-m", "venv", "--clear", str(VENV))  # Debian and Ubuntu: apt install python3-venv
    pip = (str(VENV / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    run(*pip, "--require-hashes", "--requirement", str(ROOT / LOCKS[kind]))
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    for site in (VENV / "lib").glob("python*/site-packages"):
        for link in site.glob("*qaseed*.pth"):  # Python up to 3.12 reads it in the encoding of the locale, as C's
            link.write_text(os.path.relpath(ROOT, site) + "\n", encoding="ascii")


def main() -> None:
    """Install what is missing, while no other script does."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    with (ROOT / ".venv.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two scripts at once in a fresh clone
        present = installed()
        if wanted(kind) in present or wanted("dev") in present:
            return
        make(kind)
        STAMP.write_text(
            "\n".join({wanted(kind), *(present & {wanted(one) for one in LOCKS})}) + "\n", encoding="ascii"
        )


main()
