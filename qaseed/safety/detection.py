"""Detection of protected health information: field names judged by their words, values by their shape.

A name is split into words (camelCase, digits, any separator, also words that stand together like `patientssn`), owners and
suffixes (`patient`, `number`) are set aside, and what is left is looked up. A name is never searched for sub-strings, so
`progressNotes` and `className` are no findings. Settings about an identifier (`ssn_required`) are none either.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from qaseed.errors import PHIError

DEEPEST = 64

_REJECT = {
    "social security or tax number": """ssn ssns ss_number ss_no ssnumber social_security social_sec soc_sec socsec social_number
        social_insurance itin atin tax_id taxid taxpayer_id federal_tax fed_tax national_id nino aadhaar personnummer tin ss""",
    "licence or travel document": """driver_license drivers_license driver_licence drivers_licence driver_lic drivers_lic drivers
        driving_licence driving_license dl dln cdl operator_license state_id dea federal_drug license_number lic_no medical_license
        certificate_number upin clia passport passports visa_number alien_number green_card military_id dod_id""",
    "vehicle": "vin vehicle_identifier vehicle_identification license_plate plate number_plate vehicle_registration",
    "biometric or photo": """biometric biometrics fingerprint voiceprint retina iris palm_print face_template face_embedding faceprint
        dna genome photo photograph headshot mugshot selfie portrait profile_picture face_image full_face""",
    "bank or card": """bank_account bank_acct routing routing_number aba iban swift bic credit_card debit_card card_number cc_num cvv
        cvc card_expiry checking_account ach""",
    "health plan number": "mbi hicn hic_number medicare_number medicare_id medicaid_number medicaid_id",
    "device": """device_serial device_id serial_number udi imei imsi meid udid idfa gaid android_id implant_serial mac_address""",
    "real identity": " ".join(
        f"{real}_{what}"
        for real in ("real", "actual", "true", "live", "prod")
        for what in ("name", "first_name", "last_name", "email", "phone", "address", "dob")
    ),
    "secret": "password api_key private_key otp_secret session_token",
}
_OWNERS = frozenset(
    """patient pt client member subscriber guarantor guardian parent mother mothers father fathers spouse spouses partner child insured
    employee emp provider user person contact emergency dependent beneficiary responsible party primary secondary tertiary home work
    cell legal current prior previous alt my the us federal govt new old last first""".split()
)
_SUFFIXES = frozenset(
    """number num nbr no nr id identifier code value val text txt str field digits last four full raw encrypted enc plain masked hashed
    hash sha token info data 1 2 3 4 5 6 7 8 9""".split()
)
_META_LAST = frozenset(
    """required flag enabled verified validated consent type kind format label mask regex pattern count status policy help placeholder
    template visible optional redacted supported allowed config setting settings reminder country class""".split()
)
_META_FIRST = frozenset(
    "is has have needs requires allow can should show hide validate check mask redact without skip missing".split()
)
_SOFT = frozenset(
    "photo plate routing iris dna dl tin vin swift bic aba dea genome portrait passport cdl retina ss drivers".split()
)
_KNOWN: dict[tuple[str, ...], str] = {
    tuple(phrase.split("_")): kind for kind, phrases in _REJECT.items() for phrase in phrases.split()
}
_LONGEST = max(len(phrase) for phrase in _KNOWN)
_VOCABULARY = frozenset(word for phrase in _KNOWN for word in phrase) | _OWNERS | _SUFFIXES

_VALUES = {
    "social security or tax number": re.compile(r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])"),
}
_SSN_CONTEXT = re.compile(r"(?i)(?:\bssn\b|social security|\bss#).{0,40}?(?<!\d)\d{9}(?!\d)")


def words_of(name: str) -> list[str]:
    """The words of a field name in lower case: camelCase, digits and any separator divide them."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff'\u2019]", "", text)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([A-Za-z])([0-9])|([0-9])([A-Za-z])", lambda found: " ".join(filter(None, found.groups())), text)
    return re.findall(r"[a-z0-9]+", text.lower())


@lru_cache(maxsize=4096)
def _broken(word: str) -> tuple[str, ...]:
    """A word that is several known words written together, as those (fewest, covering all of it); else the word itself."""
    if len(word) < 6 or word in _VOCABULARY:
        return (word,)
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, piece = best[start], word[start:end]
            if before is None or piece not in _VOCABULARY or len(piece) < 2:
                continue
            found = (*before, piece)
            if best[end] is None or len(found) < len(best[end] or ()):
                best[end] = found
    return best[len(word)] or (word,)


def reject_reason(name: str) -> str | None:
    """The class of identifier that a field of this name would hold and must not; None for any other name."""
    words = [piece for word in words_of(name) for piece in _broken(word)]
    if not words:
        return None
    if (words[-1] in _META_LAST or words[0] in _META_FIRST) and words[-2:] != ["face", "template"]:
        return None
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            phrase = tuple(words[start : start + length])
            kind = _KNOWN.get(phrase)
            rest = [*words[:start], *words[start + length :]]
            if kind and (phrase[0] not in _SOFT or length > 1 or all(word in _OWNERS | _SUFFIXES for word in rest)):
                return kind
    return None


def value_reason(value: str) -> str | None:
    """The class of identifier that a value looks like and must not be; None otherwise."""
    for kind, shape in _VALUES.items():
        if shape.search(value):
            return kind
    return "social security or tax number" if _SSN_CONTEXT.search(value) else None


def check_for_phi(fields: Any) -> None:
    """Refuse data with a field that is named like a direct identifier, or a value that looks like one.

    `fields` is a mapping, or anything nested of mappings, sequences, dataclasses, pydantic models and strings, at most
    64 deep. `PHIError`, which is a `ValueError`, names the field and the class, never the value.
    """
    for path, name, value in _walk(fields, "", 0, frozenset()):
        kind = reject_reason(name) if name else None
        if kind:
            raise PHIError(f"PHI field detected: {path!r} is named like a {kind}; rename it or leave it out")
        kind = value_reason(value) if isinstance(value, str) else None
        if kind:
            raise PHIError(f"PHI value detected: {path!r} holds what looks like a {kind}; replace it")


def _walk(node: Any, path: str, depth: int, above: frozenset[int]) -> Iterator[tuple[str, str, Any]]:
    """Every field below a node: its path, its own name, its value."""
    if depth > DEEPEST:
        raise PHIError(f"{path!r}: nested more than {DEEPEST} deep; it cannot be checked")
    if id(node) in above:
        return
    below = above | {id(node)}
    if isinstance(node, str):
        yield path, "", node
        return
    for name, value in _fields(node):
        at = f"{path}.{name}" if path else str(name)
        yield at, str(name), None
        yield from _walk(value, at, depth + 1, below)
    if isinstance(node, list | tuple | set | frozenset):
        for item in node:
            yield from _walk(item, path, depth + 1, below)


def _fields(node: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(node, Mapping):
        return node.items()
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        return [(item.name, getattr(node, item.name)) for item in dataclasses.fields(node)]
    dump = getattr(type(node), "model_fields", None)  # pydantic, without importing it
    if isinstance(dump, Mapping):
        return [(name, getattr(node, name)) for name in dump]
    columns = getattr(node, "columns", None) or getattr(node, "names", None)  # data frames, Arrow schemas: their names
    return [(name, None) for name in columns] if isinstance(columns, list) else []
