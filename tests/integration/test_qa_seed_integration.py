"""The seed document's integration tests: the whole job on a real Postgres, through every one of its doors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from qaseed import QASeedManager
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot
from support.command_line import qaseed

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parent.parent.parent
KEYS = {
    "environment", "profile_name", "total_time_seconds", "target_time_seconds", "performance_ratio", "target_met",
    "total_records_created", "records_per_second", "validation_time_seconds", "errors", "success", "snapshot", "digests", "tenants", "target",
}  # fmt: skip


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database)
    return database


@pytest.fixture
def generated(minimal_parquet: Snapshot, tmp_path: Path, unvalidated: None) -> None:
    """The snapshot of an earlier seed, which others find in the working folder."""
    shutil.copytree(minimal_parquet.folder, tmp_path / "artifacts" / "minimal")


def count(url: str, table: str = "client") -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute(f"select count(*) from {table}".encode()).fetchone()
        assert found
        return int(found[0])


def absent(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select to_regclass('public.client')").fetchone() == (None,)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
    )


class TestQASeedManager:
    def test_metrics(self, url: str) -> None:
        manager = QASeedManager("minimal")
        metrics = manager.generate_seed_data()
        assert metrics.keys() == KEYS
        assert metrics["success"] is True
        assert metrics["errors"] == []
        assert metrics["total_records_created"] == 145
        assert metrics["target_met"] is True
        assert metrics["performance_ratio"] == pytest.approx(metrics["total_time_seconds"] / 60, rel=0.01)
        assert metrics["validation_time_seconds"] > 0
        assert metrics["digests"].keys() == {
            "tenant",
            "location",
            "provider",
            "client",
            "appointment",
            "note",
            "ledger_entry",
            "scenario",
        }
        assert manager.performance_metrics == metrics
        assert (count(url), count(url, "ledger_entry")) == (25, 30)

    def test_failures_are_told_not_raised(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden@127.0.0.1:1/d")
        metrics = QASeedManager("minimal").generate_seed_data()
        assert metrics["success"] is False
        assert metrics["target_met"] is False
        assert metrics["total_records_created"] == 0
        assert len(metrics["errors"]) == 1
        assert "hidden" not in metrics["errors"][0]

    @pytest.mark.usefixtures("generated")
    def test_a_psycopg_session_is_never_committed(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            assert QASeedManager("minimal", session=connection).generate_seed_data()["success"]
            connection.rollback()
        assert absent(url)

    @pytest.mark.usefixtures("generated")
    @pytest.mark.parametrize("kind", ["session", "connection"])
    def test_a_sqlalchemy_session_is_never_committed(self, kind: str, url: str) -> None:
        from sqlalchemy import create_engine, text
        from sqlalchemy.orm import Session

        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        for keep in (False, True):
            with engine.connect() as connection, Session(connection) as orm:
                given: Any = orm if kind == "session" else connection
                metrics = QASeedManager("minimal", session=given).generate_seed_data()
                assert metrics["success"], metrics["errors"]
                assert given.execute(text("select count(*) from client")).scalar() == 25
                if keep:
                    given.commit()
                    connection.commit()
                else:
                    given.rollback()
            assert absent(url) is not keep
        engine.dispose()

    def test_something_else_is_no_session(self) -> None:
        metrics = QASeedManager("minimal", session=object()).generate_seed_data()
        assert "no open psycopg 3 connection" in metrics["errors"][0]

    @pytest.mark.usefixtures("unvalidated")
    def test_settings_override(self, url: str) -> None:
        override = {"record_counts": {"Client": 40}, "batch_size": 7, "parallel_workers": 1, "use_bulk_insert": False}
        assert QASeedManager("minimal", config_override=override).generate_seed_data()["total_records_created"] == 160
        assert count(url) == 40


class TestEnvironmentVariables:
    @pytest.mark.usefixtures("generated")
    def test_bulk_insert_off_sends_no_copy(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("COPY was used")

        monkeypatch.setenv("QA_USE_BULK_INSERT", "false")
        monkeypatch.setattr(psycopg.Cursor, "copy", refuse)
        assert QASeedManager("minimal").generate_seed_data()["success"]
        assert count(url) == 25

    def test_validation_off_and_on(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qaseed.derived_rules.UNSAFE_TEXT", "opened")
        failed = QASeedManager("minimal").generate_seed_data()
        assert not failed["success"]
        assert failed["errors"][0].split(": ")[1] == "PHI"
        assert absent(url)
        monkeypatch.setenv("QA_VALIDATION_ENABLED", "false")
        metrics = QASeedManager("minimal").generate_seed_data()
        assert metrics["success"]
        assert metrics["validation_time_seconds"] == 0

    def test_strict_mode_fails_on_warnings(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        no_notes = {"record_counts": {"Note": 0}}
        assert QASeedManager("minimal", config_override=no_notes).generate_seed_data()["success"]
        monkeypatch.setenv("QA_STRICT_MODE", "true")
        metrics = QASeedManager("minimal", config_override=no_notes).generate_seed_data()
        assert not metrics["success"]
        assert "R5 note" in metrics["errors"][0]

    @pytest.mark.usefixtures("generated")
    def test_batch_size_is_the_rows_of_a_buffer(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qaseed.loading.staging.is_small", lambda _: False)  # few rows are sent one by one
        sent: list[int] = []
        real = psycopg.Copy.write
        monkeypatch.setattr(psycopg.Copy, "write", lambda copy, data: (sent.append(len(data)), real(copy, data))[1])
        assert QASeedManager("minimal").generate_seed_data()["success"]
        buffers, sent[:] = len(sent), []
        monkeypatch.setenv("QA_BATCH_SIZE", "1")
        assert QASeedManager("minimal").generate_seed_data()["success"]
        assert len(sent) >= buffers + 156 - 8, "a row a buffer"

    @pytest.mark.usefixtures("generated")
    def test_the_environment_names_the_profile(self, url: str) -> None:
        done = qaseed("seed", "--json", QA_ENVIRONMENT="minimal")
        assert json.loads(done.stdout)["environment"] == "minimal"


class TestScript:
    def test_the_documents_script(self, url: str) -> None:
        done = run(str(ROOT / "scripts" / "qa_seed_manager.py"), "--environment", "minimal", "--verbose")
        assert done.returncode == 0, done.stderr
        assert "Starting QA seed generation for 'minimal' environment" in done.stderr
        assert "Target: 145 records in < 60 seconds" in done.stderr
        assert "100% (145/145)" in done.stderr
        assert "Performance target: MET" in done.stderr
        assert "success: True" in done.stdout

    def test_the_documents_import(self) -> None:
        done = run(
            "-c",
            "from scripts.qa_seed_manager import QASeedManager; print(QASeedManager('minimal').config.profile.total)",
            PYTHONPATH=str(ROOT),
        )
        assert done.stdout.strip() == "145", done.stderr

    def test_json_is_one_document(self, url: str) -> None:
        done = qaseed("seed", "-e", "minimal", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout).keys() == KEYS
        assert "copy: 100%" in done.stderr, "progress is no part of the document"

    @pytest.mark.usefixtures("generated")
    def test_the_embedded_server_is_used_without_a_url(self, tmp_path: Path) -> None:
        environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        try:
            done = run("-m", "qaseed", "seed", "-e", "minimal", "--json", **environment)
            assert done.returncode == 0, done.stderr
            told = json.loads(qaseed("server", "status", "--json", **environment).stdout)
            assert told["running"] is True
            assert count(told["url"]) == 25
        finally:
            qaseed("server", "stop", **environment)
        status = qaseed("server", "status", "--json", **environment)
        assert status.returncode == 1
        shutil.rmtree(Path(json.loads(status.stdout)["home"]).parent)  # root's stands outside the test's own folder


@pytest.mark.slow
@pytest.mark.usefixtures("unvalidated")
class TestAllEnvironments:
    """`minimal` is seeded in `test_metrics`; that the rules hold in each, test_qa_seed_system.py says."""

    @pytest.mark.parametrize("environment", [name for name in PROFILES if name != "minimal"])
    def test_seeding_end_to_end(self, environment: str, url: str) -> None:
        metrics = QASeedManager(environment).generate_seed_data()
        assert metrics["success"], metrics["errors"]
        assert metrics["target_met"]
        assert metrics["total_records_created"] == PROFILES[environment].total
        assert count(url) == PROFILES[environment].record_counts["client"]
        assert count(url, "ledger_entry") == PROFILES[environment].record_counts["ledger_entry"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 1.5, 2.7])
def test_an_interrupt_at_any_moment_leaves_all_or_nothing(seconds: float, loaded: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qaseed", "seed", "-e", "load_test", "--scale", "6", "--workers", "2", "-q"]
    running = subprocess.Popen([*command, "--to", loaded], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode in {0, 130}, told
    assert "Traceback" not in told
    assert list((tmp_path / "artifacts").glob(".*")) == []
    loaded_snapshot = (25, 50, 30) if running.returncode else (12_000, 60_000, 48_000)
    assert tuple(count(loaded, table) for table in ("client", "appointment", "ledger_entry")) == loaded_snapshot
