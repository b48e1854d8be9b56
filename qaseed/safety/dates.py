"""How dates of birth are written: in any order, with months in eight languages, and the words before them."""

from __future__ import annotations

import re

from qaseed.safety import other_scripts
from qaseed.safety.checks import Check
from qaseed.safety.messages import places

# the first letters of the months in English, Spanish, French, German, Italian, Portuguese, Dutch and Polish
MONTH_BEGINNING = (
    "(?:jan|ene|gen|feb|f[e\u00e9\u00c9]v|fev|mar|m[a\u00e4\u00c4]r|maa|mrt|apr|abr|avr|may|mai|mag|maj|mei"
    "|jun|jui|giu|jul|lug|aug|ago"
    "|ao[u\u00fb\u00db]|sep|set|oct|okt|ott|out|nov|dec|dez|dic|d[e\u00e9\u00c9]c"
    "|sty|lut|kwi|cze|lip|sie|wrz|pa[z\u017a\u0179]|lis|gru)"
)
_MONTH = MONTH_BEGINNING + "[a-z\u00c0-\u00d6\u00d8-\u00de\u00df-\u00f6\u00f8-\u00ff\u015a\u015b\u0143\u0144]{0,9}\\.?"
_DAY, _YEAR, DATE_GAP = (
    "[0-3]?[0-9](?:st|nd|rd|th|\\.|\u00ba|er)?",
    "(?:19|20)[0-9]{2}",
    "(?:[-./, ]{1,2}|,? (?:of|de|del) )",
)
JAPANESE_DATE = (
    rf"(?:{_YEAR}|(?:\u660e\u6cbb|\u5927\u6b63|\u662d\u548c|\u5e73\u6210|\u4ee4\u548c) ?[0-9]{{1,2}})"
    "\u5e74 ?[01]?[0-9]\u6708 ?[0-3]?[0-9]\u65e5"
)
_PLAIN_DATE = (
    rf"{_YEAR}[-/.][01]?[0-9][-/.][0-3]?[0-9]|[0-3]?[0-9][-/. ][0-3]?[0-9][-/. ](?:{_YEAR}|[0-9]{{2}})"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-2][0-9][0-5][0-9])?"
    rf"|{_MONTH}{DATE_GAP}{_DAY}{DATE_GAP}{_YEAR}"
    rf"|{_DAY}{DATE_GAP}{_MONTH}{DATE_GAP}(?:{_YEAR}|[0-9]{{2}})|{_YEAR}{DATE_GAP}{_MONTH}{DATE_GAP}{_DAY}"
    rf"|[0-3]?[0-9] {{1,4}}[0-3]?[0-9] {{1,4}}{_YEAR}|(?:0?[1-9]|1[0-2])[/.-]{_YEAR}"
    f"|[0-3][0-9](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:{_YEAR}|[0-9]{{2}})"
    rf"|(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])){_YEAR}"
)
DATE = f"{_PLAIN_DATE}|{JAPANESE_DATE}|{_YEAR}\ub144 ?[01]?[0-9]\uc6d4 ?[0-3]?[0-9]\uc77c"
_IN_PLACE = (
    "(?:born in|nat[oa] (?:ad?|in)|nacid[oa] en|n[e\u00e9\u00c9](?:e|\\(e\\))? (?:[a\u00e0\u00c0]|au|en)|nascid[oa] em"
    "|geboren (?:in|te|zu)|urodzon[ya] w|narozen[ay\u00fd]? v) [^0-9\n,;]{2,40}?,?"
    " (?:on|il|l'|el|le|em|a|am|op|dnia|dne)"
)
BIRTH = (
    r"name ?/ ?dob:? ?[a-z'-]{2,20},? [a-z'-]{1,20}(?: [a-z]\.?)?"
    r"|dob|d[./][o0][./]b[./]?|d [o0] b|b/d|born (?:at )?[0-9]{1,2}:[0-9]{2}(?: ?[ap]m)? on|birth"
    r"|b-?date|date [o0]f b[il1]rth|birth[ _]?(?:time|dt)|date ?of ?birth|birth ?date|born|birthday"
    r"|b-?day|age ?/ ?dob:? ?[0-9]{1,3}(?: ?y[a-z/]{0,5})? ?[/,;-]|geboren"
    r"|geburts(?:datum|tag)|ddn|f/n|geb\.?[- ]?dat(?:um|\.)?|geb\."
    r"|date de naissance|nacimiento|nascimento|naissance|nascita"
    "|n[e\u00e9\u00c9](?:e|\\(e\\))? le|fecha de nacimiento|nacid[oa]|data di nascita|nat[oa] il|data de nascimento"
    "|geboortedatum"
    "|data urodzenia|urodzon[ya]|f[o\u00f8\u00d8]dselsdato|f[o\u00f6\u00d6]delsedatum"
    "|f[o\u00f8\u00d8]dt|f[o\u00f6\u00d6]dd"
    r"|(?:f\.?|fec\.?|fecha)(?: de)? ?nac(?:im(?:iento)?)?\.?|nascid[oa]|(?:data|dt\.?|d\.?)(?: de)? ?nasc\.?"
    rf"|{places('dob')}"
    f"|{_IN_PLACE}|{other_scripts.BIRTH}"
    "|syntynyt|syntym[a\u00c4\u00e4]aika|ur\\.|narozen[ay\u00fd]?|nar\\.|sz[u\u00dc\u00fc]l(?:etett"
    "|et[e\u00e9]si id[o\u0151])?\\.?|sinh(?: ng[a\u00c0\u00e0]y)?"
    "|ng[a\u00c0\u00e0]y sinh|tgl\\.? ?lahir|lahir"
    "|datum narozen[i\u00cd\u00ed]|do[g\u011e\u011f]um tarihi|tanggal lahir|data na[s\u0218\u0219]terii"
)
_WORD = "[a-z\u00c0-\u00d6\u00d8-\u00de\u00df-\u00f6\u00f8-\u00ff]{2,14}"
OF_WHOM = (
    "(?:dob|date of birth|birth ?date|birthday|b-?day|geburtsdatum|geburtstag|date de naissance|fecha de nacimiento"
    f"|data di nascita|data de nascimento|geboortedatum|data urodzenia)(?:,? {_WORD}){{1,4}}"
)
"""Words that name nothing but a date of birth, and up to four that say whose or where it is."""
FORM_OF_DATE = r"(?: ?[(\[](?:[dmy]{1,4}[-/. ]?){3}[)\]])?(?: ?/ ?(?:age|sex|gender|place|race))?"
"""What may follow them: how the date is written, and what else is in the same field of a form."""

_YEARS = r"[ -]?y(?:(?:ea)?rs?)?(?:[./ -]?o(?:ld|\.)?)?(?:(?:fe)?male|[fm])?"
_AGE = rf"(?:\b[0-9]{{1,3}}(?:{_YEARS}| ?[fm])\b|\baged?:? ?[0-9]{{1,3}}\b)\.?"
_SEX = r"\(?(?:(?:fe)?male|(?:wo)?man|f|m)\b\)?"
_SIGN = r"[ ,;/(-]{1,3}"
AGED_DATE = rf"{_AGE}(?:[ ,/-]{{0,2}}{_SEX})?{_SIGN}(?:{_PLAIN_DATE})|(?:{_PLAIN_DATE}){_SIGN}(?:{_SEX}{_SIGN})?{_AGE}"
"""A date beside an age, in any order: it is a birth if that makes somebody as old as that."""
AGE_HINT = (
    rf"(?:[0-9][ -]?y[a-z./ -]{{0,12}}|[0-9] ?[fm]|\baged?:? ?[0-9]{{1,3}})\.?(?:[ ,/-]{{0,2}}{_SEX})?{_SIGN}"
    rf"(?:{_SEX}{_SIGN})?(?:[0-9]|{MONTH_BEGINNING})"
    r"|(?:\((?:b\.|\*)|, ?\*|\bb\.) ?[0-9a-z]"
    rf"|[0-9][^0-9 ]{{0,2}}{_SIGN}(?:{_SEX}{_SIGN})?(?:[0-9]{{1,3}}[ -]?[yfm]|age)"
)
_AGES = (r"\b([0-9]{1,3})[ -]?y", r"aged?:? ?([0-9]{1,3})", r"\b([0-9]{1,3}) ?[fm]\b")
_YEAR_OF_BIRTH = f"({_YEAR})"
_SHORT_YEAR = "[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{2})"
_SOONEST, _LATEST = 1995, 2030
_SOONEST_OF_CENTURY = 15
"""Of a short year the century is unknown: of the very old, the day of a visit would make a birth."""


def _fits(text: str) -> bool:
    age = next(int(match[1]) for pattern in _AGES if (match := re.search(pattern, text, re.IGNORECASE)))
    if year := re.search(_YEAR_OF_BIRTH, text):
        return _SOONEST <= int(year[1]) + age <= _LATEST
    year = re.search(_SHORT_YEAR, text)
    return year is not None and _SOONEST_OF_CENTURY <= (int(year[1]) + age) % 100 <= _LATEST % 100


_AGE_SQL = "coalesce(" + ", ".join(f"nullif(regexp_extract({{x}}, '(?i){pattern}', 1), '')" for pattern in _AGES) + ")"
_YEAR_SQL, _SHORT_SQL = (
    f"try_cast(regexp_extract({{x}}, '{year}', 1) as int)" for year in (_YEAR_OF_BIRTH, _SHORT_YEAR)
)
FITS_AGE = Check(
    _fits,
    f"coalesce({_YEAR_SQL} + {_AGE_SQL}::int between {_SOONEST} and {_LATEST},"
    f" ({_SHORT_SQL} + {_AGE_SQL}::int) % 100 between {_SOONEST_OF_CENTURY} and {_LATEST % 100}, false)",
)
"""Whether somebody born in the year of a date is or was as old as the age beside it, when such notes are written."""
MARKED_DATE = rf"(?:\((?:b\.|\*)|, ?\*|\bb\.) ?(?:{_PLAIN_DATE})"
"""A birth that only a sign says: `(b. 1961-03-15)`."""
