"""Looking without changing: the machine, the tools and the target."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qaseed.errors import QaseedError
from qaseed.profiles import Profile

LIBRARIES = ("duckdb", "polars", "pyarrow", "psycopg", "pgpq", "tzdata")
ROOM = 1 << 30


@dataclass
class Check:
    """Something looked at: whether it is well, and what was found, with what to do if it is not."""

    name: str
    ok: bool
    found: str


@dataclass(frozen=True)
class Case:
    """A named case of a profile: the table and id of its row, what it is, and the condition that holds of the row, `s`."""

    name: str
    entity: str
    tenant: str
    id: int
    description: str
    holds: str


def cases(profile: Profile) -> list[Case]:
    """The scenarios that fit into a profile, by tenant in the order of their declaration."""
    from qaseed.plan import PLACE_BITS, plan
    from qaseed.practice import MODEL

    known = {scenario.name: scenario for scenario in MODEL.scenarios}
    return [
        Case(name, known[name].entity, tenant.slug, tenant.number << PLACE_BITS | known[name].place, known[name].doc, known[name].holds)
        for tenant in plan(MODEL, profile).tenants
        for name in tenant.stories
    ]  # fmt: skip


DERIVED = (
    ("R1", "every reference points to a row of its own tenant"), ("R2", "no reference points into another tenant"),
    ("R4", "no id stands under two tenants"), ("R5", "every tenant has rows of every entity, and each entity as many as the manifest says"),
    ("R7", "columns hold values of their type, range and list, and are null only where they may be"), ("K1", "keys are unique"),
    ("U1", "what is unique is unique in its tenant"), ("U3", "every identifier satisfies the predicate of its kind"),
    ("X1", "free text holds nothing of an identifier's shape"), ("E1", "each scenario stands where it is said to, and holds"),
)  # fmt: skip
TESTED = (
    ("R8", "row-level security shows each tenant exactly its own rows", "tests/integration/test_rls.py"),
    ("D1", "the same recipe gives the same rows, byte for byte", "tests/test_golden.py, tests/test_laws.py"),
    ("D2", "another tenant added or grown changes no row", "tests/test_laws.py"),
    ("D3", "the number of workers changes no row", "tests/test_laws.py"),
)


def rules_page() -> str:
    """Every promise about the data as a page of Markdown: id, promise, and the rule that duckdb runs; `RULES.md` is this text."""
    from qaseed.practice import MODEL

    derived = [
        f"| {id_} | {promise} | derived from the declaration, for every column it is about |"
        for id_, promise in DERIVED
    ]
    declared = [
        f"| {rule.id} | {entity.name} | {rule.promise} | {_code(rule.fails or str(rule.select))} |"
        for entity in MODEL.entities
        for rule in entity.rules
    ]
    cases = [
        f"| {case.name} | {case.entity} | {', '.join(map(str, case.tenants))} | {case.place} | {case.doc} | {_code(case.holds)} |"
        for case in MODEL.scenarios
    ]
    tests = [f"| {id_} | {promise} | {where} |" for id_, promise, where in TESTED]
    return "\n".join([
        "# Rules",
        "",
        "What holds of every snapshot, checked by duckdb before it is finished and by `qaseed validate`. A rule is told as what fails: a",
        "condition on a row (`client.dob` is the `dob` of the row that `client_id` points to), or a query for failing rows. Printed by",
        "`qaseed schema --rules`; a test keeps this page current, and another one breaks each rule on purpose.",
        "", "## Derived", "", "| id | promise | rule |", "|---|---|---|", *derived,
        "", "## Declared", "", "| id | entity | promise | fails |", "|---|---|---|---|", *declared,
        "", "## About the generator and the database", "", "| id | promise | test |", "|---|---|---|", *tests,
        "", "## Scenarios", "", "| name | entity | tenants | place | what it is | holds of its row `s` |", "|---|---|---|---|---|---|", *cases,
    ])  # fmt: skip


def _code(sql: str) -> str:
    return f"`{' '.join(sql.split()).replace('|', chr(92) + '|')}`"


def examine(url: str | None) -> list[Check]:
    """Look at Python, libraries, disk, embedded server and, if there is one, the target."""
    target = url or os.environ.get("DATABASE_URL")
    return [
        Check(
            "python",
            sys.version_info >= (3, 11),
            f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        ),
        Check("cores", True, str(os.cpu_count())),
        *(_library(name) for name in LIBRARIES),
        _disk(Path.cwd()),
        _embedded(needed=not target),
        *_target(target),
    ]


def _library(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, f"missing; pip install {name}")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check(
        "disk", free > ROOM, f"{free / ROOM:.1f} GiB free at {folder}" + ("" if free > ROOM else "; free some space")
    )


def _embedded(*, needed: bool) -> Check:
    """Whether the embedded Postgres could serve; a failure only where no other target is named."""
    from qaseed.postgres.server import own_server

    try:
        server = own_server()
        server.check()
        state = server.state()
    except QaseedError as error:
        return Check("embedded Postgres", not needed, str(error))
    where = f"{state['version'] or 'not yet created'} in {state['data']}, {state['bytes'] / ROOM:.2f} GiB"
    if state["running"]:
        return Check("embedded Postgres", True, f"{where}, running since {state['since']} at {state['url']}")
    note = (
        "" if os.access(Path.home(), os.W_OK) else "; the home folder cannot be written, so its data stands elsewhere"
    )
    return Check("embedded Postgres", True, f"{where}, not running, starts on demand{note}")


def _target(url: str | None) -> list[Check]:
    if not url:
        return [Check("target", True, "none given (--to or DATABASE_URL); the embedded Postgres is used")]
    from qaseed.postgres.connection import connected, is_local, reached
    from qaseed.postgres.target import examined

    try:
        with connected(url) as connection:
            facts, local, where = examined(connection), is_local(connection), reached(connection)
    except QaseedError as error:
        return [Check("target", False, str(error))]
    tls = facts.pop("tls") or local
    return [
        Check("target", True, where),
        *(Check(name, not found.startswith("no "), found) for name, found in facts.items()),
        Check(
            "encryption",
            bool(tls),
            "ok" if tls else "the connection to another machine is not encrypted; add sslmode=require",
        ),
    ]
