"""Checks of this machine and of the target, which change nothing: what is wrong, and what to do."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qaseed.errors import QaseedError
from qaseed.installation import requirements

MINIMUM_FREE = 1 << 30
"""Bytes of free disk below which `doctor` fails."""


@dataclass
class Check:
    """One check of `doctor`: whether it passes, and what it found, with what to do if it does not pass."""

    name: str
    ok: bool
    found: str


def run_checks(url: str | None, today: dt.date | None = None) -> list[Check]:
    """Check Python, libraries, code sets, disk, embedded server and, if one is given, the target."""
    target = url or os.environ.get("DATABASE_URL")
    return [
        Check(
            "python",
            sys.version_info >= (3, 11),
            f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        ),
        Check("cores", True, str(os.cpu_count())),
        *_check_libraries(),
        _check_code_sets(today or dt.datetime.now(tz=dt.UTC).date()),
        _check_disk(Path.cwd()),
        embedded := _check_embedded_server(needed=not target),
        *_check_target(target, embedded=embedded.ok),
    ]


_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)(.*)")
"""How pyproject.toml declares a library: its name, the lowest version, and a marker if it belongs to an extra."""


def _check_libraries() -> Iterator[Check]:
    """Each library that the package declares: present, if it is not an extra's, and not below the lowest version."""
    declared = filter(None, map(_REQUIREMENT.fullmatch, requirements()))
    for name, lowest, marker in (requirement.groups() for requirement in declared):
        advice = f"pip install '{name}>={lowest}'"
        try:
            installed = version(name)
        except PackageNotFoundError:
            if "extra" not in marker:
                yield Check(name, False, f"missing; {advice}")
            continue
        supported = _release_numbers(installed) >= _release_numbers(lowest)
        yield Check(name, supported, installed if supported else f"{installed} is older than {lowest}; {advice}")


def _check_code_sets(today: dt.date) -> Check:
    """How old the check of codes is. Nothing is wrong with an old one but that codes may have changed since."""
    from qaseed.code_sets import CODE_SETS, outdated

    old = ", ".join(f"{codes.name} ({codes.checked_on})" for codes in outdated(today))
    oldest = min(codes.checked_on for codes in CODE_SETS)
    advice = f"checked more than a year ago: {old}; codes may have changed, install a newer qaseed"
    return Check("code sets", True, advice if old else f"{len(CODE_SETS)}, checked since {oldest}")


def _release_numbers(version: str) -> list[int]:
    """The leading numbers of a version, to be compared: 2.0.0rc1 is 2."""
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _check_disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check(
        "disk",
        free > MINIMUM_FREE,
        f"{free / MINIMUM_FREE:.1f} GiB free at {folder}" + ("" if free > MINIMUM_FREE else "; free some space"),
    )


def _check_embedded_server(*, needed: bool) -> Check:
    """Whether the embedded Postgres can run; a failure only if no other target is given."""
    from qaseed.postgres.server import own_server

    try:
        server = own_server()
        server.check()
        state = server.state()
    except QaseedError as error:
        return Check("embedded Postgres", not needed, str(error))
    where = f"{state['version'] or 'not yet created'} in {state['data']}, {state['bytes'] / MINIMUM_FREE:.2f} GiB"
    if state["running"]:
        return Check("embedded Postgres", True, f"{where}, running since {state['since']} at {state['url']}")
    note = "" if os.access(Path.home(), os.W_OK) else "; the home folder cannot be written, so its data is elsewhere"
    return Check("embedded Postgres", True, f"{where}, not running, starts on demand{note}")


def _check_target(url: str | None, *, embedded: bool) -> list[Check]:
    if not url:
        used = "; the embedded Postgres is used" if embedded else ""
        return [Check("target", True, f"none given (--to or DATABASE_URL){used}")]
    from qaseed.postgres.connection import connected, display_url, is_local, spare_connections
    from qaseed.postgres.diagnostics import diagnostics
    from qaseed.postgres.structures import unvalidated_summary

    try:
        # in a transaction, so that a pool's connection is not passed on
        with connected(url) as connection, connection.transaction(), spare_connections(url, 1) as spare:
            facts, local, where = (
                diagnostics(connection, single_connection=not spare)
                | {"foreign keys": unvalidated_summary(connection)},
                is_local(connection),
                display_url(connection),
            )
    except QaseedError as error:
        return [Check("target", False, str(error))]
    tls = facts.pop("tls") or local
    return [
        Check("target", True, where),
        *(Check(name, not fact.startswith("no "), fact) for name, fact in facts.items()),
        Check(
            "encryption",
            bool(tls),
            "ok" if tls else "the connection to another machine is not encrypted; add sslmode=require",
        ),
    ]
