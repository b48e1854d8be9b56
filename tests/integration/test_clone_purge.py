"""Clones are dropped by their age: those that qaseed recorded, and that nobody uses."""

from __future__ import annotations

import json

import psycopg
import pytest

from qaseed.errors import UsageError
from qaseed.loading import clone
from qaseed.loading.clone_purge import drop_clones, parse_age
from qaseed.postgres.changes import Changes
from qaseed.snapshot import Snapshot
from support.clones import named
from support.command_line import qaseed
from support.databases import ask

pytestmark = pytest.mark.integration


def test_old_clones_are_dropped_and_all_else_stays(fresh: str, minimal: Snapshot) -> None:
    for name in ("clone_old", "clone_used", "clone_new"):
        clone(minimal, fresh, name)
    for name in ("clone_old", "clone_used"):
        ask(named(fresh, name), "update qaseed_clone set cloned_at = now() - interval '4 days'")
    ask(named(fresh, "clone_old"), "delete from note")
    ask(fresh, 'create database "clone_of_mine" template clone_old')
    comment = "select shobj_description(oid, 'pg_database') from pg_database where datname = 'clone_old'"
    ask(fresh, f"""comment on database "clone_of_mine" is '{ask(fresh, comment)[0][0]}'""")
    with psycopg.connect(named(fresh, "clone_used")):
        purged = drop_clones(fresh, parse_age("3d"))
    assert list(purged.dropped) == ["clone_old"]
    assert purged.changes["clone_old"]["note"] == Changes(0, 0, minimal.manifest.rows["note"])
    assert list(purged.remaining) == ["clone_used"]
    left = ask(fresh, "select datname from pg_database where datname like 'clone%' order by datname")
    assert left == [("clone_new",), ("clone_of_mine",), ("clone_used",)]


def test_the_command_drops_clones_by_age(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone_old")
    ask(named(fresh, "clone_old"), "update qaseed_clone set cloned_at = now() - interval '2 hours'")
    arguments = ("purge", "--to", fresh, "--clones", "--older-than")
    assert qaseed(*arguments, "90m").returncode == 2
    assert qaseed(*arguments, "soon", "--yes").returncode == 2
    done = qaseed(*arguments, "90m", "--yes", "--json")
    assert list(json.loads(done.stdout)["clones"]) == ["clone_old"]


@pytest.mark.parametrize("text", ["", "3", "d", "-3d", "3 days", "1e3d", "99999d"])
def test_an_age_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--older-than"):
        parse_age(text)
