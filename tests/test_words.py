"""The project uses the field's words, short lines and few terms of its own: ARCHITECTURE.md lists those."""

from __future__ import annotations

import re
from pathlib import Path

from support.cases import for_each
from support.pages import NAMES as PAGES
from support.pages import ROOT, text_of
from support.vocabulary import NAMES, PARTS, banned_names, banned_prose, prose_in

SOURCES = sorted((ROOT / "qaseed").rglob("*.py"))
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMES_THAT_STAY = {
    "qaseed/doctor.py": {"found"},  # a key of the JSON document of `doctor`
    "qaseed/cli/inspection.py": {"found"},  # the same
}
"""Banned names that a file keeps."""
WORDS_THAT_STAY = {
    "qaseed/compatibility.py": {"told"},  # a setting's key in ids, and a stream of noise
    "qaseed/cli/target.py": {"doubts"},  # a key of the JSON document of `target status`
    "docs/reference/json.md": {"doubts"},  # the same
    "qaseed/practice/generators/hours.py": {"lane"},  # a stream of noise: another name is other values
    "qaseed/safety/addresses.py": {"lane"},  # a street
}
"""Banned words in the strings of a file, or in a page."""
MOST_TERMS = 40


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@for_each("path", SOURCES)
def test_code_uses_the_fields_words(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    names = {name for _, name in banned_names(source)}
    assert names == NAMES_THAT_STAY.get(relative(path), set()), [
        f"{path}:{line}: {name}" for line, name in banned_names(source)
    ]
    words = [(line, word) for line, text in prose_in(source) for word in banned_prose(text)]
    assert {word for _, word in words} == WORDS_THAT_STAY.get(relative(path), set()), words


def test_notes_do_not_use_words_that_this_code_used_for_too_much() -> None:
    notes = sorted((ROOT / "qaseed" / "words" / "notes").iterdir())
    assert len(notes) > 10
    assert [path.name for path in notes if re.search(r"\b(told|hanging|politics)\b", path.read_text("utf-8"))] == []


@for_each("name", ["ARCHITECTURE.md", *PAGES])
def test_documentation_uses_the_fields_words(name: str) -> None:
    assert set(banned_prose(text_of(name))) == WORDS_THAT_STAY.get(name, set())


def test_what_stays_is_in_files_that_exist() -> None:
    assert {*NAMES_THAT_STAY, *WORDS_THAT_STAY} <= {relative(path) for path in SOURCES} | set(PAGES)


@for_each("name", sorted(NAMES))
def test_a_banned_name_is_found_wherever_it_is(name: str) -> None:
    for source in (
        f"{name} = 1", f"def {name}(): pass", f"def f(_{name}=1): pass", f"class {name.title()}: pass", f"x.{name} = 1", f"f({name}=1)",
        f"import x as {name}", f"from .{name} import y", f"lambda *{name}: 1", f"f'{{{name}}}'", f"try: pass\nexcept E as {name}: pass",
    ):  # fmt: skip
        assert banned_names(source), source


def test_parts_and_prose() -> None:
    assert [name for part in sorted(PARTS) for _, name in banned_names(f"{part}_by = 1")] == [
        f"{part}_by" for part in sorted(PARTS)
    ]
    assert not banned_names("foundation = retold = headings = 1")
    assert banned_prose("What hangs on it was told\nto somebody's politics") == [
        "hangs",
        "told",
        "somebody's",
        "politics",
    ]
    assert [text for _, text in prose_in('"""a"""\nx = f"b{y}"  # c')] == ["a", "b", "# c"]


def test_lines_fit_and_the_formatter_is_on() -> None:
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        if "practice" in path.parts:
            assert not [line for line in lines if "fmt: " in line], path
        long = [number for number, line in enumerate(lines, 1) if len(line) > 120]
        assert not long, (path, long)


def test_the_glossary_is_short_and_has_each_term_once() -> None:
    table = ARCHITECTURE.split("## Words")[1].split("\n## ")[0]
    terms = [
        term for row in re.findall(r"^\| (?!word \|)(?!---)(.+?) \|", table, re.MULTILINE) for term in row.split(", ")
    ]
    assert 0 < len(terms) <= MOST_TERMS
    assert len(set(terms)) == len(terms)
