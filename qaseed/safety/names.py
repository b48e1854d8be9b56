"""Names of fields, classified by their words: direct identifiers, and identifiers that have a safe form.

One declaration: the phrases of each class, the words that say whose or in which form (set aside), and the words that
make of a name something *about* an identifier. A name is never searched for sub-strings, so `progressNotes` is no
finding.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qaseed.safety.spelling import ABBREVIATIONS, broken, segments_of

Outcome = Literal["reject", "managed", "meta", "ok"]

CLASSES = {
    "A": "name",
    "B": "address",
    "C": "date",
    "D": "phone number",
    "E": "fax number",
    "F": "e-mail address",
    "G": "social security or tax number",
    "H": "medical record number",
    "I": "health plan number",
    "J": "bank or card number",
    "K": "licence or travel document",
    "L": "vehicle",
    "M": "device",
    "N": "web address",
    "O": "IP address",
    "P": "biometric",
    "Q": "photo",
    "R": "other unique number",
    "-": "secret",
}
"""The Safe Harbor classes of 45 CFR 164.514(b)(2)(i), and secrets, which are none of them."""

# `a/b_c` means the phrases `a c` and `b c`

REJECT = {
    "G": """ssn ss_number social_security social_number social_insurance/code national_insurance itin atin aadhaar
            aadhar personnummer tax_id/identifier/identification/number/payer
            taxpayer_id/identifier/identification/number federal/fed/state_tax_id
            national_id/identifier/identification nhs/sin_number ref_sy""",
    "K": """driver/drivers/driving/operator/operators/chauffeur_license license_number license_last
            certificate/certification_number
            medical/state/nursing/professional/pharmacy/pharmacist/physician/nurse/prescriber/provider/therapist_license
            dea_number federal_drug upin clia_number/id passport_number visa_number alien_number/registration
            uscis_number green_card military/dod/government/govt/gov/voter_id dod_identifier edipi voter_registration
            state_issued_id state_id_number/card id_card_number controlled_substance_license/registration/number""",
    "L": """vehicle_identifier/identification/registration/plate/vin license_plate number_plate plate_number""",
    "P": """voiceprint voice_print palm_print palmprint faceprint face_print
            face/facial_template/embedding/encoding/geometry
            iris/retina/retinal/fingerprint/finger/thumb/palm/biometric_scan/template/code/print thumbprint
            dna_profile/sequence/sample""",
    "Q": """headshot mugshot mug_shot selfie profile/face/facial/full_picture/photo/image/face/photograph""",
    "J": """bank/checking/savings/ach/check_account bank/check/ach/aba_routing routing_number/transit iban sort_code
            pan_number credit/debit/payment_card_number card_number/cvv/cvc/security/pin/last
            cc_number/expiry/cvv/last cvv card_expiry card_expiry_date cc_expiry_date""",
    "I": """hicn hic_number medicare/medicaid_number/id/identifier/hic/mbi medicare_beneficiary
            medicaid_recipient_id/number health_insurance_claim_number""",
    "M": """device_serial/id/identifier/uuid/uid/udi unique_device serial_number udi imei imsi meid udid idfa gaid
            android/advertising_id implant_serial mac_address iccid""",
    "A": """real/actual/true/live/prod_name real/actual/true/live/prod_first/last/full_name
            real/actual/true/live/prod_email/phone/address/dob""",
}  # fmt: skip
"""Phrases that make a name that of a direct identifier, whatever other words it has."""

SOFT = {
    "G": "ss tin nino curp cpf pesel federal_tax fed_tax",
    "K": "passport drivers dl dln cdl dea clia",
    "L": "vin plate",
    "P": "biometric fingerprint retina iris dna genome",
    "Q": "photo photograph portrait",
    "J": "routing swift bic aba ach cvc credit_card debit_card",
    "I": "mbi",
    "-": "password passwd pwd passphrase api_key private_key pin otp_secret session_token",
}
"""Phrases with other meanings: they count only if all other words of the name say whose, or in which form."""

WITH_OWNER = {"K": "license", "Q": "picture"}
"""Phrases that count only beside a word for a person, and without other words."""

WHOLE = {
    "G": "pid_19 gt_1_12 in_2_2 nk_1_37",
    "K": "state_id a_number pid_20",
}
"""Phrases that count only as the whole name, but for numbers after them."""

MANAGED = {
    "A": """first/given/last/family/middle/maiden/full/preferred/legal/birth_name fname lname mname surname nickname
            firstname lastname forename initials""",
    "B": """address addr street city town county precinct zip zipcode postal_code postcode latitude longitude lat lon
            lng geocode coordinates coordinate census_tract fips birthplace birth_place place_of_birth""",
    "C": """dob birth_date birthdate birthday date_of_birth born death_date deathdate date_of_death dod
            admission/admit/discharge_date dos age birth_datetime birth_time""",
    "D": "phone telephone tel cell mobile sms telecom pager voicemail contact_number whatsapp",
    "E": "fax",
    "F": "email e_mail mail direct_address",
    "H": "mrn medical_record chart_number record_number patient_number pubpid",
    "I": """member/subscriber/beneficiary/insurance/insured_id member/subscriber/policy/group_number health_plan hin""",
    "J": "account_number account_id invoice_number",
    "N": "url website portal_url web_site homepage",
    "O": "ip ip_address ip_addr ipv client_ip remote_addr",
    "R": "npi national_provider employee/customer/unique_id ein",
}
"""Phrases of identifiers that have a safe form: never refused by name, only by a value that is not in that form."""

_SHARED = frozenset("address age alias cell mail mobile ip tel lat lon town city county street born hin".split())
"""Managed words with other meanings: they count only beside owners, forms and each other."""

OWNERS = frozenset(
    """patient pt client member subscriber guarantor guardian parent mother mothers father fathers spouse spouses
            partner child insured employee emp provider user person contact emergency dependent beneficiary
            responsible party primary secondary tertiary home work cell legal current prior previous alt my the us
            state federal govt new old last first bene benef subscr kin nok next husband wife applicant candidate
            caregiver carer doctor physician physn practitioner prov prescriber clinician therapist counselor staff
            nurse customer cust holder policyholder cardholder billing individual resident donor recipient newborn
            relative mom dad sibling mailing residential permanent temporary business curr rendering referring
            attending ordering supervising operating rfr prf facility clinic practice pharmacist demographic
            demographics admin owner personal profile""".split()
)
_PEOPLE = OWNERS - frozenset(
    """primary secondary tertiary home work cell current prior previous alt my the new old last first next party
            business mailing permanent temporary billing contact operating owner admin state federal govt us facility
            clinic""".split()
)
FORMS = frozenset(
    """number id identifier identification code value val text txt str string field fld column col digits digit last
            four full raw encrypted enc encr plain plaintext ciphertext cipher masked unmasked hashed hash hmac md sha
            salted digest token tokenized scrambled formatted info data original orig input entered attr attribute one
            two of s""".split()
)
_CARRIERS = frozenset(
    "image img url uri path file filename scan pdf blob base binary bytes jpeg jpg png thumb thumbnail copy".split()
)
META_AFTER = frozenset(
    """required flag enabled disabled verified unverified validated consent type kind format label mask regex pattern
            count counts status policy help placeholder template visible optional redacted supported allowed config
            setting settings reminder country class date year month at on by expiry issuer issuing issued authority
            state province error errors message hint length verification validation validator confirmed waived
            provided collected declined refused exists present missing reason category score level fee amount total
            title description section tab page permission permissions access audit changed reset updated expired
            indicator ind valid invalid schema option options choice rule rules match matched matches mismatch
            duplicate checked available desc yn""".split()
)
META_BEFORE = frozenset(
    """is has have needs requires require allow can should show hide validate check mask redact no without skip
            missing include exclude enable disable display accepts accept verify confirm collect use using num count
            total""".split()
)


@dataclass(frozen=True)
class Verdict:
    """Whether a field may have a name, and the Safe Harbor class that the name implies, if any."""

    outcome: Outcome
    letter: str = ""

    @property
    def label(self) -> str:
        """The class in words."""
        return CLASSES[self.letter]


def class_label(letter: str) -> str:
    """A class by letter and words, as findings show it; a secret has no letter."""
    return CLASSES[letter] if letter == "-" else f"{letter} {CLASSES[letter]}"


def _phrases(table: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    letters = {}
    for letter, phrases in table.items():
        for phrase in phrases.split():
            for words in itertools.product(*(part.split("/") for part in phrase.split("_"))):
                letters[tuple(ABBREVIATIONS.get(word, word) for word in words)] = letter
    return letters


_REJECT, _SOFT, _WITH_OWNER, _WHOLE, _MANAGED = map(_phrases, (REJECT, SOFT, WITH_OWNER, WHOLE, MANAGED))
_TABLES = (_REJECT, _SOFT, _WITH_OWNER, _WHOLE, _MANAGED)
_LONGEST = max(len(phrase) for table in _TABLES for phrase in table)
_SINGLES = frozenset(phrase[0] for phrase in _REJECT if len(phrase) == 1)
_NEUTRAL = OWNERS | FORMS
_VOCABULARY = frozenset(
    {word for table in _TABLES for phrase in table for word in phrase}
    | _NEUTRAL | _CARRIERS | META_AFTER | META_BEFORE | {"name", "alias"} | ABBREVIATIONS.keys()
)  # fmt: skip
_WEIGHT: Mapping[Outcome, int] = {"ok": 0, "meta": 1, "managed": 2, "reject": 3}


@lru_cache(maxsize=8192)
def classify(name: str) -> Verdict:
    """The class of a field's name by its words; of a path, by the whole or by its last part."""
    return max(
        (_classify_words(words) for words in segments_of(name)),
        key=lambda verdict: _WEIGHT[verdict.outcome],
        default=Verdict("ok"),
    )


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, also those that are written as one."""
    return [piece for words in segments_of(name)[:1] for word in words for piece in broken(word, _VOCABULARY)]


def _classify_words(written: Sequence[str]) -> Verdict:
    if "".join(written) in _SINGLES:  # sSN
        return Verdict("reject", _REJECT["".join(written),])
    raw = [piece for word in written for piece in broken(word, _VOCABULARY)]
    words = [ABBREVIATIONS.get(word, word) for word in raw]
    best = Verdict("ok")
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            verdict = _classify_phrase(raw, words, start, start + length)
            if verdict.outcome == "reject":
                return verdict
            if _WEIGHT[verdict.outcome] > _WEIGHT[best.outcome]:
                best = verdict
    return best


def _classify_phrase(raw: Sequence[str], words: Sequence[str], start: int, end: int) -> Verdict:
    """The class of one phrase within a name, by the words around it."""
    phrase, around = tuple(words[start:end]), {word for word in (*words[:start], *words[end:]) if not word.isdigit()}
    letter = _REJECT.get(phrase) or _qualified(phrase, around)
    outcome: Outcome = "reject"
    if not letter:
        letter, outcome = _managed(phrase, around), "managed"
    if not letter:
        return Verdict("ok")
    before = [word for word in raw[:start] if word not in OWNERS]
    about = not META_AFTER.isdisjoint((*raw[end:], *words[end:])) or (bool(before) and before[0] in META_BEFORE)
    return Verdict("meta" if about else outcome, letter)


def _qualified(phrase: tuple[str, ...], around: set[str]) -> str | None:
    """The class of a phrase that names an identifier only beside certain other words, if they are the others."""
    letter = _SOFT.get(phrase) or _WITH_OWNER.get(phrase) or _WHOLE.get(phrase)
    if not letter:
        return None
    forms = _NEUTRAL | _CARRIERS if letter in "KPQ" else _NEUTRAL
    if phrase in _SOFT:
        return letter if around <= forms | META_AFTER else None
    if phrase in _WITH_OWNER:
        return letter if around <= forms and around & _PEOPLE else None
    return letter if around <= FORMS else None


def _managed(phrase: tuple[str, ...], around: set[str]) -> str | None:
    if phrase in _MANAGED:
        shared = len(phrase) == 1 and phrase[0] in _SHARED
        return _MANAGED[phrase] if not shared or around <= _NEUTRAL | _SHARED | META_AFTER else None
    if phrase in (("name",), ("alias",)):
        return "A" if around <= _NEUTRAL else None
    return "A" if phrase in (("first",), ("last",), ("middle",), ("maiden",)) and not around else None
