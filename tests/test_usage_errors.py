"""Arguments and settings that cannot be: nothing is started, and the error says what exists."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.snapshot import Snapshot
from support.command_line import qaseed

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
