"""Names of fields, classified by a grammar of their words: whose, which identifier, in which form, or what about it.

`lexicon.py` declares the words. An identifier is found as a phrase; the words around it then decide. An unknown word
never silences a sure phrase (`stg_ssn`); a phrase with other meanings counts at the end of a name (`crm_tin`, not
`tin_roof`), or only among known words; a word of aspect after a phrase makes the name one *about* an identifier
(`cvv_result`). A name is never searched for sub-strings, so `progressNotes` is no finding.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from qaseed.safety import languages, lexicon, people, vocabulary
from qaseed.safety.spelling import ABBREVIATIONS, broken, misspelled, segments_of, without_vowels

Outcome = Literal["reject", "managed", "meta", "ok"]

CLASSES = {
    "A": "name",
    "B": "address",
    "C": "date",
    "D": "phone number",
    "E": "fax number",
    "F": "e-mail address",
    "G": "social security or tax number",
    "H": "medical record number",
    "I": "health plan number",
    "J": "bank or card number",
    "K": "license or travel document",
    "L": "vehicle",
    "M": "device",
    "N": "web address",
    "O": "IP address",
    "P": "biometric",
    "Q": "photo",
    "R": "other unique number",
    "-": "secret",
}
"""The Safe Harbor classes of 45 CFR 164.514(b)(2)(i), and secrets, which are none of them."""


@dataclass(frozen=True)
class Verdict:
    """Whether a field may have a name, the Safe Harbor class that it implies, if any, and the words that say so."""

    outcome: Outcome
    letter: str = ""
    words: str = ""
    context: str = ""

    @property
    def label(self) -> str:
        """The class in words."""
        return CLASSES[self.letter]


def class_label(letter: str) -> str:
    """A class by letter and words, as findings show it; a secret has no letter."""
    return CLASSES[letter] if letter == "-" else f"{letter} {CLASSES[letter]}"


def with_article(label: str) -> str:
    """A class or kind after its article, as messages have it: `an e-mail address`, `another unique number`."""
    if label.startswith("other "):
        return f"an{label}"
    return f"{'an' if label[0] in 'aeiouI' else 'a'} {label}"


Phrase = tuple[str, ...]


def _plain(words: Sequence[str]) -> Phrase:
    return tuple([ABBREVIATIONS.get(word, word) for word in words])


def _without_links(words: Sequence[str]) -> list[str]:
    """The words without those that link two of them: `data de nascimento`."""
    last = len(words) - 1
    return [word for place, word in enumerate(words) if word not in lexicon.LINKS or place in (0, last)]


def phrases_of(table: Mapping[str, str]) -> dict[Phrase, str]:
    """The phrases of a table, each with its class; what a number is of precedes it."""
    by_phrase: dict[Phrase, str] = {}
    for letter, phrases in table.items():
        for phrase in phrases.split():
            parts = phrase.split("_")
            if len(parts) > 2:
                parts = _without_links(parts)
            if "/" in phrase:
                choices = itertools.product(*(_plain(part.split("/")) for part in parts))
                by_phrase |= dict.fromkeys(map(_number_last, choices), letter)
            else:  # most, and their number decides how long the import takes
                by_phrase[_number_last(_plain(parts))] = letter
    return by_phrase


def _number_last(phrase: Phrase) -> Phrase:
    return (*phrase[1:], "number") if phrase[0] == "number" and len(phrase) > 1 else phrase


_OPEN, _SOFT = map(phrases_of, (lexicon.OPEN, lexicon.SOFT))
_WITH_OWNER, _WHOLE = map(phrases_of, (lexicon.WITH_OWNER, lexicon.WHOLE))
_OUR_SURE = phrases_of(lexicon.SURE) | phrases_of(languages.SURE)
_OUR_MANAGED = phrases_of(languages.MANAGED) | phrases_of(lexicon.MANAGED)
_DECLARED = {phrase for table in (_OPEN, _SOFT, _WITH_OWNER, _WHOLE, _OUR_SURE, _OUR_MANAGED) for phrase in table}


def _of_countries(table: Mapping[str, str], others: AbstractSet[Phrase] = frozenset()) -> dict[Phrase, str]:
    """Phrases of languages and countries, but for those that are declared with a strength of their own."""
    known = _DECLARED | others
    return {phrase: letter for phrase, letter in phrases_of(table).items() if phrase not in known}


_REFUSED_ABROAD = _of_countries(vocabulary.REFUSED)
_MANAGED_ABROAD = _of_countries(vocabulary.MANAGED, _REFUSED_ABROAD.keys())
_SURE = _OUR_SURE | _REFUSED_ABROAD
_NATIONAL = frozenset(phrase[0] for phrase, letter in _SOFT.items() if letter == "G" and len(phrase) == 1) | {"ci"}
"""Numbers of persons in one country or another, of which a column has either: `nit_ci`."""
_BANKS = frozenset("bank banque bancaire bancario bancaria banco banca".split())
_MANAGED = _OUR_MANAGED | _MANAGED_ABROAD
_SHARED = lexicon.SHARED | languages.SHARED
_BLOCKED = {_plain(phrase.split("_")): frozenset(words.split()) for phrase, words in lexicon.BLOCKED.items()}
_CLOSED = frozenset(_plain(phrase.split("_")) for phrase in lexicon.CLOSED)
_NEAR = {"B": lexicon.PLACES | lexicon.USES, "C": lexicon.MOMENTS} | dict.fromkeys("DEF", lexicon.USES)
LAST_DIGITS = "last4"
_LAST_DIGITS = frozenset({"4", "four", "digit", "digits"})
_PASSWORDS = ("password", "passwort", "kennwort", "wachtwoord", "losenord")
_MARKS = frozenset({"identifier", "digit", "digits", LAST_DIGITS, "encrypted", "enc", "encr", "masked"})
"""Words after what has a number that say so, too."""
_GENERIC = frozenset({("name",), ("alias",)})
ANY_NAME = frozenset(
    (word,)
    for word in "nombre nom nome nama adi ime jmeno meno nev nimi ten naam navn namn".split()  # of any language
)
_PERSONAL = frozenset(_plain(phrase.split("_")) for phrase in lexicon.PERSONAL)
_CONTACT = ("contact",)
_PROVIDER_NUMBERS = frozenset({("npi",), ("national", "provider")})
_BARE = frozenset({("first",), ("last",), ("middle",), ("maiden",)})
_TABLES = (_SURE, _OPEN, _SOFT, _WITH_OWNER, _WHOLE, _MANAGED)
BEGINNINGS = frozenset(phrase[0] for table in (*_TABLES, _GENERIC, _BARE) for phrase in table) | {
    *_CONTACT,
    "number",
    LAST_DIGITS,
}
_LONGEST = max(len(phrase) for table in _TABLES for phrase in table)
_TOGETHER = 50
"""Words of a name that are judged together: sentences are shorter, and the time grows with the square of it."""
_SINGLES = frozenset(phrase[0] for phrase in _SURE if len(phrase) == 1)
PEOPLE = lexicon.PEOPLE | people.PEOPLE
_ROLES = lexicon.ROLES | people.PEOPLE
ORGANIZATIONS = lexicon.ORGANIZATIONS | languages.ORGANIZATIONS
_ASPECTS = lexicon.ASPECTS | languages.ASPECTS
INSTITUTIONS = lexicon.PREMISES - lexicon.EMPLOYERS
_OWNERS = lexicon.OWNERS | languages.OWNERS
_FORMS = lexicon.FORMS | languages.FORMS
NEUTRAL = _OWNERS | _FORMS | lexicon.COUNTRIES
WRITTEN = (
    {word for table in _TABLES for phrase in table for word in phrase}
    | _OWNERS | _FORMS | lexicon.CARRIERS | _ASPECTS | lexicon.ABOUT_BEFORE
    | {"name", "alias"} | ABBREVIATIONS.keys()
)  # fmt: skip
_SHORT = frozenset(
    """atm ssn itin tin nhs ein cpf dea vin imei dob zip lat lon fax mrn npi ssns vins tins url sms dos mbi hic
            udi dna cvv cvc bic aba ach pwd api key otp pin new old raw enc hmac sha md num img uri pdf ids no
            nbr lic drv exp date typ sec soc first last full cell tel age ip id bsn fname lname mname ss dl cc
            pt pat mbr cust cus clt adm svc dt addr phn phon nm fst lst fed bnk rte cni dni nif adi vat gst reg
            emp user usr bene bsb nie pan cnic
            next of has is card bank tax number name code city state email mail
            type flag hash btw nr geb""".split()
)
"""Short words that are looked for in words written together."""
_KNOWN = _FORMS | _ASPECTS | lexicon.ABOUT_BEFORE
_SKELETONS = {
    skeleton: word
    for word in sorted(WRITTEN, reverse=True)
    if len(word) > 4 and len(skeleton := without_vowels(word)) > 4 and skeleton not in WRITTEN
}
"""By its consonants alone, a longer word: `brth`, `sbscrbr`."""
_MISSPELLED = {form: word for form, word in misspelled(lexicon.LONG).items() if form not in WRITTEN}
_ABROAD = {word for table in (_REFUSED_ABROAD, _MANAGED_ABROAD) for phrase in table for word in phrase} - {
    word for phrase in _DECLARED for word in phrase
}
_PIECES = frozenset(word for word in WRITTEN if len(word) > (4 if word in _ABROAD else 3) or word in _SHORT)
_OF_THINGS = ORGANIZATIONS | lexicon.ORDINARY | lexicon.NUMBERED | lexicon.GOODS
"""Words that are never read as several: `sociedad`, which ends in a word for age."""
_WEIGHT: Mapping[Outcome, int] = {"ok": 0, "meta": 1, "managed": 2, "reject": 3}
_OK = Verdict("ok")
_GOES_ON = {"B": lexicon.PLACES, "P": frozenset({"template", "profile", "score"})}
"""Words of aspect that after an identifier of that class are a part of it."""
_ABOUT_AFTER = {"D": frozenset({"code"}), "G": frozenset({"office"}), "K": frozenset({"office"})}
"""Words that after an identifier of that class make the name one about it."""
_ABOUT_FIRST = {"-": "registered", "F": "number"}
"""The word at the beginning that makes a name one about an identifier of that class: `registered_totp`, `no_email`."""


@lru_cache(maxsize=8192)
def classify(name: str) -> Verdict:
    """The class of a field's name by its words; of a path, by the whole or by its last part."""
    return max(
        (_classify_words(window) for words in segments_of(name) for window in _windows(words)),
        key=lambda verdict: _WEIGHT[verdict.outcome],
        default=_OK,
    )


def _windows(words: list[str]) -> list[list[str]]:
    """The words of a name; of a long one, windows that overlap by a phrase, so that each phrase lies in one."""
    if len(words) <= _TOGETHER:
        return [words]
    step = _TOGETHER - _LONGEST
    return [words[start : start + _TOGETHER] for start in range(0, len(words) - _LONGEST, step)]


@cache
def identifying_words() -> frozenset[str]:
    """The words of phrases that count beside unknown words."""
    return frozenset(word for table in (_SURE, _MANAGED) for phrase in table for word in phrase)


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, also those that are written as one."""
    return [piece for words in segments_of(name)[:1] for word in words for piece in _pieces_of(word)]


@lru_cache(maxsize=8192)
def plain_words(name: str) -> Phrase:
    """The words of a name, each as the lexicon has it."""
    written = next(iter(segments_of(name)), [])
    return _plain([_whole_word(word) for word in _split(written)])


def _split(written: Sequence[str]) -> list[str]:
    return _without_links(_with_last_digits([piece for word in _joined(written) for piece in _pieces_of(word)]))


def _pieces_of(word: str) -> tuple[str, ...]:
    return (word,) if word in _OF_THINGS else broken(word, _PIECES)


def _with_last_digits(words: list[str]) -> list[str]:
    """The words, with those for the last digits of a number as one: `ssn_last_four_digits`."""
    together: list[str] = []
    for word in words:
        if together[-1:] == ["last"] and word in _LAST_DIGITS:
            together[-1] = LAST_DIGITS
        elif together[-1:] != [LAST_DIGITS] or word not in _LAST_DIGITS:
            together.append(word)
    return together


def _classify_words(written: Sequence[str]) -> Verdict:
    verdict = _classify_all(written)
    if verdict.outcome == "ok" and any(word.isdigit() and len(word) == 1 for word in written[1:-1]):
        return _classify_all([word for word in written if not word.isdigit()])  # finger1_template
    return verdict


def _classify_all(written: Sequence[str]) -> Verdict:
    if "".join(written) in _SINGLES:  # sSN
        word = "".join(written)
        return Verdict("reject", _SURE[word,], word)
    raw = _split(written)
    raw = [word for place, word in enumerate(raw) if word != "time" or raw[place - 1 : place] != ["date"]]  # date_time
    words = _plain([_whole_word(word) for word in raw])
    best = _OK
    for start, word in enumerate(words):
        if word not in BEGINNINGS:
            continue
        for end in range(min(start + _LONGEST, len(words)), start, -1):
            verdict = _classify_phrase(raw, words, start, end)
            if verdict.outcome == "reject":
                return verdict
            if _WEIGHT[verdict.outcome] > _WEIGHT[best.outcome]:
                best = verdict
    return best


def _whole_word(word: str) -> str:
    """The word of the lexicon that a word is, without vowels, in the plural or misspelled."""
    if word in WRITTEN:
        return word
    if len(word) > 4 and word.endswith("s") and word[:-1] in WRITTEN:
        return word[:-1]
    if len(word) > 8 and word[1:] in WRITTEN:  # ofirstname
        return word[1:]
    if word.endswith(_PASSWORDS):  # geraetepasswort
        return "password"
    return _SKELETONS.get(word) or _MISSPELLED.get(word, word)


def _joined(written: Sequence[str]) -> list[str]:
    """The words, without the bounds that capitals put into one: `SurName`, `PhilHealth`."""
    words: list[str] = []
    for word in written:
        if words and words[-1] + word in WRITTEN and not {words[-1], word} <= WRITTEN:
            words[-1] += word
        else:
            words.append(word)
    return words


def _classify_phrase(raw: Sequence[str], words: Phrase, start: int, end: int) -> Verdict:
    """The class of one phrase within a name, by the words around it."""
    phrase = words[start:end]
    before, after = ([word for word in part if not word.isdigit()] for part in (words[:start], words[end:]))
    if not _BLOCKED.get(phrase, frozenset()).isdisjoint(before):
        return _OK
    if phrase == (LAST_DIGITS,) and before and words[end:] == () and not _is_aspect(before[-1]):
        return Verdict("reject", "J", " ".join(raw[start - 1 : end]))
    numbered = _numbered(raw, words, start, end)
    letter, outcome = _direct(phrase, before, after) or _SURE.get(numbered), "reject"
    if letter and letter in "GKJ" and (on_paper := _on_paper(before, after)):
        return Verdict("managed", on_paper, " ".join(raw))
    if letter == "J" and "holder" in after:  # the person's name, not the number
        return _OK
    if phrase == ("age", "at"):
        return Verdict("managed", "C", "age at")
    if not letter:
        letter, outcome = _managed(phrase, before, after), "managed"
    if not letter and numbered != phrase and phrase[-1] != "identifier":
        letter = _managed(numbered, before, after)
    return _unless_about(raw, words, start, end, letter, outcome) if letter else _OK


def _numbered(raw: Sequence[str], words: Phrase, start: int, end: int) -> Phrase:
    """A phrase with `number` at its end: after what it is of, or for another word that says so (`card_identifier`)."""
    phrase = words[start:end]
    if phrase[-1] in _MARKS and words[max(0, start - 1) : start] != ("of",):  # date_of_birth_encrypted
        return (*phrase[:-1], "number")
    rest = zip(raw[start + 1 :], words[start + 1 :], strict=True)
    counted = phrase[0] == "number" and any(word == f"{plain}s" for word, plain in rest)
    return phrase if counted else _number_last(phrase)


def _unless_about(raw: Sequence[str], words: Phrase, start: int, end: int, letter: str, outcome: str) -> Verdict:
    """The class of a phrase, unless the words around it make the name one about such an identifier."""
    phrase = words[start:end]
    before, after = ([word for word in part if not word.isdigit()] for part in (words[:start], words[end:]))
    known = _GOES_ON.get(letter, frozenset())
    is_key = (
        phrase[-1] in ("token", "key", "password") and after[-1:] in (["id"], ["number"]) and "access" not in phrase
    )
    if letter == "-" and after and (is_key or lexicon.LOCATORS.issuperset(after[-1:])):
        return Verdict("meta", letter, " ".join(raw[start:end]))
    about = any(_is_aspect(word) and word not in known for word in (*after, *raw[end:])) or _is_about(before, letter)
    about = about or (letter == "-" and "public" in after)
    about = about or not _ABOUT_AFTER.get(letter, frozenset()).isdisjoint(after)
    return Verdict("meta" if about else outcome, letter, " ".join(raw[start:end]))  # type: ignore[arg-type]


def _on_paper(before: Sequence[str], after: Sequence[str]) -> str:
    """The class of what a paper says of a person, if a name is of that: `alamat_ktp`, `aadhaar_address`."""
    noun = before[-1] if before and before[-1] in lexicon.BEFORE_PAPER else ""
    if not noun and not lexicon.ON_PAPER.isdisjoint(before[-1:]):
        noun = next((word for word in before if word in lexicon.PAPER_NOUNS), "")
    if not noun and after == ["address"]:
        noun = "address"
    return lexicon.PAPER_NOUNS.get(noun, "")


def _is_aspect(word: str) -> bool:
    """Whether a word after an identifier makes the name one about it: `country`, `verified`, `expires`."""
    return word in _ASPECTS


_DATES = frozenset("date fecha data datum tanggal tgl dt".split())
_ABOUT_PERSON = lexicon.RELATIONS | {"at"}  # years_at_address


def _is_about(before: Sequence[str], letter: str) -> bool:
    if letter in "GIKL" and (before[-1:] == ["date"] or (_DATES.intersection(before) and _is_aspect(before[-1]))):
        return True
    if (letter == "-" and "public" in before) or (letter in "DEF" and not lexicon.DECISIONS.isdisjoint(before)):
        return True
    if before[:1] == [_ABOUT_FIRST.get(letter)]:
        return True
    if letter in "ABDF" and not _ABOUT_PERSON.isdisjoint(before[-1:]):
        return True
    qualifiers = [word for word in before if word not in _OWNERS]
    if (
        not qualifiers
        or qualifiers[0] not in lexicon.ABOUT_BEFORE
        or qualifiers[:2] in (["check", "in"], ["check", "out"])
    ):
        return False
    return letter != "-" or qualifiers[0] not in ("verify", "confirm", "access", "check", "requested")


def _direct(phrase: Phrase, before: Sequence[str], after: Sequence[str]) -> str | None:
    """The class of a direct identifier that a phrase names, if the words around it are of the right kinds."""
    if phrase in _SURE:
        return _SURE[phrase]
    around = {*before, *after}
    letter = _OPEN.get(phrase)
    forms = NEUTRAL | lexicon.CARRIERS
    if letter and all(word in forms or _is_aspect(word) for word in after):
        return letter
    if phrase in _SOFT:
        letter = _SOFT[phrase]
        before = _without_table(before) if letter != "-" and len(phrase[0]) > 2 else before
        known = forms if letter in "GIKLPQ" else NEUTRAL
        if letter == "G":
            known |= _NATIONAL
        elif letter == "J":
            known |= _BANKS
        return letter if known.issuperset(before) and all(word in known or _is_aspect(word) for word in after) else None
    if phrase in _WITH_OWNER and around <= forms and around & PEOPLE:
        return _WITH_OWNER[phrase]
    return _WHOLE[phrase] if phrase in _WHOLE and around <= _FORMS else None


def _of_person(phrase: Phrase, before: Sequence[str], after: Sequence[str]) -> str | None:
    """The class of a word that is personal only as that of a person."""
    around = {*before, *after}
    if phrase in _GENERIC and before[-1:] == ["by"] and before[-2:-1] and before[-2].endswith("ed"):
        return "A"
    if phrase in _GENERIC and not ORGANIZATIONS.isdisjoint(before[-1:]):
        return None
    if phrase in _BARE:
        is_short = len(before) == 1 and len(before[0]) == 2 and before[0] not in _KNOWN  # pa_first
        return "A" if not after and (not before or is_short or before[-1] in PEOPLE) else None
    if phrase == _CONTACT:
        return "D" if not after and not PEOPLE.isdisjoint(before[-1:]) else None
    if NEUTRAL.issuperset(after) and not _ROLES.isdisjoint(before[-1:]):
        return "A"
    return "A" if around <= NEUTRAL and (not around or around & PEOPLE) else None


def _without_table(before: Sequence[str]) -> Sequence[str]:
    """The words before a phrase without an abbreviation of the table's name: `fun_nome`, `tx_nid`."""
    is_table = before and len(before[0]) < 4 and before[0] not in WRITTEN
    return before[1:] if is_table else before


def _is_of_a_thing(phrase: Phrase, letter: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the words around a managed phrase make it one of no person: `role_display_name`, `nombre_empresa`."""
    is_closed = phrase in _CLOSED or (letter == "R" and phrase not in _PROVIDER_NUMBERS)
    if is_closed and not NEUTRAL.issuperset(word for word in before if len(word) > 1):
        return True
    if letter == "R" and phrase[-1] == "id":
        return not ORGANIZATIONS.isdisjoint(before)
    if phrase in ANY_NAME:
        return before[-1:] == ["local"] or not ORGANIZATIONS.isdisjoint((*before[-1:], *after[:1]))
    if letter in ("B", "N") and not INSTITUTIONS.isdisjoint(before):
        return True
    if phrase == ("cell",):
        return not {"line", "identifier"}.isdisjoint(after)
    return phrase == ("mi",) and not before  # miles


def _managed(phrase: Phrase, before: Sequence[str], after: Sequence[str]) -> str | None:
    """The class of an identifier with a safe form; like a noun, it is last but for words of form."""
    if phrase in _GENERIC or phrase in _BARE or phrase == _CONTACT:
        return _of_person(phrase, before, after)
    around = {*before, *after}
    letter = _MANAGED.get(phrase)
    delivers = letter in ("D", "F") and after[-1:] == ["provider"]
    if not letter or delivers or (letter in "ABCDEFNO" and not lexicon.KEYS.isdisjoint(around)):
        return None
    if _is_of_a_thing(phrase, letter, before, after):
        return None
    if phrase in _PERSONAL:
        return letter
    known = NEUTRAL | _NEAR.get(letter, frozenset())
    if phrase[0] in _SHARED and len(phrase) == 1 and phrase[0] not in lexicon.LEADING:
        near = known | _SHARED
        before = _without_table(before) if phrase[0] in languages.FOREIGN else before
        is_of_person = near.issuperset(before) or not _ROLES.isdisjoint(before[-1:])
        return letter if is_of_person and all(word in near or _is_aspect(word) for word in after) else None
    others = known | _SHARED | _MANAGED_WORDS
    return letter if all(word in others or _is_aspect(word) for word in after) else None


OWNED = frozenset(phrase[0] for table in (_WITH_OWNER, _GENERIC, _BARE, {_CONTACT}) for phrase in table) - {"tax"}
"""First words of phrases that count only beside a word for a person."""
_MANAGED_WORDS = frozenset(phrase[0] for phrase in _MANAGED if len(phrase) == 1)


SHORT_NUMBERS = _OPEN | _SOFT
"""Phrases of direct identifiers that have other meanings."""
NOUNS_FIRST = {
    ordered: letter
    for phrase, letter in (_OUR_MANAGED | _MANAGED_ABROAD).items()
    for ordered in {phrase, phrase[::-1] if phrase[-1] == "number" else phrase}
    if letter in "BCDEFHIR" and len(phrase) < 3 and ordered[0] in lexicon.NOUNS_FIRST
}
"""Identifiers with a safe form in languages that have adjectives after nouns."""


def reject_reason(name: str) -> str | None:
    """The class of identifier that a field of this name would contain and must not; None for any other name."""
    verdict = classify(name)
    return verdict.label if verdict.outcome == "reject" else None
