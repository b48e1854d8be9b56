"""What runs that were killed, failed or were in the way of others left of templates and clones is removed by the next."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from qaseed.errors import PostgresError, UnsafeError
from qaseed.loading import LoadOptions, clone, clone_with_options, load
from qaseed.loading.clone_leftovers import drop_templates
from qaseed.loading.template_names import template_name
from qaseed.postgres import databases
from qaseed.postgres.diagnostics import diagnostics
from qaseed.snapshot import Snapshot
from support.clones import auxiliary, doctor, named
from support.databases import ask

pytestmark = pytest.mark.integration


KILLED = """
import os, signal, sys
from pathlib import Path
from qaseed.loading import LoadOptions, clone_with_options
from qaseed.snapshot import open_snapshot

def step(name):
    if name == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

clone_with_options(open_snapshot(Path(sys.argv[1])), sys.argv[2], "clone", LoadOptions(step=step))
"""


OF_TEMPLATE = ("created", "staged", "filled", "closed", "sealed")


OF_CLONE = ("copied", "adopted", "renamed")


@pytest.mark.parametrize("step", [*OF_TEMPLATE, *OF_CLONE])
def test_what_a_killed_run_left_is_removed_by_the_next(
    step: str, fresh: str, minimal: Snapshot, changed: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    clone(minimal, fresh, "clone")
    inside = named(fresh, "clone")
    ask(inside, "update client set first_name = 'Before'")
    if step in OF_TEMPLATE:
        drop_templates(fresh)
    done = subprocess.run([sys.executable, "-c", KILLED, str(minimal.folder), fresh, step], check=False)
    assert done.returncode == -signal.SIGKILL
    before = ask(inside, "select distinct first_name from client") == [("Before",)]
    assert before == (step != "renamed")
    left = auxiliary(fresh)
    assert bool(left) == (step != "sealed")
    assert [name for name in left if name in doctor(fresh)] == left
    assert doctor(fresh).startswith("no ") == bool(left)
    assert clone(changed, fresh, "clone2").verified, "another snapshot, another name"
    assert ("clone: was replaced by a run that ended" in caplog.text) == (step == "renamed")
    assert ("client: 0 inserted, 25 updated, 0 deleted" in caplog.text) == (step == "renamed")
    assert auxiliary(fresh) == []
    assert clone(minimal, fresh, "clone").verified
    assert ask(inside, "select count(*) from client where first_name = 'Before'") == [(0,)]


def test_a_failure_leaves_nothing(fresh: str, minimal: Snapshot) -> None:
    for failing in (*OF_CLONE[:2], *OF_TEMPLATE[:4]):
        if failing in OF_TEMPLATE:
            drop_templates(fresh)

        def step(name: str, failing: str = failing) -> None:
            if name == failing:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            clone_with_options(minimal, fresh, "clone", LoadOptions(step=step))
        assert auxiliary(fresh) == []
        assert ask(fresh, "select count(*) from pg_database where datname = 'clone'") == [(0,)]


def test_a_session_in_an_unfinished_template_is_ended(fresh: str, minimal: Snapshot) -> None:
    """A pooler or a monitoring agent connects to every database that it sees."""
    drop_templates(fresh)
    opened: list[psycopg.Connection[Any]] = []

    def step(name: str) -> None:
        if name in ("filled", "copied", "adopted"):
            names = ask(fresh, "select datname from pg_database where datname ~ '^qaseed_.*(_making$|clone_)'")
            opened.extend(psycopg.connect(named(fresh, name)) for (name,) in names)

    assert clone_with_options(minimal, fresh, "clone", LoadOptions(step=step)).verified
    assert len(opened) == 3
    for connection in opened:
        connection.close()
    assert auxiliary(fresh) == []


def test_a_session_that_may_not_be_ended_is_named(
    fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch, creator: str
) -> None:
    drop_templates(fresh)
    monkeypatch.setattr(databases, "SESSION_SECONDS", 0.1)
    opened: list[psycopg.Connection[Any]] = []

    def step(name: str) -> None:
        if name == "filled":
            opened.append(psycopg.connect(named(fresh, template_name(minimal) + "_making")))

    with pytest.raises(PostgresError, match=r"_making: a session uses it \(pid \d+ of postgres"):
        clone_with_options(minimal, creator, "clone", LoadOptions(step=step))
    assert auxiliary(fresh) == [template_name(minimal) + "_making"]
    assert "_making" in doctor(fresh)
    opened[0].close()
    assert clone(minimal, creator, "clone").verified
    assert auxiliary(fresh) == []


def test_a_template_that_was_sealed_and_not_renamed_is_replaced(fresh: str, minimal: Snapshot) -> None:
    """What an earlier version leaves if the name cannot be given."""
    clone(minimal, fresh, "clone")
    name = template_name(minimal)
    ask(fresh, f"alter database {name} rename to {name}_making")
    assert f"{name}_making of postgres" in doctor(fresh)
    assert clone(minimal, fresh, "clone").verified
    assert auxiliary(fresh) == []


def test_contents_of_others_are_never_dropped(fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)
    unfinished = template_name(minimal) + "_making"
    ask(fresh, f"create database {unfinished}")
    ask(named(fresh, unfinished), "create table precious as select 1 as x")
    with pytest.raises(UnsafeError, match=f"{unfinished}: has contents that qaseed did not create"):
        clone(minimal, fresh, "clone")
    assert drop_templates(fresh) == {}
    assert ask(named(fresh, unfinished), "select * from precious") == [(1,)]


def test_a_template_of_another_server_is_refused(fresh: str, minimal: Snapshot) -> None:
    name = template_name(minimal)
    drop_templates(fresh)
    ask(fresh, f"create database {name}")
    load(minimal, named(fresh, name))
    ask(fresh, f"alter database {name} is_template true allow_connections false")
    with pytest.raises(UnsafeError, match="is not the template that qaseed created on this server; drop it"):
        clone(minimal, fresh, "clone")
    assert auxiliary(fresh) == []


def test_templates_are_dropped_when_asked(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone")
    for name in ("qaseed_clone_0123456789abcdef", "qaseed_template_mine", "qaseed_old_0123456789abcdef"):
        ask(fresh, f"create database {name}")
    ask(fresh, "comment on database qaseed_old_0123456789abcdef is 'mine'")
    with psycopg.connect(fresh) as connection:
        assert "purge --templates" in diagnostics(connection, single_connection=False)["templates"]
    dropped = drop_templates(fresh)
    assert set(dropped) == {template_name(minimal), "qaseed_clone_0123456789abcdef"}
    assert dropped[template_name(minimal)] > 1 << 20
    assert ask(fresh.replace("/qaseed?", "/clone?"), "select count(*) from client") == [(25,)]
    assert drop_templates(fresh) == {}
    assert "template" in clone(minimal, fresh, "clone").phases, "made again"


def test_a_sites_own_tables_for_every_database_are_no_contents_of_others(fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)
    site = named(fresh, "template1")
    ask(site, "create table site as select 1 as x")
    try:
        killed = subprocess.run([sys.executable, "-c", KILLED, str(minimal.folder), fresh, "filled"], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert clone(minimal, fresh, "clone").verified
        assert auxiliary(fresh) == []
        assert ask(named(fresh, "clone"), "select * from site") == [(1,)]
    finally:
        ask(site, "drop table site")


def test_a_session_in_template1_is_named(fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)
    with psycopg.connect(named(fresh, "template1")), pytest.raises(PostgresError, match="template1: a session uses it"):
        clone(minimal, fresh, "clone")
    assert auxiliary(fresh) == []


def test_a_replaced_clone_that_cannot_be_dropped_yet_is_dropped_by_the_next_run(
    creator: str, fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(databases, "SESSION_SECONDS", 0.1)
    clone(minimal, creator, "clone")
    opened: list[psycopg.Connection[Any]] = []

    def step(name: str) -> None:
        if name == "renamed":
            opened.extend(psycopg.connect(named(fresh, left)) for left in auxiliary(fresh))

    assert clone_with_options(minimal, creator, "clone", LoadOptions(step=step)).verified
    assert "clone: is cloned, but the database that it replaced is left" in caplog.text
    assert len(auxiliary(fresh)) == len(opened) == 1
    opened[0].close()
    assert clone(minimal, creator, "clone").verified
    assert auxiliary(fresh) == []
