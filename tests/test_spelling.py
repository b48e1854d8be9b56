"""The words of names, however they are written: separators, capitals, scripts, abbreviations, errors, written as one."""

from __future__ import annotations

import pytest

from qaseed.safety.spelling import broken, misspelled, segments_of, without_vowels
from qaseed.safety.transliteration import readings
from support.cases import for_each

SEGMENTS: dict[str, list[str]] = {
    "SSNs": ["ssn"],
    "ABCsx": ["ab csx"],
    "patientDOB": ["patient dob"],
    "HTTPServer": ["http server"],
    "S.S.N.": ["ssn", "n"],
    "a_b_c": ["abc"],
    "a1b_cd": ["a 1 b cd"],
    "line2b": ["line 2 b"],
    "cl.patient.ssn": ["cl patient ssn", "ssn"],
    "owner->name": ["owner name", "name"],
    "schema__table": ["schema table", "table"],
    "dir/file": ["dir file", "file"],
    "1.2": ["1 2"],
    "": [],
    "one two three four five six seven eight nine ten.eleven": ["one two three four five six seven eight nine ten eleven"],
    "Stra\u00dfe": ["strasse"],
    "\u0141\u00f3d\u017a_\u00f8st": ["lodz ost"],
    "O'Brien_ssn": ["o brien ssn"],
    "ow'ner\u2019s": ["owners"],
    "p\u0430tient": ["patient"],
    "\u043d\u043e\u043c\u0435\u0440_\u043f\u0430\u0441\u043f\u043e\u0440\u0442\u0430": ["nomer pasporta", "nomer nacnopta"],
}  # fmt: skip


@for_each("name", SEGMENTS)
def test_names_have_words_and_the_last_part_of_a_path_has_its_own(name: str) -> None:
    assert [" ".join(words) for words in segments_of(name)] == SEGMENTS[name]


SOUNDS = {
    "\u03b1\u03c5\u03c4\u03bf \u03bf\u03c5\u03c1\u03b1": ("auto oura", "ayto oypa"),
    "\u0449\u0438_\u044a\u044f": ("shchi_ya", "shchi_ya"),
    "\u0422\u041e": ("to", "TO"),
    "\u0430dmin": ("admin", "admin"),
    "\u59d3\u540d": (" full name ", " full name "),
    "\u4f4f\u6240_code": (" address _code", " address _code"),
    "x \u65e5\u672c y": ("x  qqq  y", "x  qqq  y"),
    "\u0441\u0447\u0451\u0442-\u0444\u0430\u043a\u0442\u0443\u0440\u0430": (" invoice ", " invoice "),
    "\u5171\u540c \u51fa\u751f\u65e5\u671f": (" qqq   date of birth ", " qqq   date of birth "),
    "\u0e0a\u0e37\u0e48\u0e2d": (" name ", " name "),
    "ssn\u200b": ("ssn", "ssn"),
    "\uff46\ufb01\u00e9": ("ffie", "ffie"),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_names_of_other_scripts_are_read_as_they_sound_and_as_they_look(name: str) -> None:
    look_alikes = str.maketrans("\u0430\u0422\u041e\u03bf\u03c1\u03b1\u03c5\u03c4", "aTOopayt")
    assert readings(name, look_alikes) == SOUNDS[name]


def test_words_lose_their_vowels_and_letters() -> None:
    assert [without_vowels(word) for word in ("account", "aeiou", "x")] == ["accnt", "a", "x"]
    assert misspelled({"cap"}) == dict.fromkeys(
        ("cp", "caap", "cap", "cep", "cip", "cop", "cup", "caep", "ca", "capp", "capa", "cape"), "cap"
    )


KNOWN = frozenset("home phone ssn no pin dl id first name firstn ame col kin number patient ab".split())
BROKEN = {
    "homephone": "home phone",
    "homenumberphone": "home number phone",
    "firstname": "first name",
    "ssnssn": "ssn ssn",
    "ssnno": "ssn no",
    "pinno": "pin no",
    "colno": "col no",
    "colpatient": "col patient",
    "colname": "colname",
    "phonehome": "phonehome",
    "pinhome": "pinhome",
    "dlid": "dl id",
    "abname": "abname",
    "nameab": "nameab",
    "homex": "homex",
    "xhome": "xhome",
    "noid": "no id",
    "dl": "dl",
    "1234": "1234",
    "phone" * 13: "phone" * 13,
    "name" * 16: " ".join(["name"] * 16),
}


@for_each("word", BROKEN)
def test_words_that_are_written_as_one_are_found_by_the_fewest_that_are_known(word: str) -> None:
    assert " ".join(broken(word, KNOWN)) == BROKEN[word]


def test_only_pieces_of_twenty_letters_are_looked_for() -> None:
    for length, parts in ((20, 2), (21, 1)):
        word = "x" * length
        assert len(broken(f"{word}name", KNOWN | {word})) == parts
