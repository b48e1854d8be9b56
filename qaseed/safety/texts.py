"""What free text must not contain: one expression for all identifiers that have a shape, for RE2 and Python."""

from __future__ import annotations

_SHAPES = (
    r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}",  # e-mail
    r"\b[0-9]{3}[-. ][0-9]{2}[-. ][0-9]{4}\b",  # social security number, dashed
    r"\(?\b[0-9]{3}\)?[-. ][0-9]{3}[-. ][0-9]{4}\b",  # phone
    r"\b[0-9]{9,19}\b",  # account, card, NPI, undashed numbers
    r"\b[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{2,4}\b",  # absolute date
    r"\b[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[A-Z]{2}[0-9]{2}\b",
    # MBI
    r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b",  # IP address
    r"https?://",  # URL
)
UNSAFE_TEXT = "|".join(_SHAPES)
