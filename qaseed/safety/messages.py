"""Values that messages name by place or code: fields of HL7 v2, elements of X12, identifiers of FHIR."""

from __future__ import annotations

_HL7 = {
    "ssn": "pid-19 gt1-12 in2-2 nk1-37",
    "dob": "pid-7 gt1-8 nk1-16 in1-18",
    "phone": "pid-13 pid-14 gt1-6 gt1-7 nk1-5 nk1-6 in1-7",
    "record": "pid-3 pid-2 pid-4 mrg-1 mrg-4",
    "plan": "in1-8 in1-36 in1-49 in2-8",
    "account": "pid-18 gt1-2 mrg-3 pv1-19",
    "licence": "pid-20",
    "address": "pid-11 gt1-5 nk1-4 in1-19",
}
"""Of a kind, the fields that hold it, as the standard numbers them."""
_X12 = {
    "ssn": r"ref\*sy nm1\*..\*1\*[^~\n]{0,120}\*34",
    "itin": r"ref\*(?:ei|tj) nm1\*..\*[12]\*[^~\n]{0,120}\*(?:24|fi) n1\*..\*[^~*\n]{0,60}\*(?:24|fi)",
    "record": r"ref\*ea",
    "plan": r"ref\*(?:1l|0f|ig|6p|1w) nm1\*..\*[^~\n]{0,120}\*(?:mi|ii)",
    "account": r"clm clp ref\*ej",
    "licence": r"ref\*0b",
    "case": r"ref\*(?:y4|1k|f8)",
    "dob": r"dmg\*d8",
    "phone": r"per\*[^~\n]{0,80}\*(?:te|hp|cp|wp|fx)",
}
"""Of a kind, the elements before it."""
_CODES = {"ssn": "ss", "record": "mrt?|pi|pt", "licence": "dl", "passport": "ppn", "plan": "mb", "case": "ei"}
"""Of a kind, its codes in table 0203 of HL7."""
TYPED = {**_CODES, "record": "mrt?|pi", "plan": "mb|mc|ma|mcr|mcd", "national": "ni|nn[a-z]{3}"}
"""Of a kind, its codes after a number in a field of HL7: `PID|1||447709^^^ST^MR~444215774^^^USSSA^SS`."""
_CODED = r'code" ?: ?"(?:{})"[^\[{{]{{0,240}}?"value" ?: ?"?'


def typed(kind: str, number: str) -> str:
    """A number of a kind in a field that says its type."""
    return rf"(?:{number})(?:\^[^|~^\r\n]{{0,40}}){{3}}\^(?:{TYPED[kind]})"


def _field(place: str) -> str:
    """What is before a field of a segment."""
    segment, _, number = place.partition("-")
    return rf"{segment}\|(?:[^|\r\n]*\|){{{int(number) - 1}}}"


def places(kind: str) -> str:
    """An expression for what is before the values of a kind in messages."""
    terms = [_field(place) for place in _HL7.get(kind, "").split()]
    terms += [rf"{element}\*" for element in _X12.get(kind, "").split()]
    terms += [_CODED.format(_CODES[kind])] if kind in _CODES else []
    return "|".join(terms)
