"""What is tested before a hint: expressions that `re` finds fast, for they begin with a character that is rare.

They are about the simple form of a text, in which each digit is a zero. Most texts match none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from qaseed.safety.addresses import BEGINNINGS_ABROAD, ENDING, STATE_NAMES, STATES, STREET
from qaseed.safety.alternatives import joined
from qaseed.safety.dates import DATE_GAP, MONTH_BEGINNING

_SIMPLE = bytes.maketrans(b"123456789[{", b"000000000((")
_MONTH = MONTH_BEGINNING.encode("ascii", "replace").decode()
DATE = (
    r"0(?:[-/.]0{1,2}[-/.]0|[-/. ] {0,3}0{1,2}[-/. ] {0,3}00|0{7}|[/.-]0000|[a-z]{3}00|\?"
    rf"|(?:st|nd|rd|th|\.|\?|er)?{DATE_GAP}(?:{_MONTH}|0000))"
)
_LAST_OF_STATE = f"(?:{'|'.join(dict.fromkeys(re.findall('[a-z]{2}(?![a-z])', f'{STATES} {STATE_NAMES}')))})"
_NUMBER = (
    r"0(?:0(?:0(?:0(?:0|[a-z])|[-._ ]000| [a-z]? ?000|[a-z](?<=[0l-v] .{5})|[^0a-z]{1,4}0{2,3}[^0a-z]{0,3}0000)"
    r"|[-. ]0{2,4}[-. ]00| ?[)/]{1,2}[-. ]?00)|[/_-]0|(?: - ?|- )00|\.0(?:000|0*[./-]0)|(?<=\+.)"
    "|[._/-]*[a-z][a-z._/-]*0| [a-z]{2,3} 0000|(?:[./-]*0){4})"
)
_POSTCODE = (
    "0(?: 0[a-z]{2}|[a-z] ?0[a-z]|(?:0{3,4}|00 00|-000) [a-z?]"
    "|0000(?:-000|(?<=p[ .].{5})|(?<=p[. ].{6}))"
    "|(?:(?<=(?:sw|ic|ld|as|ct|wa|sa|nt)[ ,].)|(?<=(?:sw|ic|ld|as|ct|wa|sa|nt)[ ,][ ,].))000(?!0))"
)
FIRST_TESTS = {
    "number": (_NUMBER,),
    "groups": (r"0(?:00[^0a-z]{1,4}0{2,3}[^0a-z]{0,3}0000|(?<=\+0))",),
    "long": ("0000(?:00000|[-. ]0000[-. ]|[- ]000000)",),
    "mixed": (
        "0(?:[a-z][0a-z]0[- ]?[a-z]|000000|(?<=[a-z][a-z].)0(?:(?: ?[a-z0]){8}|-[a-z0]{4}-)|000(?<=[a-z0]{17}))",
    ),
    "at": ("@",),
    "spelled": (" dot ", r"\( ?(?:at|@) ?[\])}]"),
    "typed": (r"\^",),
    "trunk": ("000 000", "00(?: 00){4}", r"00(?:\.00){4}"),
    "web": ("://", r"www\.", r"\.(?:com|net|org|us|health|care)/"),
    "colons": ("::", ":[0a-f]{1,4}:[0a-f]{1,4}:", "-[0a-f]{2}-[0a-f]{2}-", r"\.[0a-f]{1,4}\.[0a-f]"),
    "aged": (r"0[ -]?(?:y|[fm]\b)", "aged?:? ?0", r"\(\*", r"b\. ?[0a-z]", r", ?\*"),
    "house": (r"0(?:[a-z]? (?:[a-z][a-z']{2}|0{1,3}[snrt]|(?:[nsew]{1,2}|st|mt|ft|el|la|le|us|u.s)\b)|, box)",),
    "town": (f", (?:{STATES}|{STATE_NAMES})\\b",),
    "postcode": (_POSTCODE,),
    "masked": ("0000(?<=[x*# -]0000)",),
    "state": (
        rf"00000(?:(?<={_LAST_OF_STATE}[, ^*]00000)|(?<={_LAST_OF_STATE}[, ^*][, ^*]00000))",
        f", ?(?:{joined([STATE_NAMES])})",
    ),
    "born": (r"\?\?",),
    "degrees": (r"0\?",),
    "street": ("00000(?:(?<=[a-z.'][ ,\n]00000)|(?<=[ ,\n][ ,\n]00000))",),
}
"""Of these a text with a value of a kind with that hint matches one. A text without the value need not be searched for
the hint.
"""
SURE = frozenset({"groups", "long", "at", "spelled", "web"})
"""Those that are as exact as their hint."""
SECOND_TESTS = {
    "aged": (DATE,),
    "house": (rf"0[a-z]?(?: [a-z0][a-z0.']*){{1,5}}? (?:{STREET.lower()}|route)\b", "box 0"),
    "town": (rf"0[a-z]?(?: [a-z0][a-z0.']*){{0,5}}? {ENDING.lower()}\b", "box 0"),
}
"""Of these, too."""
BESIDE_WORDS = {
    "birth": (DATE,),
    "dwelling": (rf"0[a-z]?(?: [a-z0.']+){{1,4}} {STREET.lower()}\b",),
    "post": ("0[0a-z]? ?0[a-z]{2}",),
    "abroad": BEGINNINGS_ABROAD,
    "hardware": ("000(?:0?[a-f]|(?<=[a-f]000)|0(?<=[a-f]0000))",),
    "colons": (r"0\.0{1,3}\.0",),
    "mixed": FIRST_TESTS["mixed"],
    "masked": FIRST_TESTS["masked"],
    "social": ("end(?:ing|s)[^0]*0000", "0000[^0]*(?:n0[^0]*)?end(?:ing|s)", "last[ _]?(?:0|four)"),
    "plate": (
        "plate", "placa", r"tag(?<=[ _]tag)\b", "veh(?:icle)?[ _]reg", "car[ _]reg", r"tag\.?[ _]?(?:#|n)", "kennz",
        "immatric", "matr[i?]cula", "targa", "kenteken", "rego", r"reg(?:istration)?\.?[ _][nm]",
    ),
}  # fmt: skip
"""Of these a text without a number matches one if it has a value of a kind with that hint, beside a word."""


def simple(text: str) -> str:
    """A text in lower case with a zero for each digit, one bracket for three, and `?` for what is not of ASCII."""
    return text.encode("ascii", "replace").translate(_SIMPLE).decode("ascii")


def together(some: Iterable[str]) -> list[str]:
    """The same expressions; those that begin with a digit as one."""
    patterns = list(some)
    digits = [pattern[1:] for pattern in patterns if pattern[0] == "0"]
    others = [pattern for pattern in patterns if pattern[0] != "0"]
    return [f"0(?:{'|'.join(digits)})", *others] if digits else others
