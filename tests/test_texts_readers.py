"""How far careful readers agree on what in a text identifies a person: what a detector could find."""

from __future__ import annotations

from pathlib import Path

from support.values import DATA, blind, measured

SAFETY = (Path(__file__).parents[1] / "docs" / "explanation" / "safety.md").read_text(encoding="utf-8")


def test_two_more_readers_see_what_the_page_says() -> None:
    lines = [line.split("\t") for line in (DATA / "texts_readers.tsv").read_text(encoding="utf-8").splitlines()]
    others = {(fields[0], int(fields[1])): fields[3:] for fields in lines if not fields[0].startswith("# ")}
    for reader in (0, 1):
        values, seen = [], {}
        for name in ("thirteenth", "fourteenth"):
            for number, value in enumerate(blind([f"values_{name}.tsv"])):
                kind = others[name, number][reader] if (name, number) in others else value.kind
                values.append(value)
                seen[value.text] = set() if kind == "-" else {kind, value.kind}  # whatever it was issued for
        shares = measured(values, seen.__getitem__)
        assert {name: str(share) for name, share in shares.items() if str(share) not in SAFETY} == {}
