"""How far careful readers agree on the class of a name: the bound of what any detector can be measured at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from support.columns import DATA, Column, columns, measured

SAFETY = (Path(__file__).parents[1] / "docs" / "explanation" / "safety.md").read_text(encoding="utf-8")
SETS = ("columns_twentyeighth.tsv", "columns_twentyninth.tsv")
LATER = ("columns_thirtyfirst.tsv",)


def _read(file: str, sets: Sequence[str], reader: int) -> Iterator[Column]:
    """The names of sets with what a reader says of them in place of what is found."""
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    others = {tuple(line.split("\t")[:3]): line.split("\t")[4:] for line in lines if not line.startswith("# ")}
    labeled = [line.split("\t") for name in sets for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    tables = {(fields[0], "".join(fields[4:])) for fields in labeled if not fields[0].startswith("# ")}
    for column in columns():
        if (column.system, column.table) in tables:
            said = others.get((column.system, column.table, column.name))
            yield replace(column, found=said[reader] if said else column.label)


def test_two_more_readers_differ_from_the_labels_as_the_page_says() -> None:
    for reader in (0, 1):
        shares = measured(_read("names_readers.tsv", SETS, reader))
        assert sum(share.whole for name, share in shares.items() if "precision" not in name) == 1638
        assert {name: str(share) for name, share in shares.items() if str(share) not in SAFETY} == {}


def test_readers_with_the_definitions_of_the_labels_agree_as_the_page_says() -> None:
    for reader in (0, 1):
        shares = measured(_read("names_readers_later.tsv", LATER, reader))
        assert {name: str(share) for name, share in shares.items() if str(share) not in SAFETY} == {}
