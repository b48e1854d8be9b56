"""What people see: tables that fold, outputs that are closed or full, odd names, errors that say what exists, completion."""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from qaseed import validate_snapshot
from qaseed.cli import app, completion
from qaseed.cli.options import COPIES, ENGINES, FORMATS, STRATEGIES, TABLES, VERIFIES
from qaseed.cli.root import MODULES
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


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", command.replace("qaseed", f"{shlex.quote(sys.executable)} -m qaseed")], capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    "command",
    [
        "profiles >&-", "profiles 2>&-", "profiles <&-", "schema --json >&-", "--help >&-", "validate {0} --json >&-",
        "generate -e minimal --out made <&- >&- 2>&-",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unvalidated")
def test_closed_streams_stop_no_work(command: str, minimal: Snapshot, tmp_path: Path) -> None:
    done = shell(f"qaseed {command.format(minimal.folder)}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "minimal" / "manifest.json").is_file() == command.startswith("generate")


@pytest.mark.parametrize(
    "command", ["--help", "seed --help", "schema", "schema --json", "schema --rules", "scenarios --json", "--version"]
)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str) -> None:
    done = shell(f"qaseed {command} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr if command != "schema" else "") == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command", ["--help", "--version", "profiles", "schema --json", "generate -e minimal -q --out made"]
)
@pytest.mark.usefixtures("unvalidated")
def test_a_full_disk_is_one_line(command: str) -> None:
    done = shell(f"qaseed {command} >/dev/full")
    assert done.returncode == 2
    assert done.stderr == "qaseed: standard output: No space left on device; its content is lost\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_standard_error_is_no_failure() -> None:
    done = shell("qaseed scenarios -e minimal 2>/dev/full")
    assert done.returncode == 0
    assert done.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_what_cannot_be_encoded_is_replaced(environment: dict[str, str], tmp_path: Path, database: str) -> None:
    if "PYTHONUTF8" in environment and not sys.prefix.isascii():
        pytest.skip("Python itself cannot start in ASCII from a folder whose name is not")
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.demo]\nrecord_counts = {Client = 1}\ndescription = 'Zoë'\n", encoding="utf-8"
    )
    assert "Zo?" in qaseed_program("profiles", **environment).stdout
    assert json.loads(qaseed_program("profiles", "--json", **environment).stdout)[-1]["description"] == "Zoë"
    done = qaseed_program("seed", "-e", "minimal", "--to", database, **environment)
    assert done.returncode == 0
    assert "? Starting QA seed generation for 'minimal' environment" in done.stderr


USELESS = [
    ("load", "nowhere"), ("load", "{0}", "--strategy", "stagde"), ("load", "{0}", "--copy", "x"), ("load", "{0}", "--verify", "x"),
    ("load", "{0}", "--workers", "0"), ("load", "{0}", "--schema", "pg_x"), ("load", "{0}", "--max-lock-wait", "0"),
    ("load", "{0}", "--rollback"), ("load", "--rollback", "--keep-old"), ("load", "{0}", "--keep-old", "--strategy", "in-place"),
    ("load", "{0}", "--strategy", "template", "--database", "x", "--rls"), ("load", "--rollback", "--dry-run"), ("load", "{0}", "--database", "x"), ("load", "{0}", "--to", " "),
    ("seed", "--format", "xml"), ("seed", "--as-of", "x"), ("seed", "--out", " "), ("seed", "--out", "s3://bucket/x"),
    ("seed", "--out", "{0}/SHA256SUMS/x"), ("seed", "--mode", "phone=x"), ("seed", "--scenarios", "x"), ("seed", "--schema", ""),
    ("seed", "--workers", "0"), ("seed", "--to", "nonsense"), ("seed", "-e", "x"), ("target", "init", "-e", "production"),
    ("target", "status", "--schema", "pg_x"), ("target", "forget", "--schema", ""), ("audit", "verify", "--to", "nonsense"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", USELESS, ids=" ".join)
def test_nothing_is_started_for_arguments_that_cannot_be(
    arguments: tuple[str, ...], minimal: Snapshot, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(app, [argument.format(minimal.folder) for argument in arguments])
    assert done.exit_code in (2, 3, 4), done.exception
    assert done.output.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    ofroot = hashlib.sha256(str(tmp_path / "cache" / "qaseed").encode()).hexdigest()[:8]
    assert not Path(f"/var/cache/qaseed-{ofroot}").exists(), "the embedded Postgres was started"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "{1}/nope"), "Snapshot not found: {1}/nope. Snapshots in {1}/: minimal."),
        (("show", "{1}/minimla"), "Did you mean 'minimal'?"),
        (("show", "{1}"), "is a folder of snapshots; name one of them: minimal"),
        (("show", "{0}/SHA256SUMS"), "is a file; give the folder of a snapshot"),
        (("show", " "), "SNAPSHOT is blank"),
        (("generate", "-e", "nonsense"), "known: minimal, standard, load_test, integration"),
        (("generate", "--mode", "phone=nanp_val"), "did you mean 'nanp_valid'? Known: seed, nanp_valid"),
        (("generate", "--scenarios", "apostrofe_name"), "did you mean 'apostrophe_name'?"),
        (
            ("load", "{0}", "--strategy", "stagd"),
            "did you mean 'staged'? Known: direct, staged, in-place, insert, template",
        ),
        (("schema", "--sql", "--rules"), "--sql and --rules are different views; give one of them"),
        (("schema", "--sql", "--json"), "--sql prints text, and --json prints JSON; give one of them"),
        (("schema", "--rules", "--json"), "--rules prints text, and --json prints JSON; give one of them"),
        (("scenarios", "--free", "-e", "minimal"), "leave out --environment and --adversarial"),
        (("lst",), "see `qaseed --help`"),
        (("validate",), "Missing argument 'SNAPSHOT'; see `qaseed validate --help`"),
    ],
)
def test_errors_say_what_exists(arguments: tuple[str, ...], message: str, minimal: Snapshot) -> None:
    folders = (minimal.folder, minimal.folder.parent)
    done = CliRunner().invoke(app, [argument.format(*folders) for argument in arguments], prog_name="qaseed")
    assert done.exit_code in (2, 3), done.exception
    assert message.format(*folders) in done.output
    assert done.output.count("\n") == 1


def test_bad_profiles_are_warned_of_and_bad_settings_refused(tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text("[profiles.bad]\nrecord_counts = 3\n")
    for command in ("profiles", "doctor"):
        done = qaseed(command)
        assert done.returncode == 0
        assert f"qaseed: warning: {tmp_path}/qaseed.toml: profile 'bad'" in done.stderr
    assert qaseed("generate", "-e", "minimal", "--dry-run").stderr == ""
    (tmp_path / "qaseed.toml").write_text("batch_size = 0\n")
    assert qaseed("profiles").returncode == 0
    done = qaseed("doctor", "--json")
    assert done.returncode == 1
    check = json.loads(done.stdout)["checks"][-1]
    assert (check["name"], check["ok"]) == ("configuration", False)
    assert "batch_size is 0" in check["found"]


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


def complete(words: str) -> list[str]:
    """What bash offers for the last word."""
    done = subprocess.run(
        [sys.executable, "-m", "qaseed"], capture_output=True, text=True, check=False,
        env=os.environ | {"_QASEED_COMPLETE": "complete_bash", "COMP_WORDS": f"qaseed {words}", "COMP_CWORD": str(len(words.split(" ")))},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


def test_values_complete(minimal: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(minimal.folder.parent)
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.demo]\nrecord_counts = {Client = 1}\n[profiles.bad]\nrecord_counts = 1\n"
    )
    assert complete("seed -e ") == ["minimal", "standard", "load_test", "integration", "demo"]
    assert complete("load mi") == ["minimal"]
    assert complete("load minimal --strategy ") == list(STRATEGIES)
    assert complete("generate --format p") == ["parquet"]
    assert "phone=nanp_valid" in complete("generate --mode ph")
    assert complete("generate --scenarios apostrophe_name,leap_day_b") == ["apostrophe_name,leap_day_birth"]
    assert "list" in complete("l")
    (tmp_path / "qaseed.toml").write_text("= broken")
    assert complete("seed -e ") == []
    assert not (tmp_path / "cache").exists()


def test_completion_knows_what_is_declared() -> None:
    from qaseed.generation import engines
    from qaseed.loading import options
    from qaseed.practice import MODEL
    from qaseed.practice.modes import MODES
    from qaseed.profiles import TABLES as KNOWN_TABLES
    from qaseed.snapshot import FORMATS as KNOWN

    assert completion.declared_scenarios() == {scenario.name: scenario.doc for scenario in MODEL.scenarios}
    assert completion.declared_modes() == MODES
    assert (*options.STRATEGIES, "template") == STRATEGIES
    assert (tuple(KNOWN), options.VERIFIES) == (FORMATS, VERIFIES)
    assert get_args(options.CopyMethod) == COPIES
    assert KNOWN_TABLES == TABLES
    assert engines.ENGINES == ENGINES


def test_each_command_is_declared_in_the_module_that_is_imported_for_it() -> None:
    commands = get_command(app).commands
    assert commands.keys() == MODULES.keys()
    for name, module in MODULES.items():
        for command in getattr(commands[name], "commands", {name: commands[name]}).values():
            assert command.callback.__module__ == f"qaseed.cli.{module}", (name, command.name)


def test_load_has_the_defaults_of_its_options() -> None:
    from qaseed.loading import load
    from qaseed.loading.options import LoadOptions

    chosen_later = ("schema", "workers")  # by the settings, where the option is not given
    on_the_command_line = {p.name: p.default for p in get_command(app).commands["load"].params}
    in_python = {name: p.default for name, p in inspect.signature(load).parameters.items()}
    for item in fields(LoadOptions):
        if item.name in on_the_command_line and item.name not in chosen_later:
            assert on_the_command_line[item.name] == item.default, item.name
        if item.name in in_python:
            assert in_python[item.name] == item.default, item.name


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


def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom qaseed.cli import completion as c\n"
        "[f('') for f in (c.profiles, c.snapshots, c.modes, c.scenarios)]\n"
        "print(sorted({'polars', 'duckdb', 'pyarrow', 'psycopg', 'numpy', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_command_imports_neither_others_nor_a_library_that_converts_values(minimal: Snapshot) -> None:
    script = (
        "import sys\nfrom qaseed.cli.root import app, import_commands\nimport_commands(sys.argv[1])\n"
        "app(sys.argv[1:], prog_name='qaseed', standalone_mode=False)\n"
        "sys.exit(', '.join({'pydantic', 'qaseed.cli.server'} & sys.modules.keys()) or 0)"
    )
    for command in (
        ("seed", "--environment", "minimal", "--format", "csv", "--dry-run"),
        ("load", "missing"),
        ("verify", str(minimal.folder)),
        ("audit", "verify"),
    ):
        done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)


def test_the_number_of_scenarios_is_one() -> None:
    known, switched = count_scenarios()
    assert f"{known} scenarios, {switched} of which need `--adversarial`." in rules_page()
    assert (
        f"of {known} scenarios, {switched} of which need --adversarial" in qaseed("scenarios", "-e", "minimal").stderr
    )
    everything = json.loads(qaseed("scenarios", "-e", "standard", "--adversarial", "--json").stdout)
    assert len({case["name"] for case in everything}) == known
