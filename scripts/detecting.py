"""Detection beside other detectors, on texts that were written before the kinds were: a table for the documentation."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.columns import Column, Share, columns
from support.columns import measured as measured_names
from support.values import Value, blind, clean_notes, found, measured

PROGRAM = Path(__file__).parent / "rivals" / "peers.py"
PEERS = {"presidio": "presidio-analyzer==2.2.366", "scrubadub": "scrubadub==2.0.1"}
"""Other detectors, each with the version that is installed into an environment of its own."""
COPIES = 50
"""How often a scan reads the texts, so that its start does not count."""

Found = list[set[str]]


def bench_detection(folder: Path) -> None:
    """Print recall by kind, precision, and CPU-seconds of each detector, in Markdown."""
    values = list(blind())
    texts = [value.text for value in values]
    results = {"qaseed": _ours(texts), "qaseed scan": _scanned(texts)}
    results |= {name: _peer(folder / name, name, package, texts) for name, package in PEERS.items()}
    _print_names()
    judged = {name: kinds for name, (kinds, _) in results.items() if kinds}
    print("\n| texts | " + " | ".join(judged) + " |\n|---|" + "---|" * len(judged))
    for kind in dict.fromkeys(value.kind for value in values if value.kind != "-"):
        print(f"| {kind} | " + " | ".join(str(_recall(values, kinds, kind)) for kinds in judged.values()) + " |")
    shares = {name: _measured(values, kinds) for name, kinds in judged.items()}
    for measure in shares["qaseed"]:
        print(f"| **{measure}** | " + " | ".join(str(share[measure]) for share in shares.values()) + " |")
    alarms = [bool(found(note)) for note in clean_notes(1000)]
    print(f"\nFalse alarms of qaseed in clean notes: {Share(sum(alarms), len(alarms))}")
    print("\n| | CPU-microseconds a text | times as fast as Presidio |\n|---|---|---|")
    slowest = results["presidio"][1]
    for name, (_, seconds) in results.items():
        print(f"| {name} | {seconds / len(texts) * 1e6:,.0f} | {slowest / seconds:.1f} |")


def _print_names() -> None:
    parts: dict[str, list[Column]] = {}
    for column in columns():
        parts.setdefault(column.part, []).append(column)
    del parts["training"]
    shares = {part: measured_names(some) for part, some in parts.items()}
    print("\n| names | " + " | ".join(shares) + " |\n|---|" + "---|" * len(shares))
    for measure in next(iter(shares.values())):
        print(f"| {measure} | " + " | ".join(str(share[measure]) for share in shares.values()) + " |")


def _recall(values: Sequence[Value], kinds: Found, kind: str) -> Share:
    hits = [kind in found for value, found in zip(values, kinds, strict=True) if value.kind == kind]
    return Share(sum(hits), len(hits))


def _measured(values: list[Value], kinds: Found) -> dict[str, Share]:
    by_text = {value.text: kinds[position] for position, value in enumerate(values)}
    return measured(values, by_text.__getitem__)


def _ours(texts: list[str]) -> tuple[Found, float]:
    for text in texts[::20]:
        found(text)
    started = time.process_time()
    kinds = [found(text) for text in texts]
    return kinds, time.process_time() - started


def _scanned(texts: list[str]) -> tuple[Found, float]:
    import duckdb

    from qaseed.scanning.counting import Counts
    from qaseed.scanning.queries import Field

    memory = duckdb.connect()
    memory.execute("create table few as select unnest(?::varchar[]) as v", [texts[::20]])
    Counts().add(memory, "few", [Field("text", "v")])
    memory.execute("create table t as select unnest(?::varchar[]) as v from range(?)", [texts, COPIES])
    started = time.process_time()
    Counts().add(memory, "t", [Field("text", "v")])
    return [], (time.process_time() - started) / COPIES


def _peer(folder: Path, name: str, package: str, texts: list[str]) -> tuple[Found, float]:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--only-binary", ":all:", package], check=True)
    done = subprocess.run(
        [python, str(PROGRAM), name], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    return [set(kinds) for kinds in answer["found"]], answer["seconds"]
