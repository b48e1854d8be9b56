"""What may import what: helpers of tests live in `support`, and no test module imports another."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import grimp
import pytest

from support.cases import for_each

TESTS = Path(__file__).parent
MODULES = {path.stem for path in TESTS.rglob("test_*.py")} | {"conftest"}


def imported_modules(source: str) -> set[str]:
    """Every part of the name of each module that is imported anywhere in a source, relative imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            names |= {part for part in (node.module or "").split(".") if part} | {alias.name for alias in node.names}
    return names


@for_each("path", sorted(TESTS.rglob("*.py")))
def test_no_module_imports_a_test_module(path: Path) -> None:
    assert imported_modules(path.read_text(encoding="utf-8")) & MODULES == set(), "move what is shared to tests/support"


@pytest.mark.parametrize(
    "statement", ["import test_cli", "from test_cli import qaseed", "from .test_cli import x", "from . import test_cli"]
)
def test_each_form_of_import_is_recognized(statement: str) -> None:
    assert imported_modules(f"def f():\n    {statement}\n") & MODULES == {"test_cli"}


def test_no_module_needs_one_that_needs_it_not_even_for_its_types() -> None:
    """Lint follows no import for types, as the face of the package names all that it gives: here it is left out."""
    graph = grimp.build_graph("qaseed", exclude_type_checking_imports=False, cache_dir=None)
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules - {"qaseed"}}
    graphlib.TopologicalSorter(needs).prepare()
    assert "qaseed.postgres.target" in needs["qaseed.postgres.changes"], "the graph has imports for types"
