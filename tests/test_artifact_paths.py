"""Paths of an artifact: only those that mean one file in it, on every machine."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from qaseed.errors import SnapshotError
from qaseed.snapshot.limits import MAX_FILES, MAX_PATH_LENGTH
from qaseed.snapshot.paths import check_path, check_paths
from support.cases import for_each

GOOD = (
    "manifest.json", "SHA256SUMS", "DATASHEET.md", "reports/safety.json", "data/client/part-00000.parquet",
    "csv/ledger_entry/part-99999.csv", "_", "a.b.c", "a..b", "a/" * 119 + "ab", "x" * MAX_PATH_LENGTH,
)  # fmt: skip
BAD = {
    "empty": "", "dot": ".", "parent": "..", "parent first": "../x", "parent within": "data/../x", "parent last": "data/..",
    "absolute": "/etc/passwd", "two slashes": "a//b", "slash last": "a/", "this folder": "./a", "this folder within": "a/./b",
    "drive": "C:\\x", "drive with slash": "C:/x", "backslash": "a\\b", "share": "\\\\host\\x", "stream": "a:b", "NUL": "a\0b",
    "NUL last": "a\0", "line end": "a\n", "two lines": "a\nb", "carriage return": "a\r", "escape": "a\x1b[2J", "space": "a b",
    "space last": "a ", "dot last": "a.", "dot last within": "a./b", "hidden": ".git/config", "hidden within": "a/.b",
    "percent": "%2e%2e/x", "percent slash": "..%2fx", "two percents": "%252e%252e", "home": "~/x", "variable": "$HOME/x",
    "star": "data/*", "question mark": "a?", "bracket": "a[b]", "brace": "{a,b}", "quote": "a'b", "option": "-rf", "option within": "a/-b",
    "full-width dots": "．．/x", "one dot leader": "․․/x", "two dot leader": "‥/x", "division slash": "..∕x", "fraction slash": "a⁄b",
    "full-width slash": "a／b", "composed": "café", "decomposed": unicodedata.normalize("NFD", "café"), "Cyrillic": "dаta/x",
    "full-width digit": "part-０", "long s": "reportſ", "kelvin": "\u212a", "right to left": "a\u202eb", "zero width": "a\u200bb",
    "byte order mark": "\ufeffa", "surrogate": "a\ud800", "too long": "x" * (MAX_PATH_LENGTH + 1), "a million": "a/" * 500_000 + "a",
}  # fmt: skip


@pytest.mark.parametrize("path", GOOD, ids=range(len(GOOD)))
def test_paths_that_qaseed_writes(path: str) -> None:
    assert check_path("here", path) == path


@for_each("path", BAD.values())
def test_paths_that_could_be_another_file(path: str) -> None:
    with pytest.raises(SnapshotError, match="is not the path of a file in a snapshot") as raised:
        check_path("here", path)
    text = str(raised.value)
    assert text.startswith("here: ")
    assert text.isprintable()
    assert len(text) < 300


@pytest.mark.parametrize(
    ("paths", "what"),
    [
        (("a", "b", "a"), "'a' and 'a' are one file"),
        (("data/Client/x", "data/client/x"), "'data/Client/x' and 'data/client/x' are one file"),
        (("a/b/c", "A"), "'A' is a file and a folder"),
        (("a", "a/b/c"), "'a' is a file and a folder"),
        (("a/b", "a/B/c"), "'a/b' is a file and a folder"),
        (("a", "../a"), "'../a' is not the path"),
    ],
)
def test_paths_that_collide(paths: tuple[str, ...], what: str) -> None:
    with pytest.raises(SnapshotError) as raised:
        check_paths("here", paths)
    assert str(raised.value).startswith(f"here: {what}")


def test_the_paths_of_an_artifact_keep_their_order_and_are_bounded() -> None:
    assert check_paths("here", GOOD) == list(GOOD)
    assert check_paths("here", ("a/b", "a/c", "ab", "a.b/c")) == ["a/b", "a/c", "ab", "a.b/c"]
    endless = (f"x{number}" for number in itertools.count())
    with pytest.raises(SnapshotError, match=f"more than {MAX_FILES:,} files"):
        check_paths("here", endless)
    assert next(endless) == f"x{MAX_FILES + 1}"
