"""Whole processes measured in turn: seconds, CPU-seconds with those of a server, peak memory, and their ratios."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def compare(
    title: str,
    rivals: dict[str, Sequence[str]],
    before: Callable[[str], None] = lambda _: None,
    rows: dict[str, int] | int = 0,
    server: int | None = None,
) -> None:
    """Run all in turn, several times; print medians, ratios of time (or of rows a second) to the first, and peak
    memory.
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
    print(f"\n{title}")
    record_counts = rows if isinstance(rows, dict) else dict.fromkeys(rivals, rows)
    times = {name: [one.seconds for one in of_rival] for name, of_rival in runs.items()}
    first = next(iter(rivals))
    for name, seconds_of_runs in times.items():
        median = statistics.median(seconds_of_runs)
        cpu = statistics.median(one.cpu for one in runs[name])
        peak = max(one.peak for one in runs[name])
        ratio, per_second = median / statistics.median(times[first]), ""
        if record_counts[name]:
            per_second = f"{record_counts[name] / median:>12,.0f} rows/s"
            ratio = (record_counts[name] / record_counts[first]) / ratio
        spread = f"{min(seconds_of_runs):.2f}-{max(seconds_of_runs):.2f}"
        print(f"  {name:<38}{median:>8.2f} s ({spread}){ratio:>8.2f}x{cpu:>8.2f} CPU-s{peak:>8.0f} MiB{per_second}")
