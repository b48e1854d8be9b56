"""Kinds of identifiers in values: how each is written, what proves it, and which values are reserved or for tests."""

from __future__ import annotations

from qaseed.safety import checks
from qaseed.safety import number_words as words
from qaseed.safety.cards import BRANDS, TEST_CARDS
from qaseed.safety.dates import AGED_DATE, BIRTH, DATE, FITS_AGE, FORM_OF_DATE, JAPANESE_DATE, MARKED_DATE, OF_WHOM
from qaseed.safety.hosts import (
    DOCUMENTATION,
    GOVERNMENT_PAGE,
    LABEL,
    LAST_LABEL,
    NO_EMAIL,
    PROFILE,
    RESERVED_HOST,
    SPELLED_EMAIL,
)
from qaseed.safety.matching import Kind
from qaseed.safety.messages import places, typed
from qaseed.safety.national import NATIONAL
from qaseed.safety.number_words import NO, ending
from qaseed.safety.numbered import NUMBERED
from qaseed.safety.phones import PHONES
from qaseed.safety.places import PLACES
from qaseed.safety.plates import PLATES

_PARTS = "part|p/n|serial|accession|sku|model|lot|batch|isbn|ndc|upc|clause|dfars|catalog|tracking"
"""Of the words that make a number that of something else, those with numbers grouped like social security numbers."""
_VERSION = "version|ver|v|release|rel|build|firmware|software|section|sec|chapter|rev|revision|oid|step|item"
_DASH = "[-\u2010-\u2015]"

# never issued: area 000 and 666, group 00, serial 0000 (Social Security Administration)
_NEVER_SSN = "000[0-9]{6}|666[0-9]{6}|[0-9]{3}00[0-9]{4}|[0-9]{5}0000"
_SAME = "|".join(f"{digit}{{9}}" for digit in range(1, 10))
# printed in advertisements and on sample cards; beside the word SSN they count all the same
_SAMPLE_SSN = "123456789|078051120|219099999|457555462"
_SSN = "|".join(f"[0-8][0-9]{{2}}{gap}[0-9]{{2}}{gap}[0-9]{{4}}" for gap in (_DASH, " ", r"\."))
_NINE = "[0-8][0-9]{2}-?[0-9]{2}-?[0-9]{4}"
_SSN_WORDS = (
    r"ssn|ssa (?:no|number)|ss\b(?: ?(?:#|no\b|num\b|number\b))?"
    rf"|social(?:[ _-]?security)?(?:[ _-]?(?:#|no\b|num\b|number\b))?|soc\.? ?sec|{places('ssn')}"
)
# the groups that the IRS assigns to taxpayer numbers
_ITIN_GROUP = "(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])"

# Medicare numbers leave out S, L, O, I, B and Z
_L, _X = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IP = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IN_NETWORK = "(?:/[0-9][-.0-9A-Za-z_]{0,60})?"
_NETWORK = r".*\.0/[0-9]{1,2}\.?"
"""A range of addresses (CIDR) is of nobody; an address of a host with the size of its network is one."""
IP_RESERVED = r"192\.0\.2\..*|198\.51\.100\..*|203\.0\.113\..*|127\..*|0\..*|255\..*|2(?:2[4-9]|3[0-9])\..*"
"""Addresses for documentation (RFC 5737), loopback, unspecified, broadcast, multicast."""
_HEX = "[0-9a-f]{1,4}"
_IBAN_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
"""Characters of an IBAN by country (SWIFT IBAN registry)."""
_IBAN = "|".join(
    f"(?:{codes.replace(' ', '|')})[0-9]{{2}}(?: ?[A-Z0-9]){{{length - 4}}}" for length, codes in _IBAN_LENGTHS.items()
)

_ITEM_B = "b\\..*20(?:1[5-9]|[2-9][0-9])"
"""The second item of a list: `a. 1/2/2020, b. 3/4/2021`."""
KINDS = (
    # numbers of persons
    Kind(
        "ssn",
        "G",
        hint="groups",
        shape=_SSN,
        negative_context=_PARTS,
        strip="[^0-9]",
        invalid=f"{_NEVER_SSN}|{_SAMPLE_SSN}|{_SAME}",
        before=r"(?:[0-9][-.]?|\b[A-Z]{1,2}|[$#])?",
        after="(?:[-.]?[0-9]|[A-Z])?",
    ),
    Kind("ssn", "G", "(?:[x*#]-?){2,7}[0-9]{4}", hint="masked", context=_SSN_WORDS, by_column=False),
    Kind("ssn", "G", hint="typed", shape=typed("ssn", _NINE), strip=r"-|\^.*", invalid=_NEVER_SSN),
    Kind("ssn", "G", hint="masked", shape=r"[x*#]{3}-?[x*#]{2}-?[0-9]{4}"),
    Kind("ssn", "G", "[0-9]{4}", hint="social", context=ending("ssn|social(?: security)?"), by_column=False),
    Kind("ssn", "G", f"(?:{_SSN}|[0-8][0-9]{{8}})-?[A-DMTW][0-9]?", context="hicn?|medicare", strip="[^0-9]"),
    Kind(
        "ssn",
        "G",
        (
            rf"[0-8][0-9]{{2}}{_DASH}?[0-9]{{2}}{_DASH}?[0-9]{{4}}|[0-8][0-9]{{2}} [0-9]{{2}} [0-9]{{4}}|{_SSN}"
            rf"|987-?65-?432[0-9]"
        ),
        context=_SSN_WORDS,
        strip="[^0-9]",
        invalid=_NEVER_SSN,
    ),
    Kind(
        "itin",
        "G",
        hint="groups",
        negative_context=_PARTS,
        shape=rf"9[0-9]{{2}}(?:{_DASH}{_ITIN_GROUP}{_DASH}| {_ITIN_GROUP} )[0-9]{{4}}",
        strip="[^0-9]",
        invalid="98765432[0-9]|9{9}",
    ),
    Kind("itin", "G", rf"9[0-9]{{2}}{_ITIN_GROUP}[0-9]{{4}}", context="itin|taxpayer(?: id)?|tax id|tin"),
    Kind(
        "itin",
        "G",
        "[0-9]{2}-?[0-9]{7}",
        context=rf"{places('itin')}|f?ein|e\.i\.n\.?|tin|taxpayer id|federal id"
        rf"|(?:employer|fed(?:eral)?\.?)(?: tax)?(?:{NO})"
        rf"|(?:federal )?tax[- ]?id(?:entification)?(?:{NO})?",
    ),
    # ways to reach a person
    *PHONES,
    Kind("email", "F", hint="spelled", shape=SPELLED_EMAIL, before="", after="[0-9_-]?"),
    Kind(
        "email",
        "F",
        hint="at",
        shape=rf"""[^\s@<>(),;:"'\[\]{{}}|]{{1,64}}@(?:(?:{LABEL}\.)+{LAST_LABEL}|\[{_IP}\])"""
        r"|[a-z][a-z._-]{0,30}[0-9]{1,6} @ ?[a-z0-9-]{2,40}\.(?:com|org|net|edu)",
        invalid=NO_EMAIL,
        before="",
        after="[0-9_-]?",
    ),
    # numbers with a check digit or a fixed form
    Kind(
        "card",
        "J",
        hint="long",
        shape=(
            r"[3-6][0-9]{3}(?:[- ][0-9]{4}){3}|2[2-7][0-9]{2}(?:[- ][0-9]{4}){3}|3[0-9]{3}[- ][0-9]{6}[- "
            r"][0-9]{4,5}|[3-6][0-9]{3}(?:\.[0-9]{4}){3}|9792[0-9]{12}|[2-6][0-9]{12,18}|1800[0-9]{11}"
        ),
        negative_context=words.OTHER,
        strip="[-. ]",
        valid=BRANDS,
        invalid="|".join(TEST_CARDS),
        check=checks.LUHN,
    ),
    Kind(
        "card",
        "J",
        hint="long",
        shape="[3-6][0-9]{14,15}[-/ ][0-9]{3,4}",
        strip="[-/ ][0-9]{3,4}$",
        valid=BRANDS,
        invalid="|".join(TEST_CARDS),
        check=checks.LUHN,
    ),
    Kind("npi", "R", hint="long", shape="1[0-9]{9}", negative_context=words.OTHER, invalid="1{10}", check=checks.NPI),
    Kind(
        "npi",
        "R",
        "1[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{4}|1[0-9]{3}[- ][0-9]{3}[- ][0-9]{3}",
        strip="[- ]",
        context="npi|national provider",
        check=checks.NPI,
    ),
    Kind(
        "mbi",
        "I",
        hint="mixed",
        shape=f"[1-9]{_L}{_X}[0-9][- ]?{_L}{_X}[0-9][- ]?{_L}{_L}[0-9][0-9]",
        before="(?:[0-9][-.]?|[A-Za-z_$])?",
        after=r"(?:[-.]?[0-9A-Za-z_])?",
    ),
    Kind(
        "dea",
        "K",
        hint="mixed",
        negative_context=_PARTS,
        shape="[A-HJ-MPR-UX][A-Z9]-?[0-9]{7}",
        strip="-",
        check=checks.DEA,
        before="(?:[0-9][-.]?|[A-Za-z_$])?",
    ),
    *NUMBERED,
    # accounts with a check digit
    Kind(
        "aba",
        "J",
        "[0-9]{9}|[0-9]{4}-[0-9]{4}-[0-9]|[0-9]{3}[- ][0-9]{3}[- ][0-9]{3}",
        context="(?:routing|transit)(?:/transit)?(?: (?:no|number)\\b\\.?)? \\(9 digits\\)"
        "|routing|aba|rtn|rtg|transit|r/t|[ro]dfi",
        strip="[- ]",
        valid="(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}",
        check=checks.ABA,
    ),
    Kind(
        "iban",
        "J",
        hint="mixed",
        shape=_IBAN,
        strip=" ",
        valid=".{15,34}",
        invalid="..(?:00|01|99).*",
        check=checks.MOD97,
        cased=True,
    ),
    Kind(
        "iban",
        "J",
        hint="mixed",
        shape="[A-Z]{2}[0-9]{2}(?:-[A-Z0-9]{4}){2,7}(?:-[A-Z0-9]{1,3})?",
        strip="-",
        valid=".{15,34}",
        invalid="..(?:00|01|99).*",
        check=checks.MOD97,
        cased=True,
    ),
    Kind("iban", "J", _IBAN, context="iban", strip=" ", hint="mixed", invalid="..(?:00|01|99).*", check=checks.MOD97),
    # devices and addresses on the Internet
    Kind(
        "ip",
        "O",
        hint="colons",
        shape=_IP + _IN_NETWORK,
        negative_context=_VERSION,
        invalid=rf"{IP_RESERVED}|{_NETWORK}|[1-9]\.[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{1,2}}",
    ),
    Kind(
        "ip",
        "O",
        hint="colons",
        shape=_IP + _IN_NETWORK,
        context="ip|ip ?addr(?:ess)?|remote addr|gateway",
        invalid=f"{IP_RESERVED}|{_NETWORK}",
    ),
    Kind(
        "ip",
        "O",
        hint="colons",
        shape=(
            f"(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:){{2,6}}(?::{_HEX}){{1,5}}"
            f"|[0-9a-f]{{3,4}}::(?:{_HEX}:){{0,5}}{_HEX}|(?:{_HEX}:){{3,7}}:"
        ),
        invalid="2001:0?db8:.*|ffff:ffff:.*",
        before="(?:[0-9A-Za-z_:.-])?",
        after="(?:[0-9A-Za-z_:]|[.-][0-9])?",
    ),
    Kind(
        "mac",
        "M",
        hint="colons",
        shape="(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?:[0-9a-f]{2}-){5}[0-9a-f]{2}|[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}",
        strip="[-:.]",
        invalid="00005e0053..|0{12}|f{12}",
        before="(?:[0-9A-Za-z_:.-])?",
        after="(?:[-:.]?[0-9A-Za-z_])?",
    ),
    Kind(
        "mac",
        "M",
        shape="[0-9A-F]{12}",
        context="mac(?: ?addr(?:ess)?)?|hwaddr",
        hint="hardware",
        valid="(?:[A-F]*[0-9]){3}.*",
        invalid="00005E0053..|0{12}",
    ),
    Kind(
        "url",
        "N",
        hint="web",
        shape=r"""(?:https?|ftp)://[^\s"'<>|\\^`{}]+|www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s"'<>]*)?"""
        rf"|{PROFILE}",
        invalid=rf"(?:(?:https?|ftp)://)?(?:(?:[^/@]*@)?{RESERVED_HOST}|{GOVERNMENT_PAGE}|{DOCUMENTATION})",
        before="(?:[0-9A-Za-z_@.-])?",
        after="",
    ),
    Kind(
        "vin",
        "L",
        hint="mixed",
        shape="[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{4}[0-9]{4}",
        valid=".*[A-Z].*",
        check=checks.VIN,
        before="(?:[0-9A-Za-z_-])?",
    ),
    *PLATES,
    Kind("device", "M", "[0-9]{15}|[0-9]{2}-[0-9]{6}-[0-9]{6}-[0-9]", context="imei", strip="-", check=checks.LUHN),
    Kind(
        "device",
        "M",
        hint="long",
        shape=r"\(01\)[0-9]{14}(?:\(1[017]\)[0-9A-Z./-]{4,20}){0,3}\(21\)[0-9A-Z./-]{3,20}",
        before="",
        after="",
    ),
    # dates and places
    Kind("dob", "C", hint="born", shape=f"{JAPANESE_DATE}\u751f", before="[0-9]?", after=""),
    Kind("dob", "C", hint="aged", shape=AGED_DATE, check=FITS_AGE, before="", after="[0-9]?"),
    Kind("dob", "C", hint="aged", shape=MARKED_DATE, invalid=_ITEM_B, before="", after="[0-9]?"),
    Kind(
        "dob",
        "C",
        hint="birth",
        shape=DATE,
        context=f"(?:{BIRTH}){FORM_OF_DATE}|{OF_WHOM}",
        by_column=False,
        lettered=True,
        after="(?:[-.]?[0-9]|[A-SU-Z_]|T[A-Z_])?",
    ),
    *PLACES,
    *NATIONAL,
)
"""All kinds of identifiers; some have an entry for each way to write them."""

LABELS = {
    "ssn": "social security number",
    "itin": "taxpayer number",
    "national": "national identity or tax number",
    "health": "health number",
    "phone": "phone number",
    "email": "e-mail address",
    "card": "card number",
    "npi": "provider number (NPI)",
    "mbi": "Medicare number",
    "dea": "DEA number",
    "licence": "license number",
    "passport": "passport number",
    "record": "medical record number",
    "plan": "health plan number",
    "account": "account number",
    "aba": "bank routing number",
    "iban": "bank account (IBAN)",
    "ip": "IP address",
    "mac": "device address (MAC)",
    "url": "web address",
    "vin": "vehicle number (VIN)",
    "dob": "date of birth",
    "address": "street address",
    "zip": "ZIP code",
    "plate": "license plate",
    "device": "device serial number",
    "coordinates": "position in coordinates",
    "case": "case or claim number",
    "number": "number of a person",
}
"""The name of each kind in messages."""
LETTERS = {kind.name: kind.letter for kind in KINDS} | {"number": "R"}
"""The Safe Harbor class of each kind."""
