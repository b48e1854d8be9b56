"""What `qaseed-restore` does with the libraries that it declares, and no others: restoring, all of it."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import UsageError
from qaseed.folders import cache_folder
from qaseed.installation import check_installation
from support import restore_install
from support.databases import ask

ROOT = Path(__file__).parents[2]
COMMITTED = str(ROOT / "artifacts/minimal")
REMEDY = "pip uninstall -y qaseed-restore && pip install qaseed"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheel = restore_install.build(tmp_path_factory.mktemp("wheel"))
    folder = tmp_path_factory.mktemp("site")
    restore_install.install(wheel, folder)
    assert not [name for name in ("polars", "pyarrow", "numpy", "pgpq", "faker") if (folder / name).exists()]
    return folder


def test_it_restores_the_committed_snapshot(site: Path, database: str) -> None:
    done = restore_install.run(site, "load", COMMITTED, "--to", database, "--json")
    result = json.loads(done.stdout)
    manifest = json.loads((ROOT / "artifacts/minimal/manifest.json").read_bytes())
    assert (done.returncode, result["verified"]) == (0, True)
    assert result["digests"] == {name: table["digest"] for name, table in manifest["tables"].items()}
    assert ask(database, "select column_default is null from information_schema.columns where column_name = 'mrn'") == [
        (False,)
    ]  # as the full install creates the tables


@pytest.mark.parametrize("arguments", [["validate", COMMITTED], ["show", COMMITTED], ["verify", COMMITTED], ["--help"]])
def test_it_reads_and_checks(site: Path, arguments: list[str]) -> None:
    done = restore_install.run(site, *arguments)
    assert done.returncode == 0, done.stderr


def test_doctor_judges_what_it_declares(site: Path, database: str) -> None:
    done = restore_install.run(site, "doctor", "--to", database, "--json")
    checked = {check["name"]: check["ok"] for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checked["duckdb"], "polars" in checked) == (0, True, False)


@pytest.mark.parametrize(
    ("arguments", "library"),
    [
        (["generate", "-e", "minimal"], "polars"),
        (["seed", "-e", "minimal"], "polars"),
        (["load", COMMITTED, "--copy", "binary"], "pgpq"),
        (["scan", COMMITTED], "pyarrow"),
    ],
)
def test_what_it_cannot_do_names_the_library_and_the_line_that_installs_it(
    site: Path, arguments: list[str], library: str
) -> None:
    done = restore_install.run(site, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        f"qaseed: this needs the library {library}, which qaseed-restore does not bring; {REMEDY}"
    )


def test_without_the_store_it_says_what_generates_a_locked_snapshot(site: Path, tmp_path: Path) -> None:
    qaseed.push(COMMITTED, tmp_path / "store", tag="t")
    qaseed.lock(f"{tmp_path}/store/minimal:t", path=tmp_path / "qaseed.lock")
    shutil.rmtree(tmp_path / "store")
    shutil.rmtree(cache_folder())
    done = restore_install.run(site, "pull", "--frozen", "--lock", str(tmp_path / "qaseed.lock"))
    assert (done.returncode, done.stdout) == (6, "")
    assert "minimal cannot be generated instead: this installation only restores: this needs the library" in done.stderr
    assert REMEDY in done.stderr


def test_it_has_the_modules_of_the_full_install(site: Path) -> None:
    def files(folder: Path) -> set[str]:
        found = (folder / "qaseed").rglob("*")
        return {str(path.relative_to(folder)) for path in found if path.is_file() and "__pycache__" not in path.parts}

    assert files(site) == files(ROOT)


def test_it_declares_libraries_of_the_full_install_with_the_same_bounds() -> None:
    def declared(path: str) -> tuple[set[str], dict[str, list[str]]]:
        project = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
        return set(project["dependencies"]), project["optional-dependencies"]

    (restore, extras), (full, full_extras) = declared("packaging/restore/pyproject.toml"), declared("pyproject.toml")
    assert restore < full
    assert extras == {name: full_extras[name] for name in extras}


def test_both_in_one_folder_are_refused_where_their_versions_differ(tmp_path: Path) -> None:
    (tmp_path / "qaseed-1.2.0.dist-info").mkdir()
    check_installation(tmp_path)
    (tmp_path / "qaseed_restore-1.2.0.dist-info").mkdir()
    check_installation(tmp_path)  # the same files
    (tmp_path / "qaseed_restore-1.2.0.dist-info").rename(tmp_path / "qaseed_restore-1.3.0.dist-info")
    with pytest.raises(UsageError, match=r"qaseed 1\.2\.0 and qaseed-restore 1\.3\.0 are both in"):
        check_installation(tmp_path)


def test_a_command_starts_only_in_one_whole_installation(site: Path) -> None:
    other = site / "qaseed-0.0.1.dist-info"
    other.mkdir()
    done = restore_install.run(site, "profiles")
    other.rmdir()
    assert (done.returncode, "then install one of them" in done.stderr) == (2, True)
