"""Generation and validation measured: against an earlier commit, and in cells a second against other generators."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
from measuring import compare, environment

from qaseed.generation import generate
from qaseed.profiles import PROFILES

ROOT = Path(__file__).resolve().parent.parent
QASEED = [sys.executable, "-m", "qaseed"]
SCALE = float(os.environ.get("SCALE", "20"))
BEFORE = os.environ.get("BEFORE", "")
"""A commit that is measured beside."""
PEERS = ("factory_boy==3.3.3", "dbldatagen==0.4.0.post1", "pyspark==4.3.0", "tpchgen-cli==4.0.0")
NEEDED = ("jmespath==1.1.0", "pandas==3.1.1", "pyparsing==3.3.3")
"""What dbldatagen imports and does not require."""
ROWS = {"faker": 20_000, "mimesis": 20_000, "factory_boy": 20_000, "dbldatagen": 2_000_000}
"""Rows of each, so that its start does not decide; dbldatagen starts a Java machine."""


def _generate(out: Path, *options: str, code: Path = ROOT, validated: bool = True) -> list[str]:
    checked = "true" if validated else "false"
    return ["sh", "-c", f'rm -rf "{out}"; exec "$@"', "sh", "env", f"PYTHONPATH={code}",
        f"QA_VALIDATION_ENABLED={checked}", *QASEED, "generate", "-e", "load_test", "--scale", f"{SCALE:g}", "-q",
        "--out", str(out), *options]  # fmt: skip


def bench_generate(folder: Path) -> None:
    """Whole runs of `generate`, in pairs with those of another commit if one is named."""
    out, versions = folder / "generated", {"": ROOT}
    if BEFORE:
        (folder / "before").mkdir()
        archive = subprocess.run(["git", "archive", BEFORE, "qaseed"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder / "before")], input=archive, check=True)
        versions = {f", commit {BEFORE}": folder / "before", "": ROOT}
    rivals = {
        f"{way}{commit}": _generate(out, *options, code=code, validated=validated)
        for way, options, validated in (
            ("1 worker", ("--workers", "1"), True),
            ("2 workers", ("--workers", "2"), True),
            ("2 workers, not validated", ("--workers", "2"), False),
        )
        for commit, code in versions.items()
    }
    rows = PROFILES["load_test"].scaled(SCALE).total
    compare(f"generate {rows:,} records with digests", rivals, made=lambda _: rows, unit="records")


def bench_generators(folder: Path) -> None:
    """Other generators, one after the other, and the rows of qaseed: in order, with relations, texts and digests."""
    python = environment(folder / "peers", *PEERS, *NEEDED, *(f"{name}=={version(name)}" for name in (
        "faker", "mimesis", "pyarrow", "numpy")))  # fmt: skip
    program = [str(python), str(ROOT / "scripts" / "rivals" / "generators.py")]
    rivals = {way: [*program, way, str(rows), str(folder / way)] for way, rows in ROWS.items()}
    tpchgen = str(python.parent / "tpchgen-cli")
    rivals["tpchgen-cli"] = [tpchgen, "parquet", "-s", "1", f"--output-dir={folder / 'tpchgen-cli'}"]
    rivals["qaseed"] = _generate(folder / "qaseed", validated=False)
    rivals["qaseed, rules checked"] = _generate(folder / "qaseed, rules checked")

    def cells(name: str) -> int:
        files = [pq.read_metadata(path) for path in (folder / name).rglob("*.parquet")]
        return sum(file.num_rows * file.num_columns for file in files)

    compare("values written into Parquet", rivals, made=cells, unit="cells")


ON_SNAPSHOT = """
import sys
from qaseed.digest import duckdb_sql
from qaseed.snapshot import open_snapshot
opened = open_snapshot(sys.argv[1])
with opened.catalog() as tables:
    for entity in opened.manifest.model.entities:
        {}
"""
READ = """values = ", ".join(f'bit_xor(hash("{column.name}"))' for column in entity.columns)
        tables.execute(f"select {values} from {entity.name}").fetchall()"""
DIGEST = "tables.execute(duckdb_sql(entity, entity.name)).fetchall()"


def bench_validate(folder: Path) -> None:
    """Every rule and figure of finished files, their digests alone, and the floor: a query that reads every value."""
    snapshot = generate(PROFILES["load_test"].scaled(SCALE), folder / "checked", validated=False).snapshot
    rows = snapshot.manifest.total_records
    rivals = {
        "duckdb hashes every value": [sys.executable, "-c", ON_SNAPSHOT.format(READ), str(snapshot.folder)],
        "digests": [sys.executable, "-c", ON_SNAPSHOT.format(DIGEST), str(snapshot.folder)],
        "qaseed validate": [*QASEED, "validate", str(snapshot.folder), "-q"],
    }
    compare(f"check {rows:,} records", rivals, made=lambda _: rows, unit="records")
