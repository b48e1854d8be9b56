"""Values that a shell completes, without heavy libraries; a failure completes nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

Completion = list[tuple[str, str]]

PRACTICE = Path(__file__).parent.parent / "practice"
"""Its names are read from the source: importing it loads polars, which takes too long at a prompt."""


def never_failing(values: Callable[[], Completion]) -> Callable[[str], Completion]:
    """Completion by the values that a function returns; by none if it fails, as with a broken configuration file."""

    def complete(incomplete: str) -> Completion:
        before, comma, last = incomplete.rpartition(",")
        try:
            return [(before + comma + value, text) for value, text in values() if value.startswith(last)]
        except Exception:  # noqa: BLE001  # a shell at its prompt cannot show a failure
            return []

    complete.__annotations__ = {"incomplete": str}  # typer needs the type itself, not its name
    return complete


def words(*known: str) -> Callable[[str], Completion]:
    """Completion by a fixed list."""
    return never_failing(lambda: [(word, "") for word in known])


@never_failing
def profiles() -> Completion:
    """The profiles that can be used."""
    from qaseed.config import profiles as usable

    return [(slug, profile.description) for slug, profile in usable().items()]


@never_failing
def snapshots() -> Completion:
    """The names in the folder of snapshots."""
    from qaseed.config import settings
    from qaseed.snapshot import names_in, output_folder

    return [(name, "") for name in names_in(output_folder(settings().out))]


@never_failing
def modes() -> Completion:
    """`KIND=MODE` for each form of an identifier."""
    return [(f"{kind}={mode}", text) for kind, forms in declared_modes().items() for mode, text in forms.items()]


@never_failing
def scenarios() -> Completion:
    """The scenarios, and the two words for all and none of them."""
    return [("fit", "all that fit"), ("none", "none"), *declared_scenarios().items()]


def declared_modes() -> dict[str, dict[str, str]]:
    """The modes of each kind of identifier, as `practice.modes` declares them."""
    tree = ast.parse((PRACTICE / "modes.py").read_text(encoding="utf-8"))
    assignment = next(
        node for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "MODES"
    )
    declared: dict[str, dict[str, str]] = ast.literal_eval(assignment.value) if assignment.value else {}
    return declared


def declared_scenarios() -> dict[str, str]:
    """The name and description of each scenario in `practice.scenarios`: the first arguments of a call."""
    declared: dict[str, str] = {}
    for path in sorted((PRACTICE / "scenarios").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) != "entity" and len(node.args) > 1:
                declared |= _name_and_sentence(node.args[0], node.args[1])
            if isinstance(node, ast.Dict):  # names with pairs of description and text
                for name, value in zip(node.keys, node.values, strict=True):
                    if isinstance(value, ast.Tuple) and value.elts:
                        declared |= _name_and_sentence(name, value.elts[0])
    return declared


def _name_and_sentence(*nodes: Any) -> dict[str, str]:
    """A name with its description, if the two nodes are that; else nothing."""
    name, sentence = (node.value if isinstance(node, ast.Constant) else None for node in nodes)
    is_pair = isinstance(name, str) and name.isidentifier() and isinstance(sentence, str) and " " in sentence
    return {str(name): str(sentence)} if is_pair else {}
