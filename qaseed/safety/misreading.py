"""What a machine read wrongly from paper: words with digits (`REC0RD`, `PATlENT`, `lD`, `Acc0unt`), and numbers with
letters (`1O/21/49`).
"""

from __future__ import annotations

import re
import string

_MASK = bytes.maketrans(string.ascii_uppercase.encode() + b"01l", b"A" * 26 + b"000")
_WORD = re.compile("(?<![A-Za-z0-9])(?=[0-9l]?[A-Z]+[01l][A-Z]|[01l][A-Z]{2})[A-Z01l]{3,}(?![A-Za-z0-9])")
_LETTERS = str.maketrans("01l", "OII")
# these begin with a character that `re` finds fast
_MAY_BE_SMALL, _MAY_BE_ID = re.compile("0(?<=[a-z]0)0?[a-z]"), re.compile(r"D(?:(?<=[l1]D)|(?<=[l1]\.D))")
_ONE = re.compile("(?<=[0-9])l(?=[0-9])")
_SMALL_WORD = re.compile("(?<![A-Za-z0-9])[A-Za-z][a-z]+0{1,2}[a-z]+(?![A-Za-z0-9])")
_ID = re.compile(r"(?<![A-Za-z0-9])[l1](?=\.?D(?![A-Za-z0-9]))")
_ZERO = re.compile(
    "(?<=[-0-9/(][0-9])O(?![A-Za-z])|(?<=[0-9])O(?=[0-9])|(?<=[-0-9/(])O(?=[-0-9/)])"
    "|(?<![A-Za-z0-9])O(?=[0-9]{1,2}[-/])"
)


def reread(text: str) -> str | None:
    """The text with digits within words as the letters that they look like, and zeros and ones for letters in numbers;
    None if it has none.
    """
    mask = text.encode("ascii", "replace").translate(_MASK)
    read = text
    if b"A0A" in mask or b"0AA" in mask:
        read = _WORD.sub(lambda word: word[0].translate(_LETTERS), read)
    if _MAY_BE_SMALL.search(read):
        read = _SMALL_WORD.sub(lambda word: word[0].replace("0", "o"), read)
    if _MAY_BE_ID.search(read):
        read = _ID.sub("I", read)
    if "O" in read:
        read = _ZERO.sub("0", read)
    return None if read == text else _ONE.sub("1", read)
