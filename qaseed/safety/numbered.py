"""Numbers without a shape or check digit of their own: they count only beside a word that names them."""

from __future__ import annotations

from qaseed.safety import number_words as words
from qaseed.safety.cards import TEST_CARDS
from qaseed.safety.matching import Kind
from qaseed.safety.messages import typed

# what makes a number a quantity
UNIT = r"(?: ?(?:mg|ml|mcg|kg|units?|iu|files?|bytes|entries|rows|records|times|items|[kmg]b)\b)?"
# a number with letters and groups: at least five digits, and no date
_GROUPED = r"[A-Z]{0,4}[-./]?[0-9][0-9A-Z]{0,22}(?:[-./_][0-9A-Z]{1,12}){0,5}"
_SPACED = (
    r"[0-9]{3,5}(?: [0-9]{3,5}){1,4}(?: [0-9]{1,2})?|[A-Z]{2,4} [0-9]{3,5}(?: [A-Z]? ?[0-9]{3,6}){1,3}"
    r"|[0-9]{2}(?: [0-9]{2}){2,4}|[0-9]{4}(?: [0-9]{2}){2,4}"
    r"|[0-9]{1,2}(?: [0-9]{3}){2,4}(?: [0-9]{2})?|0 [0-9]{2}(?: [0-9]{3}){2}|[0-9] [0-9]{3} [0-9]{12} [0-9]"
    r"|[0-9]{2}(?: [0-9]{4}){2,3}(?:-[0-9])?"
)
_LONG = "[A-Z]{0,4}-?[0-9]{8,18}|[A-Z]{1,4}-?[0-9]{6,12}|[A-Z]{1,3}(?:-[0-9]{2})?[0-9]{2}-[0-9]{5,9}"
_FIVE_DIGITS = "(?:[^0-9]*[0-9]){5,24}[^0-9]*"
_IS_DATE = (
    "(?:19|20)[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9].*|[0-3]?[0-9][-./][0-3]?[0-9][-./](?:19|20)[0-9]{2}"
    "|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)
_LAST_FOUR = "[x*#.-]{0,12}[0-9]{4}"
_SAMPLE_FOUR = "|".join(dict.fromkeys(f"[^0-9]*{number[-4:]}" for number in TEST_CARDS))


def _numbers(name: str, letter: str, context: str, invalid: str) -> tuple[Kind, ...]:
    """Numbers with letters and groups, also with spaces between the groups."""
    invalid = rf"{invalid}|{_IS_DATE}"
    return tuple(
        Kind(name, letter, shape, context=context, lettered=True, valid=_FIVE_DIGITS, invalid=invalid, after=after)
        for shape, after in ((_GROUPED, rf"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}"), (_SPACED, "(?:[-.]?[0-9]|[A-Za-z_])?"))
    )


def _long(name: str, letter: str, context: str, invalid: str) -> Kind:
    """Numbers beside a word that says less: they have more digits."""
    return Kind(name, letter, _LONG, context=context, lettered=True, by_column=False, invalid=f"{invalid}|{_IS_DATE}")


def _typed(name: str, letter: str) -> Kind:
    """Numbers in a field of HL7 that says their type."""
    return Kind(
        name,
        letter,
        typed(name, "[A-Z]{0,4}-?[0-9][0-9A-Z-]{3,20}"),
        hint="typed",
        strip=r"\^.*",
        valid=_FIVE_DIGITS,
        invalid="Q[AC].*",
    )


def _last_four(name: str, letter: str, nouns: str) -> Kind:
    return Kind(
        name,
        letter,
        _LAST_FOUR,
        hint="social",
        context=words.ending(nouns),
        by_column=False,
        invalid=f"{_SAMPLE_FOUR}|[^0-9]*(?:19|20)[0-9]{{2}}",
    )


NUMBERED = (
    Kind(
        "licence",
        "K",
        r"[A-Z]{0,4}[0-9](?:[-/]?[0-9A-Z]){4,17}(?: [0-9]{5})?|[A-Z]{0,4}[0-9]{1,3}(?:\.[0-9]{4,8}|(?:\.[0-9]{3}){2,4})"
        "|[0-9]{2,3} [0-9]{3} [0-9]{3}"
        "|[A-Z9]{5}[0-9]{6} ?[A-Z0-9]{5}|[A-Z]{1,3}-[0-9]{5,9}|[0-9]{2} ?[0-9]{2} [0-9]{6}"
        "|[A-Z]{2}[- ]?[0-9]{2}[- ][0-9]{11}",
        strip="[-./ ]",
        valid="(?:[A-Z]*[0-9]){5}.*",
        context=words.LICENCE,
        lettered=True,
        invalid=rf"QA.*|{_IS_DATE}",
        after=rf"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}",
    ),
    Kind(
        "licence",
        "K",
        "[A-Z]{1,3}-?[0-9]{5,12}|[A-Z][0-9]{3}(?:-[0-9]{2,4}){2,4}",
        context="licen[sc]e|lic\\.",
        lettered=True,
        by_column=False,
        invalid="QA.*",
    ),
    Kind(
        "passport",
        "K",
        "[A-Z]{0,3}[0-9]{6,14}[A-Z]?|[A-Z][0-9]{1,2} [0-9]{3} [0-9]{3}|[A-Z]{1,3}[- ][0-9]{6,9}"
        "|[0-9]{2} ?[0-9]{2}(?: | \u2116 ?| \u043d\u043e\u043c\u0435\u0440 )[0-9]{6}|[0-9]{2} [0-9]{7}"
        "|[A-Z]{0,3}[0-9]{3}-[0-9]{3}-[0-9]{3}|[A-Z]? ?[0-9]{3} [0-9]{3}(?: [0-9]{3})?"
        "|[0-9]{2}[A-Z]{2}[0-9]{5}|[0-9]{8,9}[A-Z][0-9]"
        "|[A-Z][0-9A-Z]{8}",
        context=words.PASSPORT,
        lettered=True,
        valid="(?:[^0-9]*[0-9]){5}.*",
        invalid=_IS_DATE,
    ),
    *_numbers("record", "H", words.RECORD, "Q[AC].*"),
    Kind(
        "record",
        "H",
        "[A-Z]{0,3}-?[0-9]{6,9}",
        context="charts?|mpi|wristband|hn",
        lettered=True,
        by_column=False,
        invalid=rf"Q[AC].*|{_IS_DATE}",
        after="(?:[-.]?[0-9A-Za-z_])?",
    ),
    *_numbers("plan", "I", words.PLAN, "QA.*"),
    _long("plan", "I", words.LONG_PLAN, "QA.*|PMC[0-9]*"),
    Kind("plan", "I", "[A-Z]{3} ?[0-9]{7,12}", context="id ?#", lettered=True, by_column=False, invalid="QA.*"),
    *_numbers("account", "J", words.ACCOUNT, "QA.*"),
    _long("account", "J", words.LONG_ACCOUNT, "QA.*"),
    Kind(
        "account",
        "J",
        "[x*#]{2,8}[ -]?[0-9]{4}",
        hint="masked",
        context="account|acct|a/c",
        lettered=True,
        by_column=False,
        invalid=_SAMPLE_FOUR,
    ),
    *(_typed(name, letter) for name, letter in {"licence": "K", "passport": "K", "record": "H", "plan": "I"}.items()),
    _typed("national", "G"),
    *_numbers("case", "R", words.CASE, "QA.*"),
    Kind(
        "case",
        "R",
        "[0-9]{2,4} [A-Z]{2,3} [0-9]{4,7}|[0-9]{1,2}[-:][0-9]{2}-[a-z]{2}-[0-9]{4,6}",
        context="(?:case|docket|cause)\\.? ?(?:no\\b\\.?|number|#)|court ?file|civil action",
        lettered=True,
        by_column=False,
    ),
    Kind(
        "case",
        "R",
        "(?:[0-9]{1,3} [A-Z][a-z]{0,3}|[IVX]{1,5}) [0-9]{1,6}/[0-9]{2}",
        context="aktenzeichen|az\\.?|gesch[a\u00e4]ftszeichen",
        lettered=True,
        by_column=False,
    ),
    *_numbers("device", "M", words.DEVICE, "QA.*"),
    _last_four("record", "H", "mrn|medical record"),
    _last_four("plan", "I", "member|subscriber|policy|insurance|medicare|medicaid"),
    _last_four("account", "J", "account|acct|a/c"),
    _last_four("card", "J", "(?:credit |debit |bank )?card|visa|mastercard|amex"),
)
"""Licenses, travel documents, and numbers of records, plans and accounts."""
