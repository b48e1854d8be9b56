"""The metrics of a load are a file that a collector reads, whole at any moment, whether the load succeeds or fails."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.databases import ask, database_name

pytestmark = pytest.mark.integration


def samples(path: Path) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_a_load_writes_what_it_did(minimal: Snapshot, changed: Snapshot, database: str, tmp_path: Path) -> None:
    path = tmp_path / "qaseed.prom"
    assert qaseed("load", str(minimal.folder), "--to", database, "--metrics", str(path), "-q").returncode == 0
    first = samples(path)
    assert first["qaseed_load_success",] == first["qaseed_load_verified",] == 1
    assert first["qaseed_load_exit_code",] == 0
    assert time.time() - 600 < first["qaseed_load_end_timestamp_seconds",] <= time.time()
    assert first["qaseed_load_duration_seconds",] > first["qaseed_load_phase_seconds", "copy"] > 0
    assert {name[1]: value for name, value in first.items() if name[0] == "qaseed_load_rows"} == minimal.manifest.rows
    (info,) = [name for name in first if name[0] == "qaseed_load_info"]
    assert {"minimal", minimal.manifest.id, "direct"} < set(info)
    assert database_name(database) in " ".join(info)
    assert (path.stat().st_mode & 0o777) == 0o644
    assert [item.name for item in tmp_path.glob("*prom*")] == [path.name]

    ask(database, "update client set city = 'X' where id = (select min(id) from client)")
    assert qaseed("load", str(minimal.folder), "--to", database, "--metrics", str(path), "-q").returncode == 0
    assert samples(path)["qaseed_load_replaced_changes", "updated", "client"] == 1
    ask(database, "alter table client rename column city to town")
    failed = qaseed("load", str(changed.folder), "--to", database, "--metrics", str(path), "-q")
    after = samples(path)
    assert failed.returncode == after["qaseed_load_exit_code",] == 5
    assert after["qaseed_load_success",] == after["qaseed_load_verified",] == 0
    assert not any(name[0] == "qaseed_load_rows" for name in after)


def test_what_cannot_be_written_is_refused_before_the_load(minimal: Snapshot, database: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "none" / "x", tmp_path / "file" / "x"):
        done = qaseed("load", str(minimal.folder), "--to", database, "--metrics", str(path))
        assert done.returncode == 2
        assert f"--metrics: {path} cannot be written" in done.stderr
    assert ask(database, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]


def test_a_dry_run_writes_nothing(minimal: Snapshot, database: str, tmp_path: Path) -> None:
    path = tmp_path / "x.prom"
    assert qaseed("load", str(minimal.folder), "--to", database, "--metrics", str(path), "-n", "-q").returncode == 0
    assert not path.exists()


def test_without_the_extra_one_line_says_what_to_do(
    minimal: Snapshot, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qaseed.errors import UsageError
    from qaseed.loading.metrics import written_metrics

    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(UsageError, match=r"pip install 'qaseed\[metrics\]'"), written_metrics(tmp_path / "x"):
        pass
