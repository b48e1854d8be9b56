"""Texts of notes: how many different ones the grammar has, what they agree with, and that no line of it is wrong."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from qaseed.errors import UsageError
from qaseed.integers import Slots
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.practice.generators import medication
from qaseed.practice.generators.arrays import Visits
from qaseed.practice.generators.history import around
from qaseed.practice.generators.note_facts import (
    AGES,
    COLUMNS,
    FACTS,
    FORMULARY,
    PROBLEM_NAMES,
    VOCABULARIES,
    composer,
)
from qaseed.practice.generators.outcomes import COMPLETED, NO_SHOW
from qaseed.practice.note_rules import CONDITIONS, contradictions
from qaseed.practice.text_rules import COMMON_WORDS, PRONOUNS
from qaseed.profiles import PROFILES
from qaseed.rows import Rows
from qaseed.words import FOLDER, pool
from qaseed.words.composing import Composer, Described
from qaseed.words.grammar import read, tokens

TEXTS = ("subjective", "objective", "assessment", "plan")
GRAMMAR = read(FOLDER / "notes")
LINES = [
    (f"{source.name}.txt: {name}", line.template)
    for source in GRAMMAR.by_name.values()
    for name, part in source.parts.items()
    for line in part.alternatives
]


@pytest.fixture(scope="module")
def notes() -> pl.DataFrame:
    """The ordinary notes of a practice of `load_test`, with what they are about."""
    tenant = plan(MODEL, PROFILES["load_test"]).tenants[0]
    rows = Rows(MODEL, tenant, "note", Slots(tenant.slots("note")[-1500:]))
    about = {
        "name": rows.lookup("client_id", "first_name"),
        "kind": rows.lookup("appointment_id", "appointment_type"),
        "words": pl.select(pl.concat_str([pl.lit(rows[name]) for name in TEXTS], separator=" ", ignore_nulls=True))
        .to_series()
        .str.count_matches(r"\S+"),
    }
    names = ("client_id", "note_type", "created_at", "phq9", *TEXTS)
    return pl.DataFrame({name: rows[name] for name in names}).with_columns(**about)


def sentences(notes: pl.DataFrame) -> Counter[str]:
    """How often each sentence occurs, without numbers, names and pronouns."""
    words = "|".join(word for forms in PRONOUNS.values() for word in (*forms, "himself", "herself", "themselves"))
    counts: Counter[str] = Counter()
    for row in notes.iter_rows(named=True):
        for name in TEXTS:
            text = re.sub(rf"\b{re.escape(row['name'])}\b", "NAME", row[name] or "")
            text = re.sub(rf"\b({words})\b", "PRONOUN", re.sub(r"\d+", "0", text), flags=re.IGNORECASE)
            counts.update(sentence.lower() for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence)
    return counts


def test_sentences_are_many_and_none_is_frequent(notes: pl.DataFrame) -> None:
    counts = sentences(notes)
    assert len(counts) > 10_000 * len(notes) / PROFILES["load_test"].record_counts["note"]
    assert counts.most_common(1)[0][1] < 0.01 * counts.total()


def test_no_sentence_of_a_scenario_is_frequent(notes: pl.DataFrame) -> None:
    counts: Counter[str] = Counter()
    for tenant in plan(MODEL, PROFILES["load_test"]).tenants:
        rows = Rows(MODEL, tenant, "note", tenant.reserved_slots("note"))
        about = {name: rows[name] for name in TEXTS} | {"name": rows.lookup("client_id", "first_name")}
        counts += sentences(pl.DataFrame(about))
    others = sentences(notes).total() * PROFILES["load_test"].record_counts["note"] / len(notes)
    assert len(counts) > 50
    assert counts.most_common(1)[0][1] < 0.001 * others


def combinations(file: str, part: str, cache: dict[tuple[str, str], float]) -> float:
    """How many texts a part can have, fields and conditions aside."""
    if (file, part) not in cache:
        total = 0.0
        for line in GRAMMAR.part(file, part).alternatives:
            inner = [token.name for token in tokens(line.template) if GRAMMAR.owner(file, token.name)]
            total += float(np.prod([combinations(file, name, cache) for name in inner]))
        cache[file, part] = total
    return cache[file, part]


def test_the_grammar_has_room_for_many_more_sentences() -> None:
    for name, source in GRAMMAR.by_name.items():
        if source.texts and name != "administrative":
            cache: dict[tuple[str, str], float] = {}
            count = sum(combinations(name, slot.part, cache) for slots in source.texts.values() for slot in slots)
            assert count > 1_000, name
    cache = {}
    assert (
        sum(combinations("individual", slot.part, cache) for slot in GRAMMAR.by_name["individual"].texts["subjective"])
        > 1e6
    )


def test_lengths_of_progress_notes_spread_widely(notes: pl.DataFrame) -> None:
    words = notes.filter(pl.col("kind") == "individual")["words"].to_numpy()
    least, median, most = np.quantile(words, (0.05, 0.5, 0.95)).tolist()
    assert 80 < median < 140
    assert least < 0.65 * median
    assert most > 1.8 * median
    assert np.log(words).std() > 0.35


def test_texts_are_well_formed(notes: pl.DataFrame) -> None:
    wrong = (
        r"  | [.,;:]|\.\.|;\.|,\.|^ | $|^[a-z]|[.!?] [a-z]|(about|of|described) that |\b(an [bcdfgklmnpqrst]|a [aeio])"
    )
    for name in TEXTS:
        texts = notes[name].drop_nulls()
        assert not texts.str.replace_all("a useful", "a big").str.contains(wrong).any(), name
        assert (texts.str.len_chars() > 5).all(), name


def test_text_says_of_the_trend_what_scores_say_on_average(notes: pl.DataFrame) -> None:
    of_visits = notes.filter(pl.col("phq9").is_not_null()).sort("client_id", "created_at")
    change = pl.col("phq9").diff().over("client_id")
    better = pl.col("assessment").str.contains("improv|easing|less|gaining|responding|recovered|controlled")
    worse = pl.col("assessment").str.contains("setback|relapse|worse|declined|narrowed|suffered|more pronounced|harder")
    means = of_visits.select(
        better=change.filter(better & (pl.col("note_type") == "progress")).mean(),
        worse=change.filter(worse & (pl.col("note_type") == "progress")).mean(),
    ).row(0)
    assert means[0] < -0.5 < 0.5 < means[1]


@pytest.mark.parametrize("part", ["onset", "pasttreatment", "familyhistory", "living", "worksas", "medhx", "birth"])
def test_what_a_client_tells_of_life_is_the_same_to_a_therapist_and_a_prescriber(part: str) -> None:
    sources = read(FOLDER / "notes")
    assert {sources.part(file, part).scope for file in ("intake", "medical_intake")} == {"client"}


@pytest.mark.parametrize("kind", ["group", "couple", "family", "med_mgmt", "intake"])
def test_kinds_of_visits_read_as_what_they_are(notes: pl.DataFrame, kind: str) -> None:
    expected = {
        "group": "group",
        "couple": "partner|spouse",
        "family": "family",
        "med_mgmt": r"\d mg",
        "intake": "first visit|initial evaluation|referred|sought care|brought|asked for help|was seen",
    }
    texts = notes.filter((pl.col("kind") == kind) & pl.col("plan").is_not_null())
    assert len(texts) > 5
    whole = texts.select(pl.concat_str(TEXTS, separator=" ")).to_series()
    assert whole.str.contains(expected[kind]).all()


def test_lines_use_pronouns_by_name_and_no_other_clients_names() -> None:
    words = {word for forms in PRONOUNS.values() for word in forms} | {"hers", "theirs", "himself", "herself"}
    known = {word for name in ("first_name_f", "first_name_m", "last_name") for word in pool(name)}
    for where, template in LINES:
        literal = " ".join(token.literal for token in tokens(template))
        assert not words & set(re.findall(r"[a-z]+", literal.lower())), (where, template)
    for piece in composer().pieces:
        assert not (set(re.findall(r"\b[A-Z][a-z]{2,}\b", piece)) & known) - set(COMMON_WORDS), piece


def test_lines_are_american_english_without_words_of_dates() -> None:
    british = r"isation|ising\b|yse[ds]?\b|behaviour|colour|favour|centre\b|programme\b|practise|whilst|cancelled|labelled|travell"
    for where, template in LINES:
        assert not re.search(british, template.replace("rising", "").replace("raising", "")), (where, template)
        assert not re.search(r"\b(19|20)\d\d\b|January|February|October|November|December", template), (where, template)


def test_every_part_is_used() -> None:
    used: set[tuple[str, str]] = set()
    for source in GRAMMAR.by_name.values():
        for slots in source.texts.values():
            for slot in slots:
                used |= GRAMMAR.reachable(source.name, slot.part)
    defined = {(name, source.name) for source in GRAMMAR.by_name.values() for name in source.parts}
    assert defined == used


def test_contradictions_name_conditions_that_exist_and_are_two_sided() -> None:
    assert {contradiction.where for contradiction in contradictions()} == set(CONDITIONS)
    for contradiction in contradictions():
        assert contradiction.where or contradiction.against, contradiction.name
        assert not set(contradiction.phrases) & set(contradiction.against), contradiction.name


def visits(*rows: tuple[int, int, int]) -> Visits:
    """Visits of (client, day, status), with ids from 1024 on."""
    client, day, status = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    others: dict[str, Any] = dict.fromkeys(Visits.__dataclass_fields__, np.zeros(len(rows), dtype=np.int64))
    return Visits(**(others | {"client": client, "day": day, "status": status, "id": 1024 + np.arange(len(rows))}))


def test_a_history_has_the_completed_visits_before_and_the_next_one_booked() -> None:
    history = around(
        visits((1, 10, COMPLETED), (2, 11, NO_SHOW), (1, 24, NO_SHOW), (1, 31, COMPLETED), (2, 40, COMPLETED))
    )
    assert history.before.tolist() == [0, 0, 1, 1, 0]
    assert history.previous.tolist() == [-1, -1, 1024, 1024, -1]
    assert history.since.tolist() == [-1, -1, 14, 21, -1]
    assert history.until.tolist() == [14, 29, 7, -1, -1]
    assert history.missed.tolist() == [0, 0, 0, 1, 1]


def test_every_problem_has_a_medication_at_every_age_and_doses_rise() -> None:
    assert (FORMULARY.count > 0).all()
    for first, steps in zip(FORMULARY.first_dose.tolist(), FORMULARY.steps.tolist(), strict=True):
        doses = [float(dose.split()[0]) for dose in FORMULARY.doses[first : first + steps]]
        assert doses == sorted(set(doses))


def test_a_dose_after_a_visit_is_the_dose_before_the_next() -> None:
    bits = np.arange(200, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    problem = np.full(200, PROBLEM_NAMES.index("dep"))
    age, new = np.full(200, list(AGES).index("adult")), np.ones(200, dtype=np.int64)
    by_visit = [
        medication.regimen(FORMULARY, problem, age, bits, np.full(200, nth, dtype=np.int64), new) for nth in range(12)
    ]
    assert (by_visit[0].action == medication.ACTIONS.index("start")).all()
    switched, raised = (medication.ACTIONS.index(name) for name in ("switch", "raise"))
    for earlier, later in pairwise(by_visit):
        assert (earlier.after == later.before).all()
        assert (earlier.new_drug == later.drug).all()
        assert ((later.new_drug != later.drug) == (later.action == switched)).all()
        steady = later.action != switched
        assert ((later.after > later.before) == (later.action == raised))[steady].all()
    assert (
        0.1
        < np.mean([any(of_client) for of_client in zip(*(v.action == switched for v in by_visit), strict=True)])
        < 0.3
    )


def test_a_second_drug_is_added_and_stopped_once_and_goes_with_the_first() -> None:
    """Each client's visits have none, then one that is added, some that keep it, one that stops it, and none again."""
    bits = np.arange(400, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for problem, age, new in product(range(len(PROBLEM_NAMES)), range(len(AGES)), (0, 1)):
        rows = [np.full(400, value) for value in (problem, age)]
        by_visit = [
            medication.regimen(FORMULARY, *rows, bits, np.full(400, nth, dtype=np.int64), np.full(400, new))
            for nth in range(16)
        ]
        for course in np.stack([of_visit.company for of_visit in by_visit], axis=1).tolist():
            told = "".join(medication.COMPANY[value][0] for value in course)
            assert re.fullmatch(r"s*(a[cr]*(ds*)?)?|c+(ds*)?", told), told
        for taken in by_visit:
            both = taken.company != medication.COMPANY.index("single")
            families = FORMULARY.family[taken.second[both]]
            assert (families != FORMULARY.family[taken.new_drug[both]]).all()


def test_a_drug_is_started_with_its_first_dose_and_its_doses_chain() -> None:
    bits = np.arange(400, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    started = medication.ACTIONS.index("start")
    added, raised = (medication.COMPANY.index(name) for name in ("added", "raised"))
    rises = 0
    for problem, age in product(range(len(PROBLEM_NAMES)), range(len(AGES))):
        rows = [np.full(400, value) for value in (problem, age)]
        by_visit = [
            medication.regimen(FORMULARY, *rows, bits, np.full(400, nth, dtype=np.int64), np.ones(400, dtype=np.int64))
            for nth in range(10)
        ]
        for taken in by_visit:
            new = taken.action == started
            assert (taken.after == FORMULARY.first_dose[taken.new_drug])[new].all()
            new = taken.company == added
            assert (taken.second_after == FORMULARY.first_dose[taken.second])[new].all()
            assert ((taken.company == raised) <= (taken.second_after == taken.second_before + 1)).all()
            rises += int((taken.company == raised).sum())
        for earlier, later in pairwise(by_visit):
            both = np.isin(
                later.company, [medication.COMPANY.index(name) for name in ("combined", "raised", "dropped")]
            )
            assert (earlier.second_after == later.second_before)[both].all()
    assert rises > 1000


def described(composer: Composer, count: int, **facts: int) -> Described:
    """Rows that differ in noise only."""
    bits = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return Described(
        classes=composer.classes({fact: np.full(count, facts.get(fact, 0)) for fact in FACTS}),
        codes={name: np.full(count, 7, dtype=np.int32) for name in VOCABULARIES},
        columns={name: pa.array(["Robin"] * count) for name in COLUMNS},
        bits={**dict.fromkeys(("row", "client", "provider"), bits), "session": np.repeat(bits[::2], 2)},
        detail=np.full(count, 5),
    )


def composed(folder: Path, text: str, count: int = 20, **facts: int) -> list[str]:
    """What a grammar of one file says."""
    (folder / "a.txt").write_text(text, encoding="utf-8")
    composer = Composer(read(folder), FACTS, VOCABULARIES, COLUMNS)
    return composer.compose(np.zeros(count, dtype=np.int64), described(composer, count, **facts)).to_list()


def test_a_text_has_the_sentences_of_its_rank_and_facts(tmp_path: Path) -> None:
    grammar = "text t\n  1 a\n  6 b\n  5 senior | b\n  5 child | c\npart a\n  {name} {was} {age}.\npart b\n  No.\npart c\n  {^d} {d.2}.\npart d\n  x\n  y\n"
    assert set(composed(tmp_path, grammar)) == {"Robin was 7. X y.", "Robin was 7. Y x."}
    they = {"pronoun": FACTS["pronoun"].index("they"), "age": FACTS["age"].index("senior")}
    assert set(composed(tmp_path, grammar, **they)) == {"Robin were 7. No."}


def test_a_choice_by_client_is_the_same_in_all_texts_of_a_client(tmp_path: Path) -> None:
    grammar = "text t\n  1 a\n  1 b\npart a\n  {d}\npart b\n  {d}\npart d by client\n" + "".join(
        f"  {n}\n" for n in "pqrstuvw"
    )
    texts = composed(tmp_path, grammar)
    assert all(text[0] == text[2] for text in texts)
    assert len(set(texts)) > 3


def test_a_choice_by_session_is_the_same_for_all_members_of_a_group(tmp_path: Path) -> None:
    grammar = "text t\n  1 a\npart a\n  {d} {d.2}\npart d by session\n" + "".join(f"  {n}\n" for n in "pqrstuvw")
    texts = composed(tmp_path, grammar)
    assert all(text[0] != text[2] for text in texts)
    assert texts[::2] == texts[1::2]
    assert len(set(texts)) > 3


@pytest.mark.parametrize(
    ("grammar", "message"),
    [
        ("text t\n  1 a\npart a\n  {nothing}\n", "knows no part or field 'nothing'"),
        ("text t\n  1 a\npart a\n  elderly | x\n", "'elderly' is no value of a fact"),
        ("text t\n  a\n", r"a.txt:2: 'a' is neither"),
        ("part a\n  x\npart a\n  y\n", r"a.txt:3: 'part a' is neither"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, grammar: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        composed(tmp_path, grammar)
