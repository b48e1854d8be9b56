"""Detection of names, and of texts beside other detectors, on what was written before the words and kinds were."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measuring import REPEATS, environment

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.columns import Column, Share, columns
from support.columns import measured as measured_names
from support.values import Value, blind, clean_notes, found, measured

PROGRAMS = Path(__file__).parent / "rivals"
TESTS = sys.path[0]
PEERS = {"presidio": "presidio-analyzer==2.2.366", "scrubadub": "scrubadub==2.0.1"}
"""Other detectors, each with the version that is installed into an environment of its own."""
DRAWS = 20
"""How often the texts are drawn with other numbers to measure time, so that a start does not count."""
NOTES = 20_000
"""Notes without any identifier, but full of numbers, that time is measured with."""
ORDINARY = "load_test"
"""The profile whose notes are ordinary text."""

Found = list[set[str]]


def bench_detection(folder: Path) -> None:
    """Print recall by kind, precision, and CPU-seconds of each detector, in Markdown."""
    values = list(blind())
    texts = [value.text for value in values]
    timed = {
        "a text": [value.text for seed in range(DRAWS) for value in blind(seed=seed)],
        "a clean note": list(clean_notes(NOTES)),
        "a note of `load_test`": _ordinary_notes(folder),
    }
    lists = list(timed.values())
    results = {"qaseed": _ours(texts, lists), "qaseed scan": _scanned(texts, lists)}
    results |= {name: _peer(folder / name, name, package, texts, lists) for name, package in PEERS.items()}
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
    heads = " | ".join(f"CPU-microseconds {one} | times as fast as Presidio" for one in timed)
    print(f"\n| | {heads} |\n|---|" + "---|---|" * len(timed))
    for name, (_, seconds) in results.items():
        cells = zip(seconds, results["presidio"][1], lists, strict=True)
        print(f"| {name} | " + " | ".join(f"{s / len(some) * 1e6:,.0f} | {p / s:.1f}" for s, p, some in cells) + " |")


def _ordinary_notes(folder: Path) -> list[str]:
    from qaseed.generation import generate
    from qaseed.practice.note_rules import TEXT

    with generate(ORDINARY, folder).snapshot.catalog() as connection:
        return [text for (text,) in connection.execute(f"select {TEXT} from note order by id").fetchall()]


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


def _ours(texts: list[str], timed: list[list[str]]) -> tuple[Found, list[float]]:
    kinds = [found(text) for text in texts]
    seconds = []
    for some in timed:
        started = time.process_time()
        for text in some:
            found(text)
        seconds.append(time.process_time() - started)
    return kinds, seconds


def _scanned(texts: list[str], timed: list[list[str]]) -> tuple[Found, list[float]]:
    import duckdb

    from qaseed.scanning.counting import Counts
    from qaseed.scanning.queries import Field

    memory = duckdb.connect()
    memory.execute("create table few as select unnest(?::varchar[]) as v", [texts])
    Counts().add(memory, "few", [Field("text", "v")])
    seconds = []
    for some in timed:
        memory.execute("create or replace table t as select unnest(?::varchar[]) as v", [some])
        started = time.process_time()
        Counts().add(memory, "t", [Field("text", "v")])
        seconds.append(time.process_time() - started)
    return [], seconds


def _peer(folder: Path, name: str, package: str, texts: list[str], timed: list[list[str]]) -> tuple[Found, list[float]]:
    python = environment(folder, "--only-binary", ":all:", package)
    done = subprocess.run(
        [python, str(PROGRAMS / "peers.py"), name],
        input=json.dumps([texts, timed]),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    return [set(kinds) for kinds in answer["found"]], answer["seconds"]


def bench_names(folder: Path) -> None:
    from qaseed.safety.names import CLASSES

    held = [column for column in columns() if column.part != "training"]
    for part in sorted({column.part for column in held}):
        some = [column for column in held if column.part == part]
        print(f"\nnames: {len(some)} columns of {len({column.system for column in some})} systems, {part}")
        alone = [replace(column, found=column.found_alone) for column in some if column.table]
        for title, part_of in (("", some), (", each name alone", alone)):
            for measure, share in measured_names(part_of).items() if part_of else ():
                print(f"  {measure + title:<52}{share}")
    print("all, by class")
    for letter, title in CLASSES.items():
        some = [column for column in held if column.label != "OK" and column.kind == letter]
        for label, share in measured_names(some).items() if some else ():
            if label.endswith("recall") and share.whole:
                print(f"    {f'{title}, {label}':<50}{share}")
    time_names(held)


def time_names(held: Sequence[Any]) -> None:
    from qaseed.safety.names import classify, plain_words
    from qaseed.safety.tables import judged

    tables: dict[tuple[str, str], list[str]] = {}
    for column in held:
        if column.table:
            tables.setdefault((column.system, column.table), []).append(column.name)
    alone, beside = [], []
    for _ in range(REPEATS):
        for function in (classify, plain_words, judged):
            function.cache_clear()
        started = time.process_time()
        for (_, table), names in tables.items():
            judged(tuple(names), table)
        beside.append(time.process_time() - started)
        classify.cache_clear()
        started = time.process_time()
        for column in held:
            classify(column.name)
        alone.append(time.process_time() - started)
    in_tables = sum(map(len, tables.values()))
    print(f"  {statistics.median(alone) / len(held) * 1e6:.0f} CPU-microseconds a name alone")
    print(f"  {statistics.median(beside) / in_tables * 1e6:.0f} CPU-microseconds a name in its table, the first time")


def bench_detect(folder: Path) -> None:
    results: dict[str, dict[str, Any]] = {}
    for rival, each, copies in (("presidio", "100", "1"), ("python", "100", "1"), ("duckdb", "100", "100")):
        if rival == "presidio" and importlib.util.find_spec("presidio_analyzer") is None:
            print("\ndetect: Presidio is not installed, qaseed alone is measured; pip install presidio-analyzer")
            continue
        command = [sys.executable, str(PROGRAMS / "detect.py"), TESTS, rival, each, copies]
        runs = [
            json.loads(
                subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
            )
            for _ in range(REPEATS)
        ]
        results[rival] = runs[0] | {"per_second": statistics.median(run["texts"] / run["seconds"] for run in runs)}
    print(
        "\ndetect: texts of tests/support/labeled_texts.py, half of them with an identifier; ratio of texts "
        "a second to the first line"
    )
    first = next(iter(results.values()))["per_second"]
    for rival, result in results.items():
        quality = (
            f"recall {result['recall']:.3f}, precision {result['precision']:.3f}"
            if "recall" in result
            else "the same declaration"
        )
        lacking = f", not searched for: {' '.join(result['lacking'])}" if result.get("lacking") else ""
        speed = result["per_second"]
        print(f"  {rival:<12}{speed:>12,.0f} texts/s{speed / first:>9.1f}x  {quality}{lacking}")
