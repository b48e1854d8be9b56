"""The Python API as a caller's script meets it: paths, names and profiles as text, wrong types in one line, types."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import qaseed
from qaseed import Snapshot, SnapshotError, UsageError
from support.pages import ROOT
from support.tiny_snapshot import tiny_snapshot


class Named:
    """What some libraries have for a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.fixture
def artifacts(copied: Path, tmp_path: Path) -> Path:
    """A folder of snapshots where the default is."""
    (tmp_path / "artifacts").mkdir()
    return copied.rename(tmp_path / "artifacts" / "minimal")


FORMS: list[Callable[[Path], Any]] = [lambda path: path, str, Named, lambda _: "artifacts/minimal", lambda _: "minimal"]


@pytest.mark.parametrize("form", FORMS)
def test_a_snapshot_is_a_folder_a_name_or_an_object(form: Callable[[Path], Any], artifacts: Path) -> None:
    snapshot = qaseed.open_snapshot(form(artifacts))
    assert snapshot.manifest.name == "minimal"
    assert qaseed.validate_snapshot(form(artifacts)).ok()


@pytest.mark.parametrize("form", [Named, lambda _: "minimal", qaseed.open_snapshot])
def test_a_scan_takes_a_folder_a_name_or_an_open_snapshot(form: Callable[[Path], Any], tmp_path: Path) -> None:
    report = qaseed.scan(form(tiny_snapshot(tmp_path / "artifacts" / "minimal")))
    assert report.ok
    assert report.values > 0


@pytest.mark.integration
def test_loads_take_a_folder_or_a_name(artifacts: Path, database: str) -> None:
    for form in FORMS:
        assert qaseed.load(form(artifacts), database, keep_old=True).verified
    assert qaseed.rollback(database).rows["client"] == 25
    assert qaseed.purge(database)["client"] == 25


@pytest.mark.integration
def test_a_clone_takes_a_name(artifacts: Path, database: str) -> None:
    assert qaseed.clone("minimal", database, "t_never", dry_run=True).total_records == 145


@pytest.mark.parametrize("out", ["x", PurePosixPath("x"), Named(Path("x"))])
def test_generate_takes_a_name_and_any_path(out: Any, tmp_path: Path) -> None:
    assert qaseed.generate("minimal", out=out, validated=False).snapshot.folder.resolve() == tmp_path / "x" / "minimal"
    assert qaseed.generate(qaseed.QAEnvironment.MINIMAL, out).reused


def test_generate_takes_the_profiles_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text("[profiles.tiny]\nrecord_counts = {client = 3, provider = 3, location = 3}\n")
    assert qaseed.generate("tiny", validated=False).snapshot.folder == Path("artifacts/tiny")


@pytest.mark.integration
@pytest.mark.parametrize("form", [str, lambda name: qaseed.get_qa_seed_config(name, {"out": Path("x")})])
@pytest.mark.usefixtures("unvalidated")
def test_seed_takes_a_name(form: Callable[[str], Any], database: str) -> None:
    run = qaseed.seed(form("minimal"), url=database)
    assert run.error is None
    assert run.metrics["total_records_created"] == 145


URL = "postgresql://nobody@127.0.0.1:1/nowhere"
NO_PATH = [None, 5, b"artifacts/minimal", "", " ", "a\0b", ["minimal"]]


@pytest.mark.parametrize("given", NO_PATH)
@pytest.mark.parametrize(
    "call",
    [
        qaseed.open_snapshot,
        qaseed.validate_snapshot,
        qaseed.scan,
        lambda given: qaseed.load(given, URL),
        lambda given: qaseed.clone(given, URL, "x"),
        lambda given: qaseed.generate("minimal", given),
    ],
)
def test_what_is_no_path_is_refused_before_anything_is_done(call: Any, given: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        call(given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: qaseed.load("minimal", 5),  # type: ignore[arg-type]
        lambda: qaseed.load("minimal", ""),
        lambda: qaseed.purge(None),  # type: ignore[arg-type]
        lambda: qaseed.rollback(Path("x")),  # type: ignore[arg-type]
        lambda: qaseed.generate(5),  # type: ignore[arg-type]
        lambda: qaseed.generate("minimul"),
        lambda: qaseed.seed(5),  # type: ignore[arg-type]
        lambda: qaseed.seed("minimul"),
        lambda: qaseed.validate_snapshot("minimal", 0),
    ],
)
def test_other_wrong_arguments_are_refused(call: Callable[[], Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give|did you mean"):
        call()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_comes_before_a_name(artifacts: Path, tmp_path: Path) -> None:
    (tmp_path / "minimal").mkdir()
    with pytest.raises(SnapshotError, match="never finished"):
        qaseed.open_snapshot("minimal")
    with pytest.raises(SnapshotError, match=r"Snapshots in artifacts/: minimal"):
        qaseed.open_snapshot("standard")
    with pytest.raises(SnapshotError, match="file"):
        qaseed.open_snapshot(artifacts / "manifest.json")
    with pytest.raises(SnapshotError):
        qaseed.open_snapshot("x" * 5000)


def test_every_public_name_says_what_it_is() -> None:
    for name in qaseed.__all__:
        said = inspect.getdoc(getattr(qaseed, name))
        assert said, name


def test_completion_finds_public_names_before_they_are_imported() -> None:
    code = "import qaseed; print(set(qaseed.__all__) - set(dir(qaseed)), '__version__' in dir(qaseed))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set() True\n", "")


def test_a_script_in_one_line(artifacts: Path) -> None:
    code = "import qaseed; print(qaseed.open_snapshot('artifacts/minimal').manifest.id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (len(done.stdout), done.stderr) == (65, "")


@pytest.mark.slow
def test_types_of_a_caller_are_checked(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "from pathlib import Path\nimport qaseed\n"
        "made: qaseed.Snapshot = qaseed.generate('minimal', out='x').snapshot\n"
        "ok: bool = qaseed.validate_snapshot(Path('artifacts/minimal')).ok() and qaseed.scan('minimal').ok\n"
        "rows: dict[str, int] = qaseed.load('minimal', 'postgresql://h/d').rows\n"
        "run = qaseed.seed('minimal', url='postgresql://h/d')\n"
        "try:\n    qaseed.clone(made, 'postgresql://h/d', 'x')\nexcept qaseed.UnsafeError as error:\n    print(error.exit_code)\n"
        "manifest_id: str = qaseed.open_snapshot('minimal').manifest.id\n"
        "qaseed.purge(5)\n"
    )
    # what scripts/check has just checked is not checked again
    ours = ("--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache"))
    command = [sys.executable, "-m", "mypy", *ours, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.splitlines()[0].startswith('mine.py:12: error: Argument 1 to "purge"'), done.stdout
    assert len(done.stdout.splitlines()) == 2, done.stdout


def test_what_open_snapshot_returns_is_a_snapshot(artifacts: Path) -> None:
    assert isinstance(qaseed.open_snapshot(artifacts), Snapshot)
