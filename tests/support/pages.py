"""The pages of the documentation, and the fenced blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
KINDS = {"bash", "python", "sql", "toml", "yaml", "console", "text", "file"}
"""Of blocks: the first four run, `yaml` is parsed, `console` needs what a test has not, `text` is no command, and `file`
is a file of a reader's project: its block has a title."""
_BLOCK = re.compile(r'^```(\S*)(?: title="(\S+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"<!-- not run: \S.*-->\n\Z")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line that it begins on, and whether a reason not to run it precedes it."""

    kind: str
    text: str
    line: int
    is_excused: bool
    title: str = ""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = text_of(name)
    return [
        Block(
            "file" if match[2] else match[1],
            match[3],
            text.count("\n", 0, match.start()) + 1,
            bool(_REASON.search(text[: match.start()])),
            match[2] or "",
        )
        for match in _BLOCK.finditer(text)
    ]
