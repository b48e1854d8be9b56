"""What is looked for in a text in which no rule finds anything."""

from __future__ import annotations

from collections.abc import Collection

from qaseed.safety.candidates import kinds_by_rule
from qaseed.safety.matching import Kind
from qaseed.safety.misreading import reread
from qaseed.safety.weighing import NUMBER, has_personal_number


def kinds_otherwise(text: str, within: Collection[Kind]) -> set[str]:
    """The names of the kinds in a text without any by rule: what rules find once it is read as it looks like, or a
    number that its words say to be one of a person.
    """
    read = reread(text)
    kinds = kinds_by_rule(read, within) if read else set()
    return kinds or ({NUMBER} if has_personal_number(text) else set())
