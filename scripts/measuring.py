"""Whole processes measured in turn: seconds, CPU-seconds with those of a server, peak memory, and their ratios."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

REPEATS = int(os.environ.get("REPEATS", "5"))
WARM_UPS = int(os.environ.get("WARM_UPS", "1"))
RIVALS = os.environ.get("RIVALS", "").split(",")

LAUNCH = """
import os, sys, time
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, n, os.devnull,
os.O_WRONLY, 0) for n in (1, 2)])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024,
      os.waitstatus_to_exitcode(status))
"""
"""A small process that starts the measured one: Linux counts the starter's own memory as a peak of what it starts."""


@dataclass(frozen=True)
class Run:
    """One process with its children, and the server that it used: seconds, CPU-seconds and peak MiB."""

    seconds: float
    cpu: float
    peak: float


def run(command: Sequence[str], server: int | None = None) -> Run:
    """Run a process; `server` is the id of a Postgres whose CPU-seconds count too."""
    before = server_cpu(server)
    output = subprocess.run(
        [sys.executable, "-ISc", LAUNCH, *command], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    if output[3] != "0":
        sys.exit(f"{' '.join(command)[:200]}: exit code {output[3]}")
    return Run(float(output[0]), float(output[1]) + server_cpu(server) - before, float(output[2]))


def server_cpu(server: int | None) -> float:
    """CPU-seconds of a server's main process, its children, and the children that have exited."""
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has exited
            stats.append((int(path.parent.name), path.read_text().rpartition(")")[2].split()))
    # after the name: state, parent; 12 and 13 are the process's own ticks, 14 and 15 those of exited children
    ticks = sum(sum(map(int, stat[11:15])) for pid, stat in stats if server in (pid, int(stat[1])))
    return float(ticks / os.sysconf("SC_CLK_TCK"))


RESULTS: list[dict[str, Any]] = []
"""Every run of this process's comparisons, as plain JSON."""


def compare(
    title: str,
    rivals: dict[str, Sequence[str]],
    before: Callable[[str], None] = lambda _: None,
    made: Callable[[str], int] | None = None,
    unit: str = "",
    server: int | None = None,
) -> None:
    """Run all in turn, several times; print medians, their ratios to the first and peak memory as a table in Markdown.

    `made` says how many units a rival made, after its last run; ratios are then those of units a second.
    """
    rivals = {name: command for name, command in rivals.items() if any(word in name for word in RIVALS)}
    if not rivals:
        return
    runs: dict[str, list[Run]] = {name: [] for name in rivals}
    for repetition in range(REPEATS + WARM_UPS):
        for name, command in rivals.items():
            before(name)
            one = run(command, server)
            if repetition >= WARM_UPS:
                runs[name].append(one)
    numbers = {name: made(name) for name in rivals} if made else {}
    first = next(iter(rivals))
    width = max(len(title), *map(len, rivals))
    columns = ["seconds (least-most)", "ratio", "CPU-s", "peak MiB"]
    columns += [f"{unit} a second", f"CPU-s a million {unit}"] if made else []
    print(f"\n| {title:<{width}} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, of_rival in runs.items():
        seconds = sorted(one.seconds for one in of_rival)
        median, cpu = statistics.median(seconds), statistics.median(one.cpu for one in of_rival)
        ratio = median / statistics.median(one.seconds for one in runs[first])
        cells = [f"{median:.2f} ({seconds[0]:.2f}-{seconds[-1]:.2f})", "", f"{cpu:.2f}"]
        cells.append(f"{max(one.peak for one in of_rival):,.0f}")
        if made:
            ratio = numbers[name] / numbers[first] / ratio
            cells += [f"{numbers[name] / median:,.0f}", f"{cpu / numbers[name] * 1e6:.2f}"]
        cells[1] = f"{ratio:.2f}"
        aligned = (f"{cell:>{len(column)}}" for cell, column in zip(cells, columns, strict=True))
        print(f"| {name:<{width}} | {' | '.join(aligned)} |")
        RESULTS.append(
            {"title": title, "rival": name, "runs": [asdict(one) for one in of_rival], "ratio": ratio}
            | ({"unit": unit, "made": numbers[name]} if made else {})
        )


def environment(folder: Path, *packages: str) -> Path:
    """The Python of a new environment with these packages."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python
