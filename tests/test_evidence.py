"""Evidence in a snapshot: it follows from the snapshot alone, claims what can be claimed, and leaves no column out."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from pathlib import Path

import pytest

from qaseed.evidence import CLAIM, safety_report
from qaseed.generation import generate
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.safe_harbor import BY_WORD, IDENTIFIERS, RESERVATIONS
from qaseed.snapshot import MANIFEST, SUMS, Snapshot
from qaseed.validation import Finding, Report

TEXTS = ("DATASHEET.md", "ATTESTATION.md", "reports/validation.md", "reports/safety.json", "reports/validation.json")
FORBIDDEN = re.compile(r"(?i)certified|complian(t|ce)|de-?identif|anonymi[sz]ed")


@pytest.fixture(scope="module")
def safety(minimal: Snapshot) -> dict[str, object]:
    return json.loads((minimal.folder / "reports/safety.json").read_bytes())


def text(snapshot: Snapshot, path: str) -> str:
    return (snapshot.folder / path).read_text(encoding="utf-8")


def test_the_claim_is_the_one_that_can_be_made(minimal: Snapshot) -> None:
    for path in ("DATASHEET.md", "ATTESTATION.md", "reports/safety.json"):
        assert CLAIM in text(minimal, path)
    assert CLAIM == (
        "generated from rules and public aggregate statistics; no individual-level data was an input; contains no PHI"
    )
    for path in TEXTS:
        assert not FORBIDDEN.search(text(minimal, path)), path


def test_sums_cover_it(minimal: Snapshot) -> None:
    covered = {line[66:] for line in text(minimal, SUMS).splitlines()}
    assert covered >= set(TEXTS)


def test_it_follows_from_the_snapshot_alone(minimal: Snapshot) -> None:
    """Each run writes the same bytes: test_snapshot.py compares all files of two."""
    for path in TEXTS:
        output = text(minimal, path)
        assert str(minimal.folder.parent) not in output
        assert socket.gethostname() not in re.findall(r"[\w.-]+", output)
        assert not re.search(r"\d\d:\d\d:\d\d|seconds|/tmp/", output), path


def test_only_whole_scans_are_evidence(tmp_path: Path) -> None:
    for options in ({"sample_size": 5}, {"validated": False}):
        made = generate("minimal", tmp_path / str(len(options)), replace_other=True, **options).snapshot  # type: ignore[arg-type]
        assert not [path for path in TEXTS if (made.folder / path).exists()]


def test_every_column_is_accounted_for(minimal: Snapshot, safety: dict[str, list[dict[str, object]]]) -> None:
    declared = {
        (entity.name, column.name): column for entity in minimal.manifest.model.entities for column in entity.columns
    }
    output = {(str(column["entity"]), str(column["column"])): column for column in safety["columns"]}
    assert output.keys() == declared.keys()
    for at, column in declared.items():
        assert output[at]["unsafe"] == 0
        assert bool(output[at]["letter"]) is bool(column.phi), f"{at}: no letter for {column.phi!r}"
        assert output[at]["proof"] == column.safe
        assert output[at]["generator"]["function"] == column.recipe.function  # type: ignore[union-attr, index]  # all have one
        if not column.nullable:
            assert output[at]["checked"] == minimal.manifest.rows[at[0]]


def test_values_are_counted_as_they_were_checked(minimal: Snapshot, safety: dict[str, list[dict[str, object]]]) -> None:
    with minimal.catalog() as connection:
        for column in safety["columns"]:
            query = f'select count("{column["column"]}") from "{column["entity"]}"'
            assert connection.execute(query).fetchone() == (column["checked"],)
    assert safety["identifiers"]["checked"] == sum(c["checked"] for c in safety["columns"] if c["proof"])  # type: ignore[call-overload, misc]
    assert safety["free_text"] == {
        "checked": sum(c["checked"] for c in safety["columns"] if c["free_text"]),
        "unsafe": 0,
    }  # type: ignore[misc]


def test_what_is_unsafe_would_be_reported(minimal: Snapshot) -> None:
    counted = {entity.name: {column.name: 7 for column in entity.columns} for entity in minimal.manifest.model.entities}
    found = [
        Finding("U3 client.email", "client", "error", "", 3, (), "identifier"),
        Finding("X1 note.plan", "note", "error", "", 2, (), "free_text"),
    ]
    output = safety_report(minimal.manifest, Report(1, minimal.manifest.rows, tuple(found), True, counted))
    assert output["identifiers"]["unsafe"] == 3
    assert output["free_text"] == {"checked": 35, "unsafe": 2}


def test_all_18_identifiers_are_reported(minimal: Snapshot, safety: dict[str, list[dict[str, object]]]) -> None:
    assert "".join(identifier.letter for identifier in IDENTIFIERS) == "ABCDEFGHIJKLMNOPQR"
    assert [output["letter"] for output in safety["safe_harbor"]] == list("ABCDEFGHIJKLMNOPQR")
    columns = {output["letter"]: output["columns"] for output in safety["safe_harbor"]}
    assert columns["G"] == columns["L"] == columns["P"] == columns["Q"] == []
    assert "client.dob" in columns["C"]  # type: ignore[operator]
    assert "G Social security numbers" in text(minimal, "DATASHEET.md")
    assert RESERVATIONS.keys() <= PREDICATES.keys()
    assert len(BY_WORD) == sum(len(identifier.words) for identifier in IDENTIFIERS)


def test_the_attestation_is_a_draft_about_these_bytes(minimal: Snapshot) -> None:
    output = text(minimal, "ATTESTATION.md")
    digest = hashlib.sha256((minimal.folder / MANIFEST).read_bytes()).hexdigest()
    assert f"minimal@sha256:{digest}" in output
    assert minimal.manifest.id in output
    assert "Draft, not signed" in output
    for part in (*minimal.manifest.digests.values(), "| seed | 42 |", "| as_of | 2026-11-02 |", "| tool | qaseed "):
        assert part in output
    for blank in ("Permitted environments", "Name", "Role", "Date", "Signature", "Expires"):
        assert re.search(rf"(?m)^{blank}[^\n]*: _+$", output)


def test_rules_and_counts_are_reported(minimal: Snapshot) -> None:
    output = text(minimal, "reports/validation.md")
    rows = [line for line in output.splitlines() if line.endswith("| 0 |")]
    assert len(rows) + len(minimal.manifest.rows) == minimal.manifest.validation["rules"]  # type: ignore[index]  # it was validated
    sheet = text(minimal, "DATASHEET.md")
    assert "| client | 9 | 8 | 8 | 25 |" in sheet
    assert "Not for research" in sheet
