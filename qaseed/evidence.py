"""The evidence in a snapshot, for reviewers: validation and safety reports, a datasheet, and an attestation to sign.

It follows from the manifest and the report of a whole validation alone, and contains no time, host, path or duration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qaseed.derived_rules import rules_of, scenario_rules, text_rules
from qaseed.model import Column, Entity
from qaseed.model_json import to_json
from qaseed.realism import Measured
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.safe_harbor import BY_WORD, IDENTIFIERS, RESERVATIONS
from qaseed.snapshot import Manifest
from qaseed.validation import Report

CLAIM = "generated from rules and public aggregate statistics; no individual-level data was an input; contains no PHI"
GRADES = {
    "R": "reserved by a standard",
    "N": "never assignable under the issuer's rules",
    "U": "unassigned today, could be assigned later",
    "P": "a form or a pool of our own",
}
_DATES = (
    "drawn from the seed, relative to as_of; a full date identifies a person only if it is that person's, "
    "and these belong to no person"
)
_TEXT = "composed of sentences of our own; every value is searched for anything of an identifier's shape"
_OTHER = "no identifier"

RESIDUAL_RISKS = """- A common name is always also the name of a real person: names coincide by chance.
- Ranges of grade U (ZIP prefixes, NPIs that begin with 2) are unassigned today and may be assigned later: check them
  again with each release.
- Distributions are approximations of published aggregates, or assumptions: not for clinical, actuarial or
  epidemiological use.
- People who test with this data can add real data to a database. This snapshot does not cover what a database contains
  later."""


def write(folder: Path, manifest: Manifest, report: Report) -> None:
    """Write all evidence into the folder of a snapshot that is about to be finished; only from a whole validation."""
    assert report.whole, "evidence is written from whole scans only"
    safety = safety_report(manifest, report)
    files = {
        "reports/validation.json": _json(report.to_json()),
        "reports/validation.md": validation_text(manifest, report),
        "reports/safety.json": _json(safety),
        "DATASHEET.md": datasheet(manifest, report, safety),
        "ATTESTATION.md": attestation(manifest, report, safety),
    }
    (folder / "reports").mkdir()
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")


def _json(data: Any) -> str:
    return json.dumps(data, indent=0, ensure_ascii=False) + "\n"


def safety_report(manifest: Manifest, report: Report) -> dict[str, Any]:
    """For every column: Safe Harbor class, generator, why it belongs to no person, and how many values were checked."""
    columns = [_column(entity, column, report) for entity in manifest.model.entities for column in entity.columns]
    proven = [column for column in columns if column["proof"]]
    texts = [column for column in columns if column["free_text"]]
    return {
        "claim": CLAIM,
        "snapshot": {"name": manifest.name, "id": manifest.id},
        "identifiers": {"checked": _sum(proven, "checked"), "unsafe": _sum(proven, "unsafe")},
        "free_text": {"checked": _sum(texts, "checked"), "unsafe": _sum(texts, "unsafe")},
        "safe_harbor": [
            {
                "letter": identifier.letter,
                "identifier": identifier.title,
                "columns": [f"{c['entity']}.{c['column']}" for c in columns if c["letter"] == identifier.letter],
            }
            for identifier in IDENTIFIERS
        ],
        "columns": columns,
        "grades": GRADES,
        "reservations": RESERVATIONS | {"time_zones": f"tzdata {_recipe_value(manifest, 'tzdata')}"},
        "individual_level_inputs": [],
        "inputs": [
            {
                "what": "pools of words, packaged; names from public statistics of the Social Security Administration "
                "and the Census, as the file NOTICE says",
                "sha256": _recipe_value(manifest, "words"),
                "licence": "public domain (SSA, Census), CC0 (Tzioumis 2018), MIT (libraries, named in NOTICE)",
            },
            *_libraries(manifest),
            {"what": "time zones", "version": f"tzdata {_recipe_value(manifest, 'tzdata')}", "licence": "Apache-2.0"},
            {"what": "shares from published aggregates, cited with each column of the model, or marked as assumed"},
        ],
    }


def _libraries(manifest: Manifest) -> list[dict[str, Any]]:
    """The libraries whose names a locale has."""
    libraries = manifest.recipe.get("libraries", {})
    return [{"what": "names of the locale", "version": f"{name} {version}"} for name, version in libraries.items()]


def _column(entity: Entity, column: Column, report: Report) -> dict[str, Any]:
    predicate = PREDICATES.get(column.safe) if column.safe else None
    identifier = BY_WORD.get(column.phi) if column.phi else None
    why = predicate.why if predicate else _TEXT if column.free_text else _DATES if column.phi == "dates" else _OTHER
    at = f"{entity.name}.{column.name}"
    return {
        "entity": entity.name,
        "column": column.name,
        "class": column.phi,
        "letter": identifier.letter if identifier else None,
        "generator": to_json(column.recipe) if column.recipe else None,
        "proof": predicate.kind if predicate else None,
        "grade": predicate.grade if predicate else None,
        "why": why,
        "free_text": column.free_text,
        "checked": report.checked[entity.name][column.name],
        "unsafe": sum(
            finding.count for finding in report.findings if finding.is_phi and finding.rule.endswith(f" {at}")
        ),
    }


def _sum(columns: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(column[name] for column in columns)


def _recipe_value(manifest: Manifest, name: str) -> Any:
    return manifest.recipe.get(name, "not recorded")


def validation_text(manifest: Manifest, report: Report) -> str:
    """Every rule, the rows that it was checked against, and those that break it."""
    broken = {(finding.rule, finding.entity): finding for finding in report.findings}
    rows = [
        (rule.id, rule.description, rule.severity, report.rows[entity.name], _count(broken, rule.id, entity.name))
        for entity in manifest.model.entities
        for rule in (*rules_of(entity), *text_rules(entity))
    ]
    return _page(
        f"Validation of {manifest.name}",
        f"Snapshot `{manifest.id}`. {report.rules} rules on {sum(report.rows.values()):,} rows, all of them read; "
        f"{len(report.findings)} are broken. duckdb checked them before the snapshot was finished; `qaseed validate` "
        "checks them again.",
        _table(("entity", "rows"), report.rows.items()),
        _table(("rule", "promise", "severity", "rows", "broken"), [*rows, *_scenario_rows(manifest, broken)]),
        "## How real it looks",
        "Figures of the rows at ordinary slots, compared with published or assumed targets; a small sample widens the "
        "tolerance.",
        _table(
            ("figure", "label", "actual", "least", "most", "tolerance", "unit", "sample", "", "source"),
            [
                (f.figure, f.label, f.actual, f.least, f.most, f.tolerance, f.unit, f.sample, _outcome(f), f.source)
                for f in report.realism
            ],
        ),
    )


def _outcome(figure: Measured) -> str:
    return figure.why or ("within" if figure.ok else "outside")


def _scenario_rows(manifest: Manifest, broken: Mapping[tuple[str, str], Any]) -> Iterator[tuple[Any, ...]]:
    """The rules of those scenarios that are in the snapshot."""
    included = {name for names in dict(manifest.recipe.get("scenarios", {})).values() for name in names}
    for rule in scenario_rules(manifest.model):
        if rule.subject in included:
            yield rule.id, rule.description, rule.severity, 1, _count(broken, rule.id, "scenario")


def _count(broken: Mapping[tuple[str, str], Any], rule: str, entity: str) -> int:
    finding = broken.get((rule, entity))
    return finding.count if finding else 0


def datasheet(manifest: Manifest, report: Report, safety: Mapping[str, Any]) -> str:
    """What the snapshot is, how it was generated, what is in it, and its intended uses and limits."""
    sections: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _identity_section(manifest),
        lambda: _method_section(manifest),
        lambda: _contents_section(manifest, safety),
        lambda: _checks_section(report, safety),
        _use_section,
    )
    return _page(f"Datasheet of {manifest.name}", *(part for section in sections for part in section()))


def _identity_section(manifest: Manifest) -> Iterator[str]:
    yield "## What it is"
    yield (
        f"{manifest.model.doc} {manifest.total_records:,} records for testing software. Synthetic: {CLAIM}. This is a "
        "description. It is no certification and no legal advice."
    )
    yield _table(
        ("", ""),
        [
            ("name", manifest.name),
            ("id", f"`{manifest.id}`"),
            *((name, str(_recipe_value(manifest, name))) for name in ("profile", "seed", "as_of", "generator")),
            ("made with", ", ".join(f"{name} {number}" for name, number in manifest.made_with.items())),
        ],
    )


def _method_section(manifest: Manifest) -> Iterator[str]:
    yield "## How it was made"
    yield (
        "Each value is a function of the seed, the date as_of, the counts of its tenant and the row's address; "
        "nothing is drawn from the clock, from a network or from records of people. Names, towns and streets come "
        "from packaged pools of words, given and family names independently of each other. The same recipe gives the "
        "same values anywhere."
    )
    yield (
        'Figures, their targets and sources, or the word "assumed", are in `reports/validation.md`; shares that a '
        "profile set are under `recipe` in `manifest.json`, and what each column is, in its `doc` there."
    )


def _contents_section(manifest: Manifest, safety: Mapping[str, Any]) -> Iterator[str]:
    yield "## What is in it"
    tenants = {
        name: counts for name, counts in _recipe_value(manifest, "tenants").items() if isinstance(counts, Mapping)
    }
    head = ("rows", *tenants, "all")
    names = [entity.name for entity in manifest.model.entities]
    yield _table(
        head, [(name, *(counts.get(name, 0) for counts in tenants.values()), manifest.rows[name]) for name in names]
    )
    yield _table(("entity", "what a row is"), [(entity.name, entity.doc) for entity in manifest.model.entities])
    yield (
        "Markers: `is_synthetic` is true and `external_ref` begins with `QA-` in every row; e-mails are at reserved "
        "domains; tenants are called `tenant-qa-...`. Columns by their class of Safe Harbor (45 CFR "
        "164.514(b)(2)(i)):"
    )
    yield _table(
        ("column", "class", "proof", "grade", "why it belongs to no person"),
        [
            (f"{c['entity']}.{c['column']}", f"{c['letter'] or '?'} {c['class']}", c["proof"], c["grade"], c["why"])
            for c in safety["columns"]
            if c["class"]
        ],
    )
    absent = [f"{c['letter']} {c['identifier']}" for c in safety["safe_harbor"] if not c["columns"]]
    yield f"In no column: {'; '.join(absent)}."
    yield "Grades: " + "; ".join(f"{grade}, {meaning}" for grade, meaning in GRADES.items()) + "."


def _checks_section(report: Report, safety: Mapping[str, Any]) -> Iterator[str]:
    yield "## What was checked"
    yield (
        f"{report.rules} rules on all rows, {len(report.findings)} broken (`reports/validation.md`). "
        f"{_scan_result(safety)} (`reports/safety.json`). `SHA256SUMS` covers every other file; the digests of the "
        "tables are in `manifest.json`."
    )


def _scan_result(safety: Mapping[str, Any]) -> str:
    identifiers, texts = safety["identifiers"], safety["free_text"]
    return (
        f"{identifiers['checked']:,} identifiers were checked against their predicates, {identifiers['unsafe']} are "
        f"unsafe; {texts['checked']:,} free texts were searched for identifiers, {texts['unsafe']} contain one"
    )


def _use_section() -> Iterator[str]:
    yield "## What it is for"
    yield (
        "Testing, demonstrating and loading software for practices: in development, in CI and on staging. Not for "
        "research, clinical decisions, actuarial or epidemiological work, nor for training models that are applied "
        "to people."
    )
    yield "## Known limits and residual risk"
    yield RESIDUAL_RISKS


def attestation(manifest: Manifest, report: Report, safety: Mapping[str, Any]) -> str:
    """The draft that a person may complete and sign, on a copy, because the snapshot itself never changes."""
    digest = hashlib.sha256(manifest.to_bytes()).hexdigest()
    facts = [
        ("snapshot", f"`{manifest.name}@sha256:{digest}`"),
        ("id", f"`{manifest.id}`"),
        ("tool", f"qaseed {manifest.made_with.get('qaseed', '')}"),
        *((name, str(_recipe_value(manifest, name))) for name in ("profile", "seed", "as_of")),
        ("records", manifest.total_records),
        *((f"digest of {name}", f"`{digest}`") for name, digest in manifest.digests.items()),
        ("rules", f"{report.rules} checked on all rows, {len(report.findings)} broken"),
        ("scan", _scan_result(safety)),
    ]
    blanks = (
        "Permitted environments",
        "Name",
        "Role",
        "Organization",
        "Date",
        "Signature",
        "Expires (at most 12 months on)",
    )
    return _page(
        f"Attestation of {manifest.name} (draft)",
        "**Draft, not signed.** The tool only drafts this text. A person who has read it and the datasheet completes "
        "and signs a copy, and keeps that copy outside this folder, which never changes.",
        "## Statement of method",
        f"The data of this snapshot was {CLAIM}. Every value is a function of a seed, a date and an address; every "
        "identifier was checked against the predicate of its kind (`reports/safety.json`), and all free text was "
        "searched.",
        _table(("", ""), facts),
        "This statement is about the files that these digests name. It is no certification, it does not cover data "
        "that is added later, and it ends with the day below or with the next version of the tool. Residual risks "
        "are in the datasheet.",
        "## To be completed by the person who signs",
        "\n\n".join(f"{blank}: {'_' * 40}" for blank in blanks),
    )


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", *parts)) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)
    return " ".join(text.split()).replace("|", "\\|")
