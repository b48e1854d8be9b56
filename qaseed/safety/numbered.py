"""Numbers without a shape or check digit of their own: they count only beside a word that names them."""

from __future__ import annotations

from qaseed.safety.matching import Kind

NO = r"\.?(?:[ _]?(?:no|number|num|nbr|id|identifier)\b| ?#)"
"""What says that the word before it has a number."""
_RECORD = (
    r"e?mrn|empi|medical[ _]record|med\.? ?rec"
    rf"|(?:patient|pt|chart|hospital|unit|med(?:ical)?\.?[ _]?rec(?:ord)?s?|mr|file){NO}"
)
_PLAN = (
    "(?:member|subscriber|policy|beneficiary|medicaid|medicare|insur(?:ance|ed)|coverage)"
    rf"(?:[ _]card)?{NO}|(?:group|plan){NO.replace('[ _]', ' ')}|hicn"
)
_ACCOUNT = rf"(?:account|acct|a/c){NO}|(?:bank|checking|savings|deposit) (?:account|acct)"
# what makes a number a quantity
UNIT = r"(?: ?(?:mg|ml|mcg|kg|units?|iu|files?|bytes|entries|rows|records|times|items|[kmg]b)\b)?"
# a number with letters and groups: at least five digits, and no date
_GROUPED = r"[A-Z]{0,4}[-./]?[0-9][0-9A-Z]{0,16}(?:[-./][0-9A-Z]{1,12}){0,4}"
_SPACED = r"[0-9]{3,5}(?: [0-9]{3,5}){1,3}|[A-Z]{2,4} [0-9]{3,5}(?: [A-Z]? ?[0-9]{3,6}){1,3}"
_FIVE_DIGITS = "(?:[^0-9]*[0-9]){5,18}[^0-9]*"
_IS_DATE = "(?:19|20)[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9].*|[0-3]?[0-9][-./][0-3]?[0-9][-./](?:19|20)[0-9]{2}"

NUMBERED = (
    Kind(
        "licence",
        "K",
        "[A-Z]{0,3}[0-9](?:[-.]?[0-9A-Z]){4,17}|[0-9]{3} [0-9]{3} [0-9]{3}|[A-Z9]{5}[0-9]{6}[A-Z0-9]{5}",
        strip="[-. ]",
        valid="(?:[A-Z]*[0-9]){5}.*",
        context=(
            r"driver.?s?.?[ _]lic(?:en[sc]e)?\.?|driving licen[sc]e|drivers|\bdl|dln|(?:state|photo) id"
            r"|(?:medical|nurs(?:e|ing)|pharmac(?:y|ist)|professional|operator'?s?|physician|therapist|state)"
            r" lic(?:en[sc]e)?\.?"
            rf"|licen[sc]e{NO}"
        ),
        lettered=True,
        after=rf"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}",
    ),
    Kind(
        "passport",
        "K",
        "[A-Z]{0,2}[0-9]{6,9}|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}",
        context=(
            "passports?|travel document|residence permit|reisepass(?:nummer)?|passeport|pasaporte|passaporto|paspoort"
            "|pasaport"
        ),
        lettered=True,
        valid="(?:[^0-9]*[0-9]){5}.*",
    ),
    Kind(
        "record",
        "H",
        _GROUPED,
        context=_RECORD,
        lettered=True,
        valid=_FIVE_DIGITS,
        invalid=rf"Q[AC].*|{_IS_DATE}",
    ),
    Kind(
        "record",
        "H",
        _SPACED,
        context=_RECORD,
        lettered=True,
        valid=_FIVE_DIGITS,
        invalid=rf"Q[AC].*|{_IS_DATE}",
    ),
    Kind(
        "plan",
        "I",
        _GROUPED,
        valid=_FIVE_DIGITS,
        invalid=rf"QA.*|{_IS_DATE}",
        lettered=True,
        context=_PLAN,
    ),
    Kind(
        "plan",
        "I",
        _SPACED,
        valid=_FIVE_DIGITS,
        invalid=rf"QA.*|{_IS_DATE}",
        lettered=True,
        context=_PLAN,
    ),
    Kind(
        "plan",
        "I",
        "[A-Z]{1,3}[0-9]{2}-[0-9]{5,9}|[A-Z]{1,3}[0-9]{7,10}",
        context="subscriber|member|policy|beneficiary|insured",
        lettered=True,
        by_column=False,
        invalid="QA.*",
    ),
    Kind(
        "account",
        "J",
        _GROUPED,
        context=_ACCOUNT,
        lettered=True,
        valid=_FIVE_DIGITS,
        invalid=rf"QA.*|{_IS_DATE}",
    ),
    Kind(
        "account",
        "J",
        _SPACED,
        context=_ACCOUNT,
        lettered=True,
        valid=_FIVE_DIGITS,
        invalid=rf"QA.*|{_IS_DATE}",
    ),
    Kind(
        "account",
        "J",
        "[0-9]{8,17}",
        context="acct|checking|savings",
        lettered=True,
        by_column=False,
        invalid="(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])",
    ),
)
"""Licences, travel documents, and numbers of records, plans and accounts."""
