"""License plates: how countries write them, beside words that name a plate."""

from __future__ import annotations

from qaseed.safety import number_words as words
from qaseed.safety.matching import Kind
from qaseed.safety.numbered import UNIT

# by country: the United States and Canada, the United Kingdom, Germany, France and Italy, the Netherlands, Spain,
# Mercosur, Australia, India
_PLATE = (
    "(?:[A-Z]{2}[- ]?[0-9]{2}[- ]?[A-Z]{1,2}[- ]?[0-9]{4}|[A-Z]{2}[- ]?[0-9]{3}[- ]?[A-Z]{2}|[A-Z]{2}[0-9]{2} ?[A-Z]{3}"
    "|[A-Z]{3}[0-9][A-Z][0-9]{2}|[A-Z]{3}[0-9]{2}[A-Z]|[0-9]{2}-[A-Z]{2}-[0-9]{2}|[0-9]{1,3}[A-Z]{2,3}[0-9]{2,4}"
    "|[A-Z]{1,3}[- ][A-Z]{1,2} ?[0-9]{1,4}[EH]?|[A-Z]{2,3}[- ]?[0-9]{3,4}|[0-9]{3,4}-?[A-Z]{2,3}"
    "|[0-9]{4} [B-DF-HJ-NP-TV-Z]{3}|[A-Z][0-9]{6,7})\\b"
)
PLATES = (
    Kind(
        "plate",
        "L",
        shape=_PLATE,
        context=words.PLATE,
        hint="plate",
        lettered=True,
        after=f"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}",
    ),
    Kind(
        "plate",
        "L",
        shape="[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z]{2}[- ]?[0-9]{2}[- ]?[A-Z]{1,2}[- ]?[0-9]{4}",
        context=r"reg(?:istration)?\.? (?:no\.?|num(?:ber)?|mark)",
        hint="plate",
        lettered=True,
        by_column=False,
    ),
)
