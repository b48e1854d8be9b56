"""The audit log: any change of it is found, kills and rivals do not break it, and it holds no secret and no value."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import stat
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaseed import __version__, audit, load, purge, seed, validate_snapshot
from qaseed.config import get_qa_seed_config
from qaseed.errors import FindingsError, PostgresError, QaseedError, UnsafeError, UsageError
from qaseed.folders import state_folder
from qaseed.generation import generate
from qaseed.snapshot import Snapshot
from support.audit_log import events, flaw, log
from support.command_line import qaseed
from support.snapshot_files import edit_manifest

APPEND = "from qaseed import audit\nfor number in range({}): audit.record('test', number=number)\n"


def fill(number: int) -> list[bytes]:
    for place in range(number):
        audit.record("test", number=place)
    assert flaw() is None
    return log().read_bytes().splitlines(keepends=True)


def python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)


def test_an_empty_log_has_no_flaw() -> None:
    assert events() == []
    assert flaw() is None


def test_only_the_user_can_read_it() -> None:
    fill(1)
    assert stat.S_IMODE(log().parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in log().parent.iterdir()} == {0o600}


def test_an_event_has_what_was_done_when_where_by_whom_and_with_which_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        before = datetime.now(UTC)
        audit.record("test", number=1)
        after = datetime.now(UTC)
    time.tzset()
    event = events()[0]
    uuid.UUID(str(event.pop("event_id")))
    when = str(event.pop("ts"))
    assert when.endswith("Z")
    assert before <= datetime.fromisoformat(when) <= after
    assert {name: event[name] for name in event if name not in ("actor", "hash")} == {
        "host": platform.node(), "tool_version": __version__, "action": "test", "outcome": "ok", "number": 1,
        "prev_hash": audit.GENESIS,
    }  # fmt: skip


def test_the_first_event_makes_the_state_folder_and_those_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "above" / "state"))
    fill(1)


def test_without_a_log_nothing_was_cut_short() -> None:
    done = qaseed("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 events, the chain is intact" in done.stdout


def test_a_log_that_cannot_be_read_says_why() -> None:
    log().mkdir(parents=True)
    with pytest.raises(UsageError, match=r"audit\.jsonl: cannot be read \(Is a directory\); check its permissions"):
        audit.read_log()


def chain(number: int) -> list[bytes]:
    lines, previous = [], audit.GENESIS
    for place in range(number):
        line, previous = audit.chained({"action": "test", "number": place, "text": "ü\n"}, previous)
        lines.append(line.encode())
    return lines


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    lines = chain(4)
    kept = json.loads(lines[-1])["hash"]
    assert audit.flaw_of_log([*lines, b""], kept) is None
    whole = b"".join(line + b"\n" for line in lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    spoiled = whole[:at] + bytes([other]) + whole[at + 1 :]
    number = whole.count(b"\n", 0, at) + 1
    found = audit.flaw_of_log(spoiled.split(b"\n"), kept)
    assert found is not None
    assert found.startswith(f"line {number}:")


@given(st.lists(st.integers(0, 5), max_size=8).filter(lambda places: places != [0, 1, 2, 3, 4, 5]))
def test_lines_removed_added_or_moved_are_found(places: list[int]) -> None:
    lines = chain(6)
    kept = json.loads(lines[-1])["hash"]
    assert audit.flaw_of_log([*(lines[place] for place in places), b""], kept)


@given(st.integers(0, 700))
def test_a_log_cut_anywhere_is_found(cut: int) -> None:
    lines = chain(4)
    whole = b"".join(line + b"\n" for line in lines)
    assert audit.flaw_of_log(whole[: -1 - cut].split(b"\n"), json.loads(lines[-1])["hash"])


@pytest.mark.parametrize("gone", ["last line", "whole log", "head", "last line altered"])
def test_what_was_lost_before_the_next_event_stays_known(gone: str) -> None:
    lines = fill(3)
    if gone == "last line":
        log().write_bytes(b"".join(lines[:2]))
    elif gone == "whole log":
        log().unlink()
    elif gone == "head":
        (log().parent / audit.HEAD).unlink()
    else:
        log().write_bytes(b"".join(lines).replace(b'"number":2', b'"number":7'))
    assert flaw()
    audit.record("test", number=3)
    assert "events before it are missing" in str(flaw())
    assert events()[-1]["number"] == 3


def test_two_processes_at_once_make_one_chain() -> None:
    running = [python(APPEND.format(50)) for _ in range(2)]
    assert [process.communicate() for process in running] == [(None, b"")] * 2
    assert len(events()) == 100
    assert flaw() is None


KILLED = """
import os, signal
from qaseed import audit
real, written = os.write, []
def torn(handle, content):
    if content.startswith(b"{"):
        real(handle, content[:{cut}])
        os.kill(os.getpid(), signal.SIGKILL)
    return real(handle, content)
os.write = torn
audit.record("test", number=-1)
"""


@pytest.mark.parametrize("cut", [1, 100, None])
@pytest.mark.parametrize("before", [0, 3])
def test_killed_in_the_middle_of_an_append(cut: int | None, before: int) -> None:
    start = sum(map(len, fill(before))) if before else 0
    killed = python(KILLED.replace("{cut}", str(cut or "")))
    assert killed.communicate()[1] == b""
    assert killed.returncode == -9
    assert flaw() is None, "what a kill leaves is no change by somebody"
    done = qaseed("audit", "verify")
    assert done.returncode == 0
    assert ("cut short" in done.stderr) is bool(cut)
    audit.record("test", number=before)
    assert flaw() is None
    output = events()
    assert output[-1]["number"] == before
    assert (output[-2]["action"] == "repair") is bool(cut) if before or cut else len(output) == 2
    if cut:
        assert output[-2]["torn_bytes"] == cut
        content = log().read_bytes()
        log().write_bytes(content[:start] + b"~" + content[start + 1 :])
        assert flaw() == f"line {before + 1}: was altered"


def test_a_repair_accounts_for_exactly_the_bytes_before_it() -> None:
    lines, torn = chain(2), b'{"action":"te'
    facts = {"torn_bytes": len(torn), "torn_sha256": hashlib.sha256(torn).hexdigest()}
    previous = json.loads(lines[-1])["hash"]
    repaired, head = audit.chained({"action": "repair"} | facts, previous)
    silent, head_of_silent = audit.chained({"action": "test"}, previous)
    repair = repaired.encode()
    assert audit.flaw_of_log([*lines, torn, repair, b""], head) is None
    assert str(audit.flaw_of_log([*lines, repair, b""], head)).startswith("line 3: does not follow"), (
        "its bytes are gone"
    )
    assert audit.flaw_of_log([*lines, torn[:-1], repair, b""], head) == "line 3: was altered"
    assert audit.flaw_of_log([*lines, torn, torn, repair, b""], head) == "line 3: was altered"
    assert audit.flaw_of_log([*lines, torn, silent.encode(), b""], head_of_silent) == "line 3: was altered"


def test_a_log_longer_than_its_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "TAIL", 100)
    fill(5)
    assert len(events()) == 5


@pytest.mark.parametrize("hindrance", ["a file in the way", "a lock that stays", "another's folder"])
def test_a_log_that_cannot_be_written_stops_nothing(
    hindrance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audit._warn.cache_clear()
    with ExitStack() as held:
        if hindrance == "a file in the way":
            state_folder().write_text("")
            expected = f"{state_folder()}: the audit log cannot be written (File exists)"
        elif hindrance == "a lock that stays":
            fill(1)
            fcntl.flock(held.enter_context(log().open()), fcntl.LOCK_EX)
            monkeypatch.setattr(audit, "LOCK_SECONDS", 0.1)
            expected = f"{log()}: the audit log cannot be written (Resource temporarily unavailable)"
        else:
            monkeypatch.delenv("XDG_STATE_HOME")
            monkeypatch.setattr(Path, "home", homeless)
            monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
            shared = tmp_path / f"qaseed-{os.getuid()}"
            shared.symlink_to(tmp_path)
            remedy = "set XDG_CACHE_HOME and XDG_STATE_HOME to folders of your own"
            expected = f"audit.jsonl: the audit log cannot be written ({shared}: belongs to another user; {remedy})"
        for _ in range(3):
            audit.record("test")
    assert capsys.readouterr().err == f"qaseed: {expected}; going on without it\n"


def homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_job_is_written_down_once(database: str) -> None:
    config = get_qa_seed_config("minimal")
    for _ in range(2):
        assert seed(config, url=database).error is None
    purge(database)
    output = events()
    assert [event["action"] for event in output] == ["generate", "load", "generate", "validate", "load", "purge"]
    assert {event["outcome"] for event in output} == {"ok"}
    assert output[1]["counts"] == output[0]["counts"]
    assert output[2]["reused"] is True
    assert output[0]["seed"] == 42
    assert output[1]["target"]["database"] in database  # type: ignore[index]  # a fingerprint is a table of fields
    assert flaw() is None


def test_failures_refusals_and_interrupts_are_written_down(minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(error: BaseException) -> None:
        with audit.recorded("test", snapshot=minimal.manifest.summary["snapshot"]):
            raise error

    for error in (
        PostgresError("secret"),
        UnsafeError("t: see postgres://u:p@h/d; no"),
        KeyboardInterrupt(),
        ZeroDivisionError(),
    ):
        with pytest.raises(type(error)):
            fails(error)
    output = [(event["outcome"], event["error"], event["exit_code"], event.get("reason")) for event in events()]
    assert output == [
        ("failed", "PostgresError", 5, None),
        ("refused", "UnsafeError", 4, "t: see URL no"),
        ("failed", "KeyboardInterrupt", 130, None),
        ("failed", "ZeroDivisionError", 1, None),
    ]


def test_overrides_are_written_down(tmp_path: Path) -> None:
    generate("minimal", tmp_path, validated=False)
    generate("minimal", tmp_path, format="csv", replace_other=True)
    output = [(event["action"], event.get("reason")) for event in events()]
    assert output == [
        ("override", "its rules are not checked"), ("generate", None),
        ("override", "another snapshot in its folder is replaced"), ("generate", None),
    ]  # fmt: skip


def test_findings_are_counted(copied: Path) -> None:

    from qaseed.snapshot import open_snapshot

    manifest = json.loads((copied / "manifest.json").read_bytes())
    manifest["model"]["entities"][3]["rules"] = [{"id": "Z1", "promise": "nobody", "fails": "true"}]
    edit_manifest(copied, model=manifest["model"])
    validate_snapshot(open_snapshot(copied))
    assert (events()[-1]["action"], events()[-1]["findings"]) == ("validate", 1)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cr%20et@h:xx/d", "postgresql://u:s3cret PW@localhost/d", "postgresql://u:s3cr/et@localhost:1/d", "s3cret",
        "postgresql://u:s3cr@et@localhost:1/d", "host='s3cret", "postgresql://u:s3cret@127.0.0.1:1/d", "postgresql://s3cret@127.0.0.1:1/d",
        "postgresql://u:12/s3cret",
    ],
)  # fmt: skip
def test_no_part_of_a_password_is_in_it(url: str, minimal: Snapshot) -> None:
    for tried in (lambda: load(minimal, url, confirm="s3cret"), lambda: purge(url)):
        with pytest.raises(QaseedError):
            tried()
    assert seed(get_qa_seed_config("minimal"), url=url).error
    assert [event["action"] for event in events()] == ["load", "purge", "load"]
    assert b"s3cr" not in log().read_bytes()
    assert b"et@" not in log().read_bytes()


def test_no_value_is_in_it(minimal: Snapshot, database: str) -> None:
    import duckdb
    import psycopg

    people = duckdb.sql(
        f"select email, phone_mobile, mrn, address_1 from '{minimal.folder}/data/client/*.parquet'"
    ).fetchall()
    with psycopg.connect(database) as connection:
        connection.execute("create table client (name text, secret text)")
        connection.execute("insert into client values ('Jane Roe', 'hers')")
    for command in (("validate", str(minimal.folder)), ("load", str(minimal.folder), "--to", database)):
        qaseed(*command)
    text = log().read_text()
    assert "refused" in text
    assert not [value for row in people for value in (*row, "Jane", "Roe", "hers") if value and value in text]


def test_the_actor_is_the_systems_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody_else")
    audit.record("test")
    assert events()[0]["actor"] != "somebody_else"


def test_an_actor_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(user: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {user}")

    monkeypatch.setattr("pwd.getpwuid", nameless)
    audit.record("test")
    assert events()[0]["actor"] == str(os.getuid())


def test_verify_and_show(tmp_path: Path) -> None:
    lines = fill(30)
    assert "30 events, the chain is intact" in qaseed("audit", "verify").stdout
    assert json.loads(qaseed("audit", "verify", "--json").stdout)["ok"] is True
    shown = json.loads(qaseed("audit", "show", "--last", "2", "--json").stdout)
    assert [event["number"] for event in shown] == [28, 29]
    assert qaseed("audit", "show", "--last", "5").stdout.count("\n") == 6
    log().write_bytes(b"".join(lines[:11] + lines[12:]))
    done = qaseed("audit", "verify")
    assert done.returncode == FindingsError.exit_code
    assert "line 12: does not follow" in done.stderr
    output = json.loads(qaseed("audit", "verify", "--json").stdout)
    assert (output["ok"], output["chains"][0]["flaw"][:8]) == (False, "line 12:")


@given(st.binary(min_size=1, max_size=80))
def test_any_bytes_at_the_end_are_accounted_for(odd: bytes) -> None:
    before = len(events())
    with (log() if before else fill(1) and log()).open("ab") as file:
        file.write(odd)
    audit.record("test")
    output = events()
    assert output[-2]["action"] == "repair"
    assert output[-2]["torn_bytes"] == len(odd.removesuffix(b"\n"))
    assert flaw() is None
