"""What the site needs beyond the text of pages, which repository browsers show as it is, and what it must not have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

_ELSEWHERE = re.compile(r"<(?:script|img|iframe)[^>]+src=.?https?:|<link[^>]+stylesheet[^>]+https?:")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A bar in code in a table: repository browsers need it escaped, the site's Markdown shows the escape."""
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("\\|", "|"), markdown)


def on_files(files: Any, config: Any) -> Any:
    """Every page of the folder is built."""
    pages = {page.relative_to(config["docs_dir"]).as_posix() for page in Path(config["docs_dir"]).rglob("*.md")}
    if missing := sorted(pages - {file.src_uri for file in files.documentation_pages()}):
        raise PluginError(f"{missing[0]}: is not built")
    return files


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """A page loads nothing from elsewhere."""
    return _own(output, page.file.src_uri)


def on_post_template(output_content: str, template_name: str, **_: Any) -> str:
    """Neither does what is no page."""
    return _own(output_content, template_name)


def _own(html: str, name: str) -> str:
    if found := _ELSEWHERE.search(html):
        raise PluginError(f"{name}: loads {found[0]!r} from elsewhere")
    return html
