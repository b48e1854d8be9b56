"""Kinds of identifiers that other detectors find in texts, and their CPU-seconds, as JSON.

peers.py presidio|scrubadub < TEXTS judges the first list of texts and measures each of the second list. It runs
in an environment of its own, which has no qaseed.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

PRESIDIO = {
    "US_SSN": "ssn", "US_ITIN": "itin", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "CREDIT_CARD": "card",
    "US_NPI": "npi", "US_MBI": "mbi", "MEDICAL_LICENSE": "dea licence", "ABA_ROUTING_NUMBER": "aba",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip", "MAC_ADDRESS": "mac", "URL": "url", "DATE_TIME": "dob", "US_PASSPORT": "passport",
    "UK_PASSPORT": "passport", "US_DRIVER_LICENSE": "licence", "US_BANK_NUMBER": "account",
}  # fmt: skip
SCRUBADUB = {
    "social_security_number": "ssn", "phone": "phone", "email": "email", "credit_card": "card", "url": "url",
    "date_of_birth": "dob", "drivers_licence": "licence", "postalcode": "zip",
    "national_insurance_number": "national", "tax_reference_number": "itin",
}  # fmt: skip


def presidio() -> Callable[[str], list[str]]:
    """Presidio's predefined recognizers with their context words; its model of English is an empty one."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine()
    engine.nlp = {"en": spacy.blank("en")}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine)

    def kinds_of(text: str) -> list[str]:
        entities = {result.entity_type for result in analyzer.analyze(text, language="en", score_threshold=0.3)}
        return [kind for entity in entities for kind in PRESIDIO.get(entity, "national").split()]

    return kinds_of


def scrubadub() -> Callable[[str], list[str]]:
    """Scrubadub's detectors that need no model."""
    from scrubadub import Scrubber

    scrubber = Scrubber(locale="en_US")
    return lambda text: [SCRUBADUB.get(filth.type, filth.type) for filth in scrubber.iter_filth(text)]


def main() -> None:
    kinds_of = {"presidio": presidio, "scrubadub": scrubadub}[sys.argv[1]]()
    texts, timed = json.load(sys.stdin)
    found = [kinds_of(text) for text in texts]  # loads what is loaded at first use
    seconds = []
    for some in timed:
        started = time.process_time()
        for text in some:
            kinds_of(text)
        seconds.append(time.process_time() - started)
    print(json.dumps({"found": found, "seconds": seconds}))


main()
