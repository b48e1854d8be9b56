"""What is written is true: commands, options, defaults, exit codes, JSON keys, profiles and modules; artifacts are current."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import subprocess
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.exceptions import PluginError
from typer.main import get_command
from typer.testing import CliRunner

from qaseed import errors
from qaseed.cli import app
from qaseed.config import VARIABLES, Settings
from qaseed.generation import generate
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES, TENANTS, Profile
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import open_snapshot
from support.digest_definition import reference_digest
from support.pages import NAMES, ROOT, blocks, text_of

README = text_of("README.md")
ARCHITECTURE = text_of("ARCHITECTURE.md")
ALL = "\n".join(map(text_of, NAMES))
REFERENCE = runpy.run_path(str(ROOT / "scripts/reference"))
COMMANDS = dict(REFERENCE["commands"](get_command(app)))
TRUTH = {True: "true", False: "false", None: ""}


def table(name: str, head: str) -> list[list[str]]:
    """The cells of the table of a page that begins with `head`, without backquotes."""
    lines = text_of(name).split(head + "\n", 1)[1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def test_the_readme_is_short() -> None:
    assert len(README) <= 8_000
    assert "HIPAA certified" not in ALL
    assert "HIPAA-certified" not in ALL


@pytest.mark.parametrize("path", REFERENCE["pages"]())
def test_generated_pages_are_current(path: str) -> None:
    assert text_of(path) == REFERENCE["pages"]()[path], "run scripts/reference"


def test_every_profile_is_in_the_readme() -> None:
    for profile in PROFILES.values():
        row = " | ".join(f"{count:,}" for count in [*profile.record_counts.values()])
        assert f"| `{profile.slug}` | {row} | {profile.total:,} |" in README


def test_every_setting_is_documented_with_its_default() -> None:
    rows = table("docs/reference/configuration.md", "| variable | in `qaseed.toml` | default | effect |")
    documented = {name: (variable, default) for variable, name, default, _ in rows}
    variables = {setting: variable for variable, (setting, _) in VARIABLES.items()}
    values = {item.name: getattr(Settings(), item.name) for item in fields(Settings)}
    written = {
        name: TRUTH[value] if value is None or isinstance(value, bool) else str(value).replace("()", "[]")
        for name, value in values.items()
    }
    expected = {name: (variables.get(name, ""), value) for name, value in written.items()}
    assert documented == expected
    assert "`DATABASE_URL`" in text_of("docs/reference/configuration.md")


def test_every_field_of_a_profile_is_documented_with_its_default() -> None:
    rows = table("docs/reference/configuration.md", "| key | default | is |")
    documented = {name: default for names, default, _ in rows for name in names.split(", ")}
    assert set(documented) == {item.name for item in fields(Profile)} - {"slug", "variant", "source"}
    profile = Profile("p", "", 300, {})
    for name in ("target_seed_time_seconds", "seed", "as_of", "tenants"):
        assert documented[name] == str(getattr(profile, name))
    assert documented["scenarios"] == profile.scenarios[0]
    assert documented["tables"] == profile.tables
    assert documented["adversarial"] == TRUTH[profile.adversarial]
    for name in ("description", "shares", "modes", "locale", "scenario", "column"):
        empty = documented[name].split(", ")[-1] if name in documented else "empty"
        assert (empty, bool(getattr(profile, name))) == ("empty", False), name


def test_defaults_in_prose_are_the_options_own() -> None:
    defaults: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for parameter in command.params:
            defaults.setdefault(parameter.opts[0], set()).add(str(parameter.default))
    output = re.findall(r"`(--[a-z-]+)` \(default ([^)]+)\)", ALL)
    assert output
    for option, default in output:
        assert default in defaults[option], option


def test_defaults_that_only_prose_states_are_the_codes_own() -> None:
    from qaseed.loading.options import WORKERS

    configuration = text_of("docs/reference/configuration.md")
    assert f"connections that load ({WORKERS});" in configuration
    assert f"/ `{TENANTS}` /" in configuration.replace("|", "/"), "tenants of a profile"
    assert f"Counts are totals over {['no', 'one', 'two', 'three', 'four'][TENANTS]} tenants." in README
    assert "the default is parquet" in text_of("docs/how-to/analysts.md")
    formats = {p.default for command in COMMANDS.values() for p in command.params if p.opts[0] == "--format"}
    assert formats == {"parquet", None}, "of snapshots, and of constants"
    minutes = {profile.slug: profile.target_seed_time_seconds / 60 for profile in PROFILES.values()}
    in_readme = re.findall(r"^\| `(\w+)` \|.* (\d+) min \|$", README, re.MULTILINE)
    assert {slug: float(number) for slug, number in in_readme} == minutes


def test_every_option_in_prose_exists() -> None:
    known = {name for command in COMMANDS.values() for p in command.params for name in (*p.opts, *p.secondary_opts)}
    known |= {"--help", "--version", "--install-completion", "--show-completion"}
    for name in NAMES:
        for line in re.findall(r"^(?:\w+=\S+ )*qaseed .*$|`qaseed [^`]*`", text_of(name), re.MULTILINE):
            typed = re.split(r" -- |\s#|[|>;&]", line)[0]
            unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", typed)) - known
            assert not unknown, (name, line)


def test_every_exit_code_is_documented() -> None:
    rows = table("docs/reference/exit-codes.md", "| code | means | exception | do |")
    documented = {name: int(code) for code, _, names, _ in rows for name in names.split(", ") if name}
    classes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.QaseedError) and kind is not errors.QaseedError
    }
    assert documented == classes
    assert {"0", "130"} <= {row[0] for row in rows}


def documented_keys(command: str) -> set[str]:
    """The JSON keys that the section of a command names: those of tables' first column, else all in backquotes."""
    section = re.split(r"^## ", text_of("docs/reference/json.md").split(f"## {command}\n", 1)[1], flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(cells) if cells else section))


@pytest.mark.integration
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(
    "typed",
    [
        "seed -e minimal --to URL", "generate -e minimal", "validate SNAPSHOT", "load SNAPSHOT --to URL", "scan FILE", "profiles",
        "scenarios -e minimal", "show SNAPSHOT", "doctor", "target status --to URL", "audit verify", "purge --to URL --yes",
    ],
)  # fmt: skip
def test_every_json_key_is_documented(typed: str, database: str) -> None:
    snapshot = ROOT / "artifacts/minimal"
    given = {"URL": database, "SNAPSHOT": str(snapshot), "FILE": str(next((snapshot / "data/tenant").iterdir()))}
    words = [given.get(word, word) for word in typed.split()]
    done = CliRunner().invoke(app, [*words, "--json"])
    document: Any = json.loads(done.stdout)
    command = " ".join(["qaseed", *words[: 2 if words[0] in ("target", "audit") else 1]])
    keys = set(document[0] if isinstance(document, list) else document)
    assert keys <= documented_keys(command)
    if "| key | is |" in text_of("docs/reference/json.md").split(f"## {command}\n")[1].split("## ")[0]:
        assert documented_keys(command) <= keys


def test_every_command_is_documented() -> None:
    for typed in COMMANDS:
        assert f"## {typed}\n" in text_of("docs/reference/commands.md")
    for name in {typed.split()[1] for typed in COMMANDS}:
        assert f"qaseed {name}" in ALL.replace(text_of("docs/reference/commands.md"), ""), name


def test_the_number_of_scenarios_is_true() -> None:
    hostile = sum(scenario.switch is not None for scenario in MODEL.scenarios)
    whole = len(MODEL.scenarios)
    assert f"**Edge cases with names.** {whole} [scenarios]" in README
    assert f"There are {whole}: {whole - hostile} in every profile with room for them, and {hostile} with" in ALL


def test_the_scenarios_of_minimal_are_named() -> None:
    named = re.findall(r"`(\w+)`", text_of("docs/how-to/qa.md").split("<!-- wanted -->")[1].split(".\n")[0])
    in_minimal = {name for tenant in plan(MODEL, PROFILES["minimal"]).tenants for name in tenant.scenario_names}
    assert set(named) == in_minimal
    assert len(named) >= 20


def test_every_module_has_its_layer() -> None:
    modules = {path.stem for path in (ROOT / "qaseed").glob("*.py")} | {
        path.parent.name for path in (ROOT / "qaseed").glob("*/__init__.py")
    }
    table = ARCHITECTURE.split("## Modules")[1].split("## Where")[0]
    named = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[2] for line in table.splitlines() if line.startswith("| ")))
    )
    assert modules - {"__init__"} == named


def test_the_digests_example_is_true() -> None:

    assert "encodes as `1;1:a;;1;`" in text_of("docs/explanation/digest.md")
    whole = hashlib.md5(b"1;1:a;;1;;;").hexdigest()
    assert reference_digest([(1, "a", None, True, None, None)]) == f"q1-{whole}"


def test_the_committed_snapshot_is_generated_again_exactly(tmp_path: Path) -> None:
    """It is renewed by a release; a declaration that has changed since gives another id, and other rows."""
    committed = open_snapshot(ROOT / "artifacts" / "minimal")
    generated = generate("minimal", tmp_path, validated=False).snapshot.manifest
    assert generated.digests == committed.manifest.digests or generated.id != committed.manifest.id
    assert validate_snapshot(committed).ok(strict=True)
    assert sum(path.stat().st_size for path in committed.folder.rglob("*") if path.is_file()) < 1_200_000


def test_links_of_the_readme_lead_somewhere() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md"):
        for path, anchor in re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", text_of(name)):
            assert (ROOT / path).is_file(), path
            headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE) if path.endswith(".md") else []
            assert not anchor or anchor in {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}


HOOK = runpy.run_path(str(ROOT / "scripts/mkdocs_hook.py"))


@pytest.mark.parametrize(
    ("html", "is_refused"),
    [
        ('<script src="https://cdn.example.com/x.js">', True),
        ("<img alt='x' src=http://example.com/x.png>", True),
        ('<link rel="stylesheet" href="https://fonts.example.com">', True),
        ('<script src="assets/x.js"></script><a href="https://example.com">x</a>', False),
    ],
)
def test_a_page_of_the_site_loads_nothing_from_elsewhere(html: str, is_refused: bool) -> None:
    """`scripts/check` builds the site in strict mode, with this hook."""
    page = SimpleNamespace(file=SimpleNamespace(src_uri="x.md"))
    for call in (
        lambda: HOOK["on_post_page"](html, page=page, config={}),
        lambda: HOOK["on_post_template"](html, template_name="404.html", config={}),
    ):
        with pytest.raises(PluginError, match="from elsewhere") if is_refused else nullcontext():
            assert call() == html


def test_every_page_of_the_site_is_built(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("index.md", "a/b.md", "style.css"):
        (tmp_path / name).touch()
    for built in (["index.md", "a/b.md"], ["index.md"]):
        files = SimpleNamespace(documentation_pages=lambda built=built: [SimpleNamespace(src_uri=uri) for uri in built])
        with nullcontext() if len(built) == 2 else pytest.raises(PluginError, match=r"a/b\.md: is not built"):
            assert HOOK["on_files"](files, {"docs_dir": str(tmp_path)}) is files


def test_nothing_names_this_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    odd = re.compile(rb"/work/|/root/|\w/\.pyenv")
    found = [
        name
        for name in tracked
        if (ROOT / name).is_file() and name != "tests/test_docs.py" and odd.search((ROOT / name).read_bytes())
    ]
    assert found == []


def test_the_blocks_of_toml_are_profiles(tmp_path: Path) -> None:
    from qaseed.config import find_profile, settings
    from qaseed.inspection import placed_scenarios

    clinic, crm = (block.text for block in blocks("docs/how-to/qa.md") if block.kind == "toml")
    (tmp_path / "qaseed.toml").write_text(clinic)
    assert find_profile("clinic").total == 773
    assert settings().batch_size == 5000
    (tmp_path / "qaseed.toml").write_text(crm)
    assert "vip_no_show" in {placed.name for placed in placed_scenarios(find_profile("crm"))}
