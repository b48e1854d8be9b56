"""Detection of PHI on labeled texts; prints texts, seconds, recall and precision as JSON.

detect.py TESTS presidio|python|duckdb TEXTS_PER_KIND COPIES
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable

sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")

from support.labeled_texts import texts  # noqa: E402  # the folder of tests is an argument

RECOGNIZERS = {
    "ssn": "UsSsnRecognizer",
    "itin": "UsItinRecognizer",
    "phone": "PhoneRecognizer",
    "email": "EmailRecognizer",
    "card": "CreditCardRecognizer",
    "npi": "UsNpiRecognizer",
    "mbi": "UsMbiRecognizer",
    "dea": "MedicalLicenseRecognizer",
    "aba": "AbaRoutingRecognizer",
    "iban": "IbanRecognizer",
    "ip": "IpRecognizer",
    "mac": "MacAddressRecognizer",
    "url": "UrlRecognizer",
}
RIVAL, COPIES = sys.argv[2], int(sys.argv[4])
TEXTS = list(texts(int(sys.argv[3])))


def by_presidio() -> tuple[list[str], Callable[[str], set[str]]]:
    """The kinds that Presidio lacks, and its kinds of a text."""
    from presidio_analyzer import predefined_recognizers as known

    recognizers = {kind: getattr(known, name)() for kind, name in RECOGNIZERS.items() if hasattr(known, name)}

    def kinds_of(text: str) -> set[str]:
        return {kind for kind, one in recognizers.items() if one.analyze(text, one.supported_entities, None)}

    return sorted({text.kind for text in TEXTS if text.kind} - set(recognizers)), kinds_of


def by_python() -> tuple[list[str], Callable[[str], set[str]]]:
    from qaseed.safety.detection import name_context

    return [], lambda text: set(name_context("").kinds_of(text))


def measure_duckdb() -> None:
    import duckdb

    from qaseed.scanning.counting import Counts
    from qaseed.scanning.queries import Field

    memory, counts = duckdb.connect(), Counts()
    rows = [[text.text for text in TEXTS], COPIES]
    memory.execute("create table t as select unnest(?::varchar[]) as v from range(?)", rows)
    started = time.perf_counter()
    counts.add(memory, "t", [Field("text", "v")])
    print(json.dumps({"texts": len(TEXTS) * COPIES, "seconds": time.perf_counter() - started}))


def measure(lacking: list[str], kinds_of: Callable[[str], set[str]]) -> None:
    for text in TEXTS[::20]:
        kinds_of(text.text)  # loads what is loaded at first use
    started = time.perf_counter()
    found = [kinds_of(text.text) for text in TEXTS]
    seconds = time.perf_counter() - started
    searched = [(text.kind, kinds) for text, kinds in zip(TEXTS, found, strict=True) if text.kind not in lacking]
    labeled = [(kind, kinds) for kind, kinds in searched if kind]
    print(
        json.dumps(
            {
                "texts": len(TEXTS),
                "seconds": seconds,
                "lacking": lacking,
                "recall": sum(kind in kinds for kind, kinds in labeled) / len(labeled),
                "precision": sum(bool(kinds) for _, kinds in labeled) / sum(bool(kinds) for _, kinds in searched),
            }
        )
    )


if RIVAL == "duckdb":
    measure_duckdb()
else:
    measure(*(by_presidio() if RIVAL == "presidio" else by_python()))
