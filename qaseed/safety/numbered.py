"""Numbers without a shape or check digit of their own: they count only beside a word that names them."""

from __future__ import annotations

from qaseed.safety import other_scripts
from qaseed.safety.matching import Kind

_A, _E, _I, _O, _U = (
    "[" + letters + "]"
    for letters in ("a\u00c1\u00e1", "e\u00c9\u00e9", "i\u00cd\u00ed", "o\u00d3\u00f3", "u\u00da\u00fa")
)
_UE, _DEGREE = "[\u00fc\u00dc]", "[\u00b0\u00ba]"

NO = rf"\.?(?:[ _-]?(?:no|nr|number|num|nbr|id|identifier)\b| ?#| ?n{_DEGREE})"
"""What says that the word before it has a number."""
_RECORD = (
    rf"e?mrn|empi|uhid|medical[ _]?record|med\.? ?rec|nhc|historia cl{_I}nica|prontu{_A}rio"
    rf"|(?:fall|patienten|pat\.)-?(?:nummer|nr)|(?:numer|nr) historii choroby"
    rf"|n{_DEGREE} (?:de )?dossier|dossier (?:du )?(?:patient|m{_E}dical)"
    rf"|(?:patient|pt|chart|hosp(?:ital)?|unit|med(?:ical)?\.?[ _]?rec(?:ord)?s?|mr|emr|ehr|ur|file){NO}"
    f"|{other_scripts.RECORD}"
)
_PLAN = (
    "(?:member|subscriber|policy|beneficiary|enrollee|medicaid|medicare|insur(?:ance|ed)(?:'s)?|coverage)"
    rf"(?:[ _]card| recipient)?{NO}|(?:kranken)?versicherten-?(?:nummer|nr|id)|health card{NO}|hrn"
    rf"|n{_DEGREE} (?:d')?adh{_E}rente?|n{_DEGREE} (?:de )?afiliado"
    rf"|nm1\*il\*[^~\n]{{0,80}}\*mi|num{_E}ro d'(?:adh{_E}rent|assur{_E})"
    rf"|afiliado{NO}|(?:group|plan){NO.replace('[ _-]', ' ')}|hicn"
    f"|{other_scripts.PLAN}"
)
_ACCOUNT = (
    rf"(?:account|acct|a/c|acc){NO}|bsb:? ?[0-9]{{3}}[- ]?[0-9]{{3}},? acct?"
    r"|cuenta bancaria|(?:bank|checking|savings|deposit|guarantor|patient) (?:account|acct)"
    rf"|konto-?(?:nummer|nr)|n(?:o|um{_E}ro|{_DEGREE}) de compte|n{_U}mero de cuenta|rekeningnummer"
    f"|{other_scripts.ACCOUNT}"
)
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
            rf"driver.?s?.?[ _]?lic(?:en[sc]e)?\.?|drv\.? ?lic|driving licen[sc]e"
            rf"|f(?:{_UE}|ue?)hrerschein(?:nummer|nr)?"
            rf"|permis de conduire|licencia de conduc(?:ir|ci{_O}n)|patente di guida|rijbewijs|prawo jazdy"
            r"|drivers|\b(?:dl|cdl)|dln|(?:state|photo) id"
            r"|(?:medical|nurs(?:e|ing)|pharmac(?:y|ist)|professional|operator'?s?|physician|therapist|state)"
            r" lic(?:en[sc]e)?\.?"
            rf"|lic(?:en[sc]e)?{NO}|(?:gmc|nmc|ahpra){NO}"
            f"|{other_scripts.LICENCE}"
        ),
        lettered=True,
        after=rf"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}",
    ),
    Kind(
        "passport",
        "K",
        "[A-Z]{0,3}[0-9]{6,9}|[0-9]{2} ?[0-9]{2} [0-9]{6}|[0-9]{2}[A-Z]{2}[0-9]{5}"
        "|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}",
        context=(
            "passports?|travel doc(?:ument|\\.)?|residence permit"
            "|reisepass(?:nummer)?|passeport|pasaporte|passaporto|paspoort"
            "|pasaport"
            f"|{other_scripts.PASSPORT}"
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
"""Licenses, travel documents, and numbers of records, plans and accounts."""
