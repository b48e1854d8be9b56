"""The kinds of values that may be somebody's: how each is written, what proves it, which of them are nobody's."""

from __future__ import annotations

from qaseed.safety import checks
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.matching import Kind
from qaseed.safety.normalizing import ODD

_OTHER = (
    "order|invoice|inv|ref|reference|po|claim|ticket|case|tracking|part|sku|model|lot|batch|isbn|ndc|upc|timestamp|epoch|ts|unix|receipt|"
    "confirmation|transaction|txn|job|build|commit|encounter|visit|accession|specimen"
)
"""Words right before a number that make it one of something else."""
_VERSION = "version|ver|v|release|rel|build|firmware|software|section|sec|chapter|rev|revision|oid|step|item"
_DASH = "[-\u2010-\u2015]"

_NEVER_SSN = "000[0-9]{6}|666[0-9]{6}|[0-9]{3}00[0-9]{4}|[0-9]{5}0000"
_SAME = "|".join(f"{digit}{{9}}" for digit in range(1, 10))
_SAMPLE_SSN = "123456789|078051120|219099999|457555462"
_SSN = "|".join(f"[0-8][0-9]{{2}}{gap}[0-9]{{2}}{gap}[0-9]{{4}}" for gap in (_DASH, " ", r"\."))
_SSN_WORDS = (
    r"ssn|ss\b(?: ?(?:#|no\b|num\b|number\b))?|social(?: security)?(?: ?(?:#|no\b|num\b|number\b))?|soc\.? ?sec"
)
_ITIN_GROUP = "(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])"

_AREA = "[2-9][0-9]{2}"
_PHONE_GAP = "[-. \u2010-\u2015]{1,3}"
_EXTENSION = r"(?: ?,? ?(?:x|ext\.?|extension)[ .:]?[0-9]{1,6})?"
_PHONE = (
    rf"(?:(?:\+|00)?1[-. ]{{0,3}})?(?:\({_AREA}\)[-. ]{{0,3}}|{_AREA}(?:{_PHONE_GAP}|/))[2-9][0-9]{{2}}{_PHONE_GAP}[0-9]{{4}}{_EXTENSION}"
    rf"|\({_AREA}\) ?[2-9][0-9]{{6}}{_EXTENSION}|\+1[2-9][0-9]{{9}}{_EXTENSION}"
    r"|\+[2-9][0-9]{0,2}(?:[-. ]?\(?[0-9]{1,4}\)?){2,6}"
)
_PHONE_WORDS = (
    r"phones?|telephone|tel|cell|mobile|fax|sms|pager|call|called|calls|text|texted|dial|ph|voicemail|contact"
)
_PHONE_SAFE = rf"(?:{PREDICATES['phone'].pattern})|\+[0-9]{{1,7}}|55501[0-9]{{2}}"

_BRANDS = (
    "4[0-9]{12}(?:[0-9]{3})?(?:[0-9]{3})?|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}"
    "|6(?:011|4[4-9][0-9]|5[0-9]{2}|2[0-9]{2})[0-9]{12,15}|3(?:0[0-5]|095|[689][0-9])[0-9]{11}|35[0-9]{14}|(?:1800|2131)[0-9]{11}"
    "|(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{8,15}"
)
_TEST_CARDS = (
    "4242424242424242 4111111111111111 4012888888881881 4000056655665556 4222222222222 5555555555554444 5105105105105100 2223003122003222 "
    "5200828282828210 378282246310005 371449635398431 6011111111111117 6011000990139424 6011981111111113 3056930009020004 30569309025904 "
    "38520000023237 3566002020360505 6200000000000005 6205500000000000004 4000000000000002 4000000000009995 4000002500003155 4000000000000077 "
    "4000000000000341 4000000000003220 5454545454545454 4917610000000000 4000000000000069 4000000000000127 4000000000000119"
).split()

_L, _X = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IP = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IP_NOBODY = r"192\.0\.2\..*|198\.51\.100\..*|203\.0\.113\..*|127\..*|0\..*|255\..*|2(?:2[4-9]|3[0-9])\..*"
_HEX = "[0-9a-f]{1,4}"
_LETTERS = "a-z\u00c0-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff"
_LABEL = f"[{_LETTERS}0-9_](?:[{_LETTERS}0-9_-]{{0,62}}[{_LETTERS}0-9_])?"
_LAST_LABEL = f"(?:xn--[a-z0-9-]{{2,59}}|[{_LETTERS}]{{2,24}})"
_NO_EMAIL = (
    rf"{PREDICATES['email'].pattern.removeprefix('(?i)')}"
    r"|(?:.*[/=&?])?(?:git|hg|svn)@.*"  # an account of a code host
    r"|.*@[0-9](?:\.[0-9])?x[.-].*"  # an image of double resolution
    r"|.*@v?[0-9]+\.[0-9]+[.-].*"  # a version of a package
    r"|[^@]*@[^@.]+\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|heic|tiff?|css|js|json|html?|tgz|gz|whl|jar|pdf|txt|csv|xml|woff2?|ttf)"
)
_HOST_CHARACTERS = "a-z0-9-"
_NOBODYS_HOST = (
    rf"(?:[{_HOST_CHARACTERS}]+\.)*(?:example\.(?:com|org|net)|[{_HOST_CHARACTERS}]+\.(?:example|test|invalid|localhost)|localhost"
    r"|hl7\.org|loinc\.org|snomed\.info|unitsofmeasure\.org|w3\.org|nucc\.org|ihe\.net|dicom\.nema\.org|nlm\.nih\.gov|ihtsdo\.org"
    r"|json-schema\.org|schema\.org|127\.0\.0\.1)(?::[0-9]+)?(?:[/?#,;.)].*)?"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"(?:19|20)[0-9]{{2}}[-/.][01]?[0-9][-/.][0-3]?[0-9]|[0-3]?[0-9][-/.][0-3]?[0-9][-/.](?:(?:19|20)[0-9]{{2}}|[0-9]{{2}})"
    rf"|{_MONTH} [0-3]?[0-9](?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}|[0-3]?[0-9](?:st|nd|rd|th)? {_MONTH},? (?:19|20)[0-9]{{2}}"
)
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Ter|Circle|Cir|Parkway|Pkwy|Highway|Hwy|"
    r"Trail|Trl|Square|Sq|Loop|Alley)"
)
_ADDRESS = (
    rf"[1-9][0-9]{{0,5}}(?: [NSEW]\.?)?(?: [A-Z0-9][A-Za-z0-9.']{{0,20}}){{1,4}}? {_STREET}\.?,?(?:[ \n](?:Apt|Unit|Suite|Ste|#)\.? ?[A-Za-z0-9-]{{1,6}},?)?"
    r"[ \n](?:[A-Z][A-Za-z.']{0,20}[ ,\n]{1,2}){1,5}[0-9]{5}(?:-[0-9]{4})?"
)

KINDS = (
    Kind("ssn", "G", hint="groups", shape=_SSN, strip="[^0-9]", bad=f"{_NEVER_SSN}|{_SAMPLE_SSN}|{_SAME}"),
    Kind("ssn", "G", rf"[0-8][0-9]{{2}}{_DASH}?[0-9]{{2}}{_DASH}?[0-9]{{4}}|[0-8][0-9]{{2}} [0-9]{{2}} [0-9]{{4}}|{_SSN}|987-?65-?432[0-9]",
         near=_SSN_WORDS, strip="[^0-9]", bad=_NEVER_SSN),
    Kind("itin", "G", hint="groups", shape=rf"9[0-9]{{2}}(?:{_DASH}{_ITIN_GROUP}{_DASH}| {_ITIN_GROUP} )[0-9]{{4}}", strip="[^0-9]", bad="98765432[0-9]|9{9}"),
    Kind("itin", "G", rf"9[0-9]{{2}}{_ITIN_GROUP}[0-9]{{4}}", near="itin|taxpayer(?: id)?|tax id|tin"),
    Kind("phone", "D", hint="groups", shape=_PHONE, against=_OTHER, strip="(?: ?,? ?(?:x|ext|extension)[ .:]*[0-9]+)?$|^00|[^0-9+x]", bad=_PHONE_SAFE,
         good=r"[+0-9]{10,16}"),
    Kind("phone", "D", rf"\+?1?{_AREA}[2-9][0-9]{{6}}|[2-9][0-9]{{2}}-[0-9]{{4}}|{_AREA}-[2-9][0-9]{{6}}", near=_PHONE_WORDS, lettered=True,
         strip="[^0-9+]", bad=_PHONE_SAFE),
    Kind("email", "F", hint="at", shape=rf"""[^\s@<>(),;:"'\[\]{{}}|]{{1,64}}@(?:{_LABEL}\.)+{_LAST_LABEL}""", bad=_NO_EMAIL, before="",
         after="[0-9_-]?"),
    Kind("card", "J", hint="long", shape=r"[3-6][0-9]{3}(?:[- ][0-9]{4}){3}|2[2-7][0-9]{2}(?:[- ][0-9]{4}){3}|3[0-9]{3}[- ][0-9]{6}[- ][0-9]{4,5}|[2-6][0-9]{12,18}|1800[0-9]{11}",
         against=_OTHER, strip="[- ]", good=_BRANDS, bad="|".join(_TEST_CARDS), check=checks.LUHN),
    Kind("npi", "R", hint="long", shape="1[0-9]{9}", against=_OTHER, bad="1{10}", check=checks.NPI),
    Kind("npi", "R", "1[0-9]{9}", near="npi|national provider", check=checks.NPI),
    Kind("mbi", "I", hint="mixed", shape=f"[1-9]{_L}{_X}[0-9]-?{_L}{_X}[0-9]-?{_L}{_L}[0-9][0-9]", after=r"(?:[-.]?[0-9A-Za-z_])?"),
    Kind("dea", "K", hint="mixed", shape="[A-HJ-MPR-UX][A-Z9][0-9]{7}", check=checks.DEA),
    Kind("licence", "K", "[A-Z]{0,3}[0-9](?:-?[0-9A-Z]){4,17}|[0-9]{3} [0-9]{3} [0-9]{3}", strip="[- ]", good="(?:[A-Z]*[0-9]){5}.*",
         near=r"driver.?s?.? licen[sc]e|driving licen[sc]e|drivers|\bdl|dln|licen[sc]e ?(?:no|number|num|id|#)", lettered=True),
    Kind("passport", "K", "[A-Z]{0,2}[0-9]{6,9}", near="passports?", lettered=True),
    Kind("record", "H", "[A-Z]{0,4}-?[0-9]{5,12}", near=r"mrn|medical record|chart ?(?:no|number|num|#)", lettered=True, bad="Q[AC].*"),
    Kind("plan", "I", "[A-Z]{0,4}-?[0-9]{6,13}[A-Z]?[0-9]?", bad="QA.*", lettered=True,
         near=r"(?:member|subscriber|policy|beneficiary|medicaid|medicare|insurance) ?(?:id|no|number|num|#)|hicn"),
    Kind("account", "J", "[0-9]{6,17}", near=r"(?:account|acct|bank account)\.? ?(?:no|number|num|#)|bank (?:account|acct)", lettered=True),
    Kind("aba", "J", "[0-9]{9}", near="routing|aba|rtn|transit", good="(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}", check=checks.ABA),
    Kind("iban", "J", hint="mixed", shape="[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", strip=" ", good=".{15,34}", bad="..(?:00|01|99).*",
         check=checks.MOD97, cased=True),
    Kind("ip", "O", hint="colons", shape=_IP, against=_VERSION, bad=rf"{_IP_NOBODY}|[1-9]\.[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{1,2}}"),
    Kind("ip", "O", hint="colons", shape=_IP, near="ip|ip ?addr(?:ess)?|remote addr|gateway", bad=_IP_NOBODY),
    Kind("ip", "O", hint="colons", shape=f"(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:){{2,6}}(?::{_HEX}){{1,5}}|[0-9a-f]{{3,4}}::(?:{_HEX}:){{0,5}}{_HEX}|(?:{_HEX}:){{3,7}}:",
         bad="2001:0?db8:.*", before="(?:[0-9A-Za-z_:.-])?", after="(?:[0-9A-Za-z_:]|[.-][0-9])?"),
    Kind("mac", "M", hint="colons", shape="(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?:[0-9a-f]{2}-){5}[0-9a-f]{2}|[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}", strip="[-:.]",
         bad="00005e0053..|0{12}|f{12}", before="(?:[0-9A-Za-z_:.-])?", after="(?:[-:.]?[0-9A-Za-z_])?"),
    Kind("url", "N", hint="web", shape=r"""(?:https?|ftp)://[^\s"'<>|\\^`{}]+|www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s"'<>]*)?""",
         bad=rf"(?:(?:https?|ftp)://)?(?:[^/@]*@)?{_NOBODYS_HOST}", before="(?:[0-9A-Za-z_@.-])?", after=""),
    Kind("vin", "L", hint="mixed", shape="[A-HJ-NPR-Z0-9]{17}", good=".*[A-Z].*", check=checks.VIN, before="(?:[0-9A-Za-z_-])?"),
    Kind("dob", "C", hint="birth", shape=_DATE, near=r"dob|d\.o\.b\.?|date of birth|birth ?date|born|birthday", headed=False, lettered=True),
    Kind("address", "B", hint="street", shape=_ADDRESS, bad=rf"(?:.|\n)* {PREDICATES['zip'].pattern}", cased=True),
    Kind("zip", "B", "[0-9]{5}(?:-[0-9]{4})?", near="zip|zip ?code|postal ?code|postcode", bad=PREDICATES["zip"].pattern),
)  # fmt: skip
"""All kinds, some of them in several ways to be written."""

LABELS = {
    "ssn": "social security number", "itin": "taxpayer number", "phone": "phone number", "email": "e-mail address", "card": "card number",
    "npi": "provider number (NPI)", "mbi": "Medicare number", "dea": "DEA number", "licence": "licence number", "passport": "passport number",
    "record": "medical record number", "plan": "health plan number", "account": "account number", "aba": "bank routing number",
    "iban": "bank account (IBAN)", "ip": "IP address", "mac": "device address (MAC)", "url": "web address", "vin": "vehicle number (VIN)",
    "dob": "date of birth", "address": "street address", "zip": "ZIP code",
}  # fmt: skip
"""What each kind is called."""
LETTERS = {kind.name: kind.letter for kind in KINDS}
"""The Safe Harbor class of each kind."""

_GROUPS = r"[0-9]{3}[^0-9A-Za-z]{1,3}[0-9]{2,3}[^0-9A-Za-z]{0,3}[0-9]{4}|\+[0-9]"
HINTS = {
    "number": rf"[0-9]{{5}}|[0-9]{{3}}-[0-9]{{4}}|[0-9]{{3}} [0-9]{{3}} [0-9]{{3}}|{_GROUPS}",
    "groups": _GROUPS,
    "long": "[0-9]{9}|[0-9]{4}[- ][0-9]{4}[- ]|[0-9]{4}[- ][0-9]{6}",
    "mixed": "[0-9][a-z][0-9a-z][0-9]-?[a-z][0-9a-z][0-9]-?[a-z]|[a-z][a-z9][0-9]{7}|[a-z]{2}[0-9]{2} ?[a-z0-9]{4} ?[a-z0-9]{4}|[a-z0-9]{17}",
    "at": "@",
    "web": r"://|www\.",
    "colons": r"(?:[0-9a-f]{1,4}:){3}|::|(?:[0-9a-f]{2}-){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.|(?:[0-9]{1,3}\.){3}[0-9]",
    "birth": r"born|birth|\bd\.?o\.?b",
    "street": rf"\b{_STREET}\.?,?[ \n]",
}
"""What every text with a value of a kind has, by the kind's hint; most texts have none of it."""
HINT = f"(?i){'|'.join(hint for name, hint in HINTS.items() if name != 'street')}|{ODD}"
_WORDS = "|".join(dict.fromkeys(kind.near for kind in KINDS if kind.is_told))
TOLD = rf"(?i)\b(?:{_WORDS})(?:[^A-Za-z]|$)"
"""The words beside which some numbers count."""
