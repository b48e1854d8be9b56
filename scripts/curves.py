"""Cost against size and against tenants: measured, and written into docs as a table, as JSON and as a picture."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from measuring import REPEATS, Run, run

from qaseed.postgres.server import own_server
from qaseed.postgres.wheel import release
from qaseed.profiles import PROFILES

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, DATA, PICTURE = DOCS / "how-to" / "performance.md", DOCS / "how-to" / "costs.json", DOCS / "images" / "costs.svg"
BEGIN, END = "<!-- costs: made by scripts/bench curves -->\n", "<!-- costs end -->\n"
SIZES = [int(text) for text in os.environ.get("SIZES", "1000 10000 100000 1000000").split()]
TENANTS = [int(text) for text in os.environ.get("TENANTS", "3 30 300 3000").split()]
TENANTS_SIZE = 100_500
"""Records of each run against tenants."""
STEPS = ("generate", "validate", "load")
QASEED = [sys.executable, "-m", "qaseed"]


def bench_curves(folder: Path) -> None:
    commit = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), cwd=DOCS, capture_output=True, text=True, check=True
    )
    points = {
        "size": [point for size in SIZES for point in _points(folder, size, 3)],
        "tenants": [point for number in TENANTS for point in _points(folder, TENANTS_SIZE, number)],
    }
    libraries = {name: version(name) for name in ("qaseed", "duckdb", "pgpq", "polars", "psycopg", "pyarrow")}
    measured = {
        "machine": {"platform": platform.platform(), "cores": os.cpu_count(), "load": round(os.getloadavg()[2], 1)},
        "versions": libraries | {"python": platform.python_version(), "postgresql": release()},
        "commit": commit.stdout.strip(),
        "points": points,
    }
    DATA.write_text(json.dumps(measured, indent=1) + "\n")
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{_markdown(measured)}{END}{rest.partition(END)[2]}", encoding="utf-8")
    if importlib.util.find_spec("matplotlib") is None:
        print("\ncurves: matplotlib is not installed, the picture stays as it is; pip install matplotlib")
    else:
        _draw(points)


def _points(folder: Path, records: int, tenants: int) -> Iterator[dict[str, Any]]:
    """What each step costs for a snapshot of about so many records and tenants."""
    out, name = folder / f"curve-{records}-{tenants}", f"curve_{records}_{tenants}"
    _declare(folder, name, records, tenants)
    options = ["-e", name, "--tenants", str(tenants), "-q"]
    server = own_server()
    url = server.start()
    fresh = ["sh", "-c", f'cd "{folder}"; rm -rf "{out}"; exec "$@"', "sh", "env", "QA_VALIDATION_ENABLED=false"]
    runs: dict[str, list[Run]] = {name: [] for name in STEPS}
    for _ in range(REPEATS):
        runs["generate"].append(run([*fresh, *QASEED, "generate", *options, "--out", str(out)]))
        [snapshot] = [path for path in out.iterdir() if path.is_dir()]
        runs["validate"].append(run([*QASEED, "validate", str(snapshot), "-q"]))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop database if exists bench with (force)")
            connection.execute("create database bench")
        bench = url.replace("/qaseed?", "/bench?")
        runs["load"].append(run([*QASEED, "load", str(snapshot), "--to", bench, "-q"], server.pid))
    tables = json.loads((snapshot / "manifest.json").read_bytes())["tables"]
    made = sum(table["rows"] for name, table in tables.items() if name not in ("tenant", "scenario"))
    for name, of_step in runs.items():
        cpu = sorted(round(one.cpu, 2) for one in of_step)
        point = {
            "step": name,
            "records": made,
            "tenants": tenants,
            "cpu_seconds": statistics.median(cpu),
            "cpu_seconds_all": cpu,
            "seconds_all": sorted(round(one.seconds, 2) for one in of_step),
            "peak_mib": round(max(one.peak for one in of_step)),
        }
        print(f"  {made:>10,} records {tenants:>6,} tenants {name:<10}{point['cpu_seconds']:>8.2f} CPU-s {cpu}")
        yield point


def _declare(folder: Path, name: str, records: int, tenants: int) -> None:
    """A profile in the shares of load_test, in which every tenant has a site and a provider."""
    profile = PROFILES["load_test"]
    counts = profile.scaled(records / profile.total).record_counts
    counts |= {key: max(counts[key], 1 if key not in ("location", "provider") else tenants) for key in counts}
    lines = "\n".join(f"{key} = {count}" for key, count in counts.items())
    (folder / "qaseed.toml").write_text(f"[profiles.{name}.record_counts]\n{lines}\n")


def _markdown(measured: dict[str, Any]) -> str:
    """The tables of the page, from what was measured."""
    machine, versions = measured["machine"], measured["versions"]
    runs = f"medians of {REPEATS} runs (least to most)" if REPEATS > 1 else "one run of each"
    text = (
        f"CPU-seconds of whole processes, the server's included, {runs}; peak of one process.\n"
        f"{machine['cores']} cores, load {machine['load']}, Python {versions['python']}, PostgreSQL "
        f"{versions['postgresql']}, commit {measured['commit']}; [all figures](costs.json).\n\n"
        "![CPU-seconds a million records against records, and against tenants](../images/costs.svg)\n"
    )
    for kind in ("size", "tenants"):
        text += f"\n| records | tenants | {' | '.join(STEPS)} | peak |\n|---|---|---|---|---|---|\n"
        points = measured["points"][kind]
        for first in points[:: len(STEPS)]:
            same = [
                each for each in points if (each["records"], each["tenants"]) == (first["records"], first["tenants"])
            ]
            cells = " | ".join(_cell(each) for each in same)
            peak = max(each["peak_mib"] for each in same)
            text += f"| {first['records']:,} | {first['tenants']:,} | {cells} | {peak} MiB |\n"
    return text


def _cell(point: dict[str, Any]) -> str:
    every = point["cpu_seconds_all"]
    spread = f" ({every[0]:.1f} to {every[-1]:.1f})" if len(every) > 1 else ""
    return f"{point['cpu_seconds']:.1f}{spread}"


def _draw(points: dict[str, Sequence[dict[str, Any]]]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "qaseed", "font.size": 9}
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for panel, (kind, of_kind) in zip(panels, points.items(), strict=True):
        along = "records" if kind == "size" else "tenants"
        for step in STEPS:
            own = [point for point in of_kind if point["step"] == step]
            costs = [point["cpu_seconds"] / point["records"] * 1e6 for point in own]
            panel.loglog([point[along] for point in own], costs, marker="o", label=step)
        panel.set_xlabel(along if kind == "size" else f"tenants, {of_kind[0]['records']:,} records in all")
        panel.grid(visible=True, which="major", alpha=0.3)
    panels[0].set_ylabel("CPU-seconds a million records")
    panels[0].legend()
    figure.savefig(PICTURE, metadata={"Date": None, "Creator": None})
