"""What people see: tables that fold, styles, names that are odd, and the next step."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qaseed import validate_snapshot
from qaseed.cli import app
from qaseed.cli.terminal import escape
from qaseed.inspection import count_scenarios, describe, list_snapshots, rules_page
from qaseed.snapshot import Snapshot
from support.command_line import qaseed, qaseed_program
from support.forking import forking, write_programs

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ODD = "a\x1b]0;x\x07\x9b\u202e\u2066b\r\nc"
"""Escape, bell, a C1 control, two overrides of direction, and a line end."""


@pytest.fixture(scope="module")
def forked() -> Iterator[Path]:
    """The program `qaseed`, which runs in forks of one process."""
    folder = Path(tempfile.mkdtemp(prefix="qaseed-forks-"))  # short, as a socket's path has to be
    write_programs(folder, folder / "socket")
    with forking(folder / "socket", dict(os.environ)):
        yield folder / "bin" / "qaseed"
    shutil.rmtree(folder)


def at_terminal(forked: Path, *arguments: str, columns: int, **environment: str) -> str:
    """What a command writes to a terminal of that width, standard error included."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    running = subprocess.Popen(
        [forked, *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env=kept | {"TERM": "xterm"} | environment,
    )  # fmt: skip
    os.close(theirs)
    written = b"".join(_read(ours))
    os.close(ours)
    running.wait()
    return written.decode().replace("\r\n", "\n")


def _read(handle: int) -> Iterator[bytes]:
    try:
        while content := os.read(handle, 65536):
            yield content
    except OSError:  # how Linux tells that the other end is closed
        return


FREE = re.compile(r"\d+\.\d")
"""How much of a disk is free, which changes between two runs."""
HEADS = {"profile", "use", "figure", "column", "scenario", "what", "it", "is", "found", "check", "shape"}
"""Heads of first and last columns, which a row that is listed does not repeat."""


@pytest.mark.parametrize(
    "command", ["profiles", "scenarios -e minimal", "schema", "schema --modes", "doctor", "list", "show minimal", "validate minimal --verbose", "scan artifacts/minimal/data/client"]
)  # fmt: skip
def test_lines_fit_and_no_word_is_broken(forked: Path, command: str, minimal_parquet: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(minimal_parquet.folder.parent)
    whole = CliRunner().invoke(app, command.split(), env={"TERM": "dumb", "COLUMNS": "120"})
    assert whole.exit_code == 0
    for columns in (80,) if "minimal" in command else (80, 120):  # the same tables; reading the snapshot again is dear
        lines = ANSI.sub("", at_terminal(forked, *command.split(), columns=columns)).splitlines()
        assert [line for line in lines if len(line) > columns and len(line.split()) > 1] == []
        # names before a value have a colon in one of the two forms only
        words, shown = (
            {word.rstrip(":") for word in text.split() if not FREE.fullmatch(word)}
            for text in (whole.stdout, " ".join(lines))
        )
        assert words - shown <= HEADS


def test_a_pipe_gets_plain_columns_whatever_its_width() -> None:
    narrow, wide = (qaseed_program("profiles", COLUMNS=columns, TERM="xterm").stdout for columns in ("40", "200"))
    assert narrow == wide
    head, *rows = narrow.splitlines()
    at = head.index("use")
    assert all(row[at - 1] == " " and row[at] != " " for row in rows)
    assert narrow.isascii()
    assert "\x1b" not in narrow


@pytest.mark.parametrize(
    ("environment", "is_styled"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
@pytest.mark.parametrize("command", ["profiles", "seed --help"])
def test_styles_at_a_terminal(forked: Path, command: str, environment: dict[str, str], is_styled: bool) -> None:
    assert ("\x1b" in at_terminal(forked, *command.split(), columns=100, **environment)) == is_styled


def test_styles_in_a_pipe_are_asked_for() -> None:
    assert "\x1b[1m" in qaseed_program("profiles", FORCE_COLOR="1").stdout
    assert "\x1b" not in qaseed_program("profiles", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_columns_count_over_the_terminals_own(forked: Path) -> None:
    assert max(map(len, ANSI.sub("", at_terminal(forked, "schema", columns=200, COLUMNS="60")).splitlines())) <= 60


def test_help_has_panels_and_fits(forked: Path) -> None:
    for command, panels in {
        "seed": ("Data", "Named cases", "Snapshot", "Target"),
        "generate": ("Data", "Named cases", "Snapshot"),
        "load": ("Target", "Loading"),
    }.items():
        text = ANSI.sub("", at_terminal(forked, command, "--help", columns=80))
        assert all(f"─ {panel} ─" in text for panel in panels)
        assert "Examples:\n" in re.sub(" +\n", "\n", text)
        assert "…" not in text, "an option is cut"
        assert max(map(len, text.splitlines())) <= 80


def test_what_steers_a_terminal_is_escaped() -> None:
    assert escape(ODD) == r"a\x1b]0;x\x07\x9b\u202e\u2066b\r\nc"
    assert escape("Zoë 張 🚀 [red]") == "Zoë 張 🚀 [red]"


def test_odd_names_reach_no_terminal(forked: Path, tmp_path: Path, copied: Path) -> None:
    odd = copied.rename(tmp_path / ODD)
    for arguments in (
        ["list", "--out", str(tmp_path)],
        ["show", str(odd)],
        ["validate", f"{odd}x"],
        [ODD],
        ["load", "--copy", ODD, "x"],
    ):
        for text in (
            at_terminal(forked, *arguments, columns=80, NO_COLOR="1"),
            (done := qaseed(*arguments)).stdout + done.stderr,
        ):
            assert set(text) & set(ODD) <= set("a]0;xbc\n"), (arguments, text)
    document = qaseed("list", "--json", "--out", str(tmp_path)).stdout
    assert all(character.isprintable() or character == "\n" for character in document)
    assert json.loads(document)[0]["name"] == ODD


def test_brackets_in_data_are_no_markup(forked: Path, tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.demo]\nrecord_counts = {Client = 1}\ndescription = '[red]x[/] [/]'\n"
    )
    assert "[red]x[/] [/]" in at_terminal(forked, "profiles", columns=200)
    assert "[red]x[/] [/]" in qaseed("profiles", FORCE_COLOR="1").stdout


GENERATE = """
import sys
from qaseed.cli import app
from qaseed.cli.terminal import standard_streams
with standard_streams():
    for name in sys.argv[1:]:
        app(["generate", "-e", "minimal", "-q", f"--out={name}"], standalone_mode=False)
"""


@pytest.mark.usefixtures("unvalidated")
def test_snapshots_in_folders_of_odd_names() -> None:
    names = ["snap-2026-11-25T19:00:00", "a b ü '\"[x]*?%41", "-dash", "d\udce9"]
    done = subprocess.run([sys.executable, "-c", GENERATE, *names], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == os.fsencode("".join(f"{name}/minimal\n" for name in names)), "as it is, for a script"
    for name in names:
        for arguments in (["validate", f"./{name}/minimal"], ["show", f"./{name}/minimal"], ["list", f"--out={name}"]):
            ended = CliRunner().invoke(app, [*arguments, "--json"])
            assert ended.exit_code == 0, ended.exception


@pytest.mark.usefixtures("unvalidated")
def test_the_home_is_a_tilde_and_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert qaseed("generate", "-e", "minimal", "-q", "--out=~/made", HOME=str(tmp_path / "home")).returncode == 0
    assert (tmp_path / "home" / "made" / "minimal" / "manifest.json").is_file()
    assert qaseed("generate", "-e", "minimal", "--out", "link/made").stderr.count("existed already") == 1


def test_list_and_show(forked: Path, minimal: Snapshot, copied: Path, tmp_path: Path) -> None:
    (tmp_path / "half" / "data").mkdir(parents=True)
    (tmp_path / ".other.abc.partial").mkdir()
    (copied / "SHA256SUMS").unlink()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "manifest.json").write_text("{}")
    found = {listed.name: listed for listed in list_snapshots(tmp_path)}
    assert {name: listed.state for name, listed in found.items()} == {
        "other": "unfinished", "half": "unfinished", "damaged": "damaged", "minimal": "complete",
    }  # fmt: skip
    manifest = minimal.manifest
    assert (found["minimal"].id, found["minimal"].total_records, found["minimal"].seed) == (manifest.id, 145, 42)
    with (tmp_path / "lock").open("w"):
        handle = os.open(tmp_path / ".other.abc.partial", os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert [listed.state for listed in list_snapshots(tmp_path) if listed.name == "other"] == ["in progress"]
        os.close(handle)
    listed = json.loads(qaseed("list", "--json", "--out", str(minimal.folder.parent)).stdout)
    assert [(one["name"], one["state"]) for one in listed] == [("minimal", "complete")]
    facts = json.loads(qaseed("show", "--json", str(minimal.folder)).stdout)
    assert facts == json.loads(json.dumps(describe(minimal)))
    assert facts["rows"] == manifest.rows
    assert facts["validation"] == {"rules": validate_snapshot(minimal).rules, "findings": 0}
    screen = at_terminal(forked, "show", str(minimal.folder), columns=80).splitlines()
    assert len(screen) <= 24
    assert "No snapshots in nothing; generate one with `qaseed generate`" in qaseed("list", "--out", "nothing").stderr


@pytest.mark.usefixtures("unvalidated")
def test_commands_end_with_the_next_step(minimal: Snapshot, tmp_path: Path) -> None:
    done = qaseed("generate", "-e", "minimal")
    assert done.stdout == "artifacts/minimal\n"
    assert "look at it: qaseed show artifacts/minimal\n" in done.stderr
    assert "load it:    qaseed load artifacts/minimal\n" in qaseed("validate", "minimal").stderr
    assert qaseed("validate", "minimal", "-q").stderr == ""
    dry = qaseed("generate", "-e", "minimal", "--dry-run")
    assert "{" not in dry.stdout
    assert "rows: tenant 3, location 5" in dry.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("unvalidated")
def test_a_seed_ends_with_how_to_connect(forked: Path, database: str) -> None:
    for arguments in (("seed", "-e", "minimal"), ("load", "minimal")):
        done = qaseed(*arguments, "--to", database)
        assert done.returncode == 0, done.stderr
        assert re.search(r"connect: +psql \S", done.stderr)
        assert not set("{}[]") & set(done.stdout)
    again = qaseed("seed", "-e", "minimal", "--to", database, "--json")
    assert json.loads(again.stdout)["success"] is True
    assert "copy: 100%" in again.stderr, "progress is on stderr beside the document"
    assert qaseed("seed", "-e", "minimal", "--to", database, "--json", "-q").stderr == ""
    shown = ANSI.sub("", at_terminal(forked, "seed", "-e", "minimal", "--to", database, columns=80))
    assert "records    145, of 3 tenants\n" in shown


def test_free_slots_are_the_reserved_ones_that_no_scenario_uses() -> None:
    from qaseed.addresses import FIRST_ORDINARY_SLOT
    from qaseed.practice import MODEL

    listed = json.loads(qaseed("scenarios", "--free", "--json").stdout)
    assert {entry["entity"] for entry in listed} == {entity.name for entity in MODEL.entities if entity.counted}
    for entry in listed:
        bounds = [list(map(int, part.split("-"))) for part in entry["ranges"].split(", ")]
        free = {slot for ends in bounds for slot in range(ends[0], ends[-1] + 1)}
        used = {row.slot for scenario in MODEL.scenarios for row in scenario.needs if row.entity == entry["entity"]}
        assert free | used == set(range(FIRST_ORDINARY_SLOT)), entry
        assert not free & used
        assert entry["count"] == len(free)


def test_the_number_of_scenarios_is_one() -> None:
    known, switched = count_scenarios()
    assert f"{known} scenarios, {switched} of which need `--adversarial`." in rules_page()
    assert (
        f"of {known} scenarios, {switched} of which need --adversarial" in qaseed("scenarios", "-e", "minimal").stderr
    )
    everything = json.loads(qaseed("scenarios", "-e", "standard", "--adversarial", "--json").stdout)
    assert len({case["name"] for case in everything}) == known
