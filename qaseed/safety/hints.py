"""Expressions that are cheap to test first: a text that matches none has no value of any kind."""

from __future__ import annotations

from qaseed.safety import other_scripts
from qaseed.safety.addresses import (
    BEGINNINGS_ABROAD,
    DWELLING_HINT,
    HOUSE_HINT,
    POSTCODE_ALONE_HINT,
    POSTCODE_HINT,
    STATE_NAMES,
    STATES,
    STREET,
    TOWN_HINT,
)
from qaseed.safety.dates import AGE_HINT
from qaseed.safety.normalizing import ODD
from qaseed.sql import literal

_GROUPS = r"[0-9]{3}[^0-9A-Za-z]{1,4}[0-9]{2,3}[^0-9A-Za-z]{0,3}[0-9]{4}|\+[0-9]"
HINTS = {
    "number": (
        rf"[0-9]{{5}}|[0-9]{{3}}[-._ ][0-9]{{4}}|[0-9]{{3}}[-. ][0-9]{{3}}|[0-9]{{2}}[-. ][0-9]{{2,4}}[-. ][0-9]{{2}}"
        rf"|{_GROUPS}|[0-9]{{3}} [a-z]? ?[0-9]{{3}}|[0-9]{{2,4}} ?[)/]{{1,2}}[-. ]?[0-9]{{2}}"
        r"|[0-9](?: - ?|- )[0-9]{2}|[0-9][/_-][0-9]|[0-9]\.[0-9]{4}|[0-9]\.[0-9]+[./-][0-9]"
        "|[0-9l-v] [a-z][0-9]{3}[a-z]|[0-9] [a-z]{2,3} [0-9]{4}"
        "|[0-9][._/-]*[a-z][a-z._/-]*[0-9]|[a-z][./-]?[0-9](?:[./-]*[0-9]){4}|[a-z]{5}[0-9]{4}[a-z]"
    ),
    "groups": _GROUPS,
    "long": "[0-9]{4}(?:[0-9]{5}|[-. ][0-9]{4}[-. ]|[- ][0-9]{6})",
    "mixed": (
        "[0-9][a-z][0-9a-z][0-9][- ]?[a-z][0-9a-z][0-9][- ]?[a-z]|[a-z][a-z9]-?[0-9]{7}"
        "|[a-z]{2}[0-9]{2}(?:(?: ?[a-z0-9]){8}|-[a-z0-9]{4}-)"
        "|[a-z0-9]{17}"
    ),
    "at": "@",
    "spelled": r" dot |[\[({] ?(?:at|@) ?[\])}]",
    "typed": r"[0-9a-z-](?:\^[^|~^\r\n]{0,40}){3}\^[a-z]",
    "trunk": "0[1-9](?:[0-9]{1,3} [0-9]{3}|(?:[ .][0-9]{2}){4})",
    "web": r"://|www\.|\.(?:com|net|org|us|health|care)/",
    "colons": (
        r":[0-9a-f]{1,4}:[0-9a-f]{1,4}:|::|(?:-[0-9a-f]{2}){4}-|\.[0-9a-f]{4}\.[0-9a-f]|\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
    ),
    "birth": (
        "born|b[il1]rth|\\bb/d|\\bd(?:[./]?[o0][./]?| [o0] )b|b-?da(?:y|te)|\\bddn|f/n|geburts"
        "|dmg\\*|(?:gt1|nk1|in1)\\||nac|nasc|synty|\\b[un]a?r\\.|sz[u\u00dc\u00fc]l|sinh|geb|naiss"
        "|n[e\u00e9\u00c9](?:e|\\(e\\))? (?:le|(?:[a\u00e0\u00c0]|au|en) )|nat[oa] (?:il|ad?|in)\\b"
        "|urodz|f[o\u00f8\u00d8\u00f6\u00d6]e?d(?:s?els|t\\b|d\\b)|narozen"
        f"|do[g\u011e\u011f]um|lahir|na[s\u0218\u0219]terii|\\bpid\\||{other_scripts.BIRTH}"
    ),
    "aged": AGE_HINT,
    "born": "\u65e5\u751f",
    "degrees": "[0-9]\u00b0 ?(?:[0-9]{1,2}['\u2032]|[nsew])",
    "hardware": r"mac[^a-z]|mac ?addr|hwaddr",
    "plate": (
        "plate|licen[sc]e tag|kennz|immatric|matr[i\u00ed\u00cd]cula|targa|kenteken|placa|rego|tag\\.? ?(?:#|n[a-z])"
        "|(?:vehicle|veh|car)[ _]reg|[a-z],? tag\\b|\\breg(?:istration)?\\.? [nm]"
    ),
    "post": r"post(?:al)?[ _]?code|postleitz|code postal|digo postal|plz|zip|c\.p\.",
    "house": HOUSE_HINT,
    "town": TOWN_HINT,
    "dwelling": DWELLING_HINT,
    "postcode": POSTCODE_HINT,
    "abroad": "|".join(BEGINNINGS_ABROAD),
    "masked": "[x*#]-?[x*#]-?[ -]?[0-9]{4}",
    "social": "end(?:ing|s)[^0-9]*[0-9]{4}|[0-9]{4}[^0-9]*(?:n0[^0-9]*)?end(?:ing|s)|last ?(?:4|four)",
    "state": rf"\b(?:{STATES}|{STATE_NAMES})[, ^*]{{1,2}}[0-9]{{5}}|, ?(?:{STATE_NAMES})\b",
    "street": rf"\b{STREET}\.?,?[ \n]",
}
"""An expression by hint that every text with a value of such a kind matches. Most texts match none, which makes scans
fast.
"""
WITHOUT_DIGITS = frozenset({"at", "spelled", "web", "colons"})
"""The hints of kinds whose values may have no digit."""
_ALONE = HINTS | {
    "odd": ODD,
    "mixed": "[a-z]{2}[0-9]{2}(?:(?: ?[a-z0-9]){8}|-[a-z0-9]{4}-)|x[a-z]{4}[0-9]{4}",
    "typed": r"\^[^|~^\r\n]*\^",
    "state": rf", ?(?:{STATE_NAMES})\b",
    "postcode": POSTCODE_ALONE_HINT,
}
"""What is looked for beside `number`, without what has one."""
_TOGETHER = (
    (*sorted(WITHOUT_DIGITS), "odd"),
    (*sorted(WITHOUT_DIGITS), "odd", "typed", "degrees", "born", "masked", "hardware", "number", "mixed", "state"),
    ("birth", "plate", "post", "aged", "house", "postcode", "abroad"),
    ("social", "town", "dwelling"),
)
ANY_HINT = tuple(f"(?i){'|'.join(_ALONE[name] for name in names)}" for names in _TOGETHER)
"""Expressions of which a text with any value matches one: without any digit the first, else one of the others. As a
single one, RE2 takes ten times as long: it has not enough memory for all of its states. What is in a `street`, and
what is `long`, in `groups` or with a `trunk`, has a `number`.
"""


def hint_sql(value: str) -> str:
    """Whether a text matches any hint, as a duckdb condition."""
    without_digit, *others = (f"regexp_matches({value}, {literal(pattern)})" for pattern in ANY_HINT)
    return f"case when regexp_matches({value}, '[0-9]') then {' or '.join(others)} else {without_digit} end"
