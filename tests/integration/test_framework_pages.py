"""Each section of the page about tests is a project: its files are written, and pytest runs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from qaseed.postgres.server import Server
from support.pages import Block, blocks, text_of
from support.projects import run_pytest, without_databases_of_tests

pytestmark = pytest.mark.integration
PAGE = "docs/how-to/tests.md"
LONGEST_CONFTEST = 10
OWN_DATABASES = {"pytest-postgresql"}
"""Sections whose projects get their databases from another plugin than ours, which is told where the server is."""


def projects() -> dict[str, list[Block]]:
    """The files of each section that has tests."""
    headings = {
        text_of(PAGE).count("\n", 0, match.start()) + 1: match[1]
        for match in re.finditer(r"^## (.*)$", text_of(PAGE), re.MULTILINE)
    }
    sections: dict[str, list[Block]] = {}
    for block in blocks(PAGE):
        if block.title:
            sections.setdefault(headings[max(line for line in headings if line < block.line)], []).append(block)
    return {name: files for name, files in sections.items() if any(file.title.startswith("test_") for file in files)}


@pytest.fixture(scope="module")
def server_of_projects(server: Server) -> Iterator[str]:
    with without_databases_of_tests(server.url):
        yield server.url


def test_the_page_has_a_project_for_each_framework() -> None:
    assert list(projects()) == [
        "From nothing to a green test",
        "Migrations",
        "Alembic",
        "Django",
        "SQLAlchemy",
        "FastAPI",
        "psycopg and asyncpg, asynchronous",
        "unittest",
        "pytest-postgresql",
    ]


@pytest.mark.parametrize("name", projects())
def test_a_project_of_the_page_is_green(
    name: str, tmp_path: Path, server_of_projects: str, cache_of_projects: str
) -> None:
    for file in projects()[name]:
        path = tmp_path / file.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        if file.title == "conftest.py":
            assert sum(map(bool, map(str.strip, file.text.splitlines()))) <= LONGEST_CONFTEST
    if not (tmp_path / "pytest.ini").exists():
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
    at = conninfo_to_dict(server_of_projects)
    place = [f"--override-ini=postgresql_{key}={at[key]}" for key in ("host", "port")] if name in OWN_DATABASES else []
    ran = run_pytest(
        tmp_path,
        server_of_projects,
        "-q",
        *place,
        plugins={name.lower().replace("-", "_")},
        XDG_CACHE_HOME=cache_of_projects,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
