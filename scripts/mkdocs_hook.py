"""What the site needs beyond the pages' own text, which repository browsers show as it is."""

from __future__ import annotations

import re
from typing import Any


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A bar in code in a table: repository browsers need it escaped, the site's Markdown shows the escape."""
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("\\|", "|"), markdown)
