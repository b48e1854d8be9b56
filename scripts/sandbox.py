"""Folders and accounts in which scripts/contact runs its rows; nothing may be left behind."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PASSED = re.compile(r"(PIP|UV)_|(https?|no|all)_proxy$|SSL_CERT|REQUESTS_CA_BUNDLE", re.IGNORECASE)
ACCOUNT = "qaseed-contact"
NO_PASSWD_UID = 54321
"""A user id without an entry in /etc/passwd, as some container platforms give."""
WAIT_SECONDS = 5
"""For the last process of a stopped server to end."""


class FailedError(Exception):
    """A step that did not do what it should."""


class SkippedError(Exception):
    """A row that this machine cannot run, and why."""


@dataclass
class Sandbox:
    """The folder, account and environment of a row."""

    top: Path
    uid: int
    gid: int
    umask: int = 0o022
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        return self.top / "qa"

    def run(
        self, step: str, *command: str, expect: int = 0, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a stranger would; `FailedError` with its last lines if it ends otherwise."""
        passed = {name: value for name, value in os.environ.items() if PASSED.match(name)}
        account = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            command,
            cwd=cwd or self.clone,
            env=passed | {"PATH": "/usr/local/bin:/usr/bin:/bin"} | self.variables,
            umask=self.umask,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
            **account,  # type: ignore[call-overload]  # one of two shapes
        )
        if done.returncode != expect:
            words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise FailedError(f"{step}: exit code {done.returncode}, not {expect}\n{words}")
        return done

    def refuses(self, *command: str) -> None:
        """Check that a command prints one line that says what to install or give, nothing else, and ends with exit
        code 5.
        """
        name = " ".join(command[1:])
        done = self.run(name, *command, expect=5)
        lines = done.stderr.strip().splitlines()
        if done.stdout or len(lines) != 1 or not re.search(r"--to|DATABASE_URL", lines[0]):
            raise FailedError(f"{name}: not one line with a remedy\n{done.stdout}{done.stderr}")


def chown_tree(path: Path, uid: int, gid: int) -> None:
    """Change the owner of a folder and everything in it."""
    for entry in (path, *path.rglob("*")):
        os.chown(entry, uid, gid, follow_symlinks=False)


@contextmanager
def sandbox(folder: str = "qa", *, account: str = "root", mode: int = 0o755, **more: object) -> Iterator[Sandbox]:
    """A folder for one row, owned by its account and removed afterwards; `FailedError` if anything else is left."""
    if account != "root" and os.geteuid() != 0:
        raise SkippedError("needs root, to run as another account")
    if account == "root" and mode == 0o700 and os.geteuid() != 0:
        raise SkippedError("needs root")
    uid, gid = _ids(account)
    outer = Path(tempfile.mkdtemp(prefix="contact-"))
    outer.chmod(0o755)
    top = outer / folder
    top.mkdir()
    box = Sandbox(top, uid, gid, **more)  # type: ignore[arg-type]  # fields of Sandbox
    box.variables = {"HOME": str(top)} | box.variables
    if uid == os.geteuid():
        (outer / "tmp").mkdir()
        (outer / "tmp").chmod(0o1777)
        box.variables["TMPDIR"] = str(outer / "tmp")
    before = _leftovers(box)
    try:
        top.chmod(mode)
        chown_if_root(top, uid, gid)
        yield box
        _check_leftovers(before, box)
    finally:
        for process in _processes(uid, top):
            os.kill(process, 9)
        subprocess.run(["chmod", "-R", "u+rwX", str(outer)], check=False)
        shutil.rmtree(outer, ignore_errors=True)


def chown_if_root(path: Path, uid: int, gid: int) -> None:
    if os.geteuid() == 0:
        chown_tree(path, uid, gid)


def _ids(account: str) -> tuple[int, int]:
    if account == "root":
        return os.geteuid(), os.getegid()
    if account == "no passwd entry":
        return NO_PASSWD_UID, NO_PASSWD_UID
    entry = pwd.getpwnam(ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def _leftovers(box: Sandbox) -> set[str]:
    """Files where programs leave them: those of the owner, or all in the temporary folder of the row."""
    # root's embedded Postgres, named by root's own cache folder; those of others come and go
    name = hashlib.sha256(os.fsencode(box.top / ".cache/qaseed")).hexdigest()[:8]
    left = {str(path) for path in Path("/var/cache").glob(f"qaseed-{name}*")} if box.uid == 0 else set()
    if box.uid == os.geteuid():
        return left | {str(path) for path in Path(box.variables["TMPDIR"]).iterdir()}
    for path in Path(tempfile.gettempdir()).iterdir():
        with suppress(OSError):
            if path.lstat().st_uid == box.uid and path not in box.top.parents:
                left.add(str(path))
    return left


def _processes(uid: int, top: Path) -> list[int]:
    """Processes of the row: those of its account, or in its folder."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_inside = (
                str(top) in (process / "cmdline").read_text(errors="replace")
                or top in (process / "cwd").readlink().parents
            )
            if int(process.name) != os.getpid() and (
                is_inside or (uid != os.geteuid() and process.stat().st_uid == uid)
            ):
                processes.append(int(process.name))
        except OSError:
            continue
    return processes


def _check_leftovers(before: set[str], box: Sandbox) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (running := _processes(box.uid, box.top)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if running:
        raise FailedError(f"processes are left: {running}")
    if left := _leftovers(box) - before:
        raise FailedError(f"files are left: {', '.join(sorted(left))}")
