"""How real the data looks: each figure of the model measured on a snapshot, and compared with its target."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qaseed.model import Figure, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Select = Callable[[str], Sequence[Sequence[Any]]]

_OF_ONE_FIGURE = re.compile(r"\w+: ")
Z = 3.0
"""Standard errors by which a small sample may miss its target: three in a thousand do by chance."""


@dataclass(frozen=True)
class Measured:
    """One label of a figure, measured: its bounds, the actual value, and whether that is within them.

    `tolerance` widens the bounds on both sides. `ok` is None where the sample is too small to say, for the reason in
    `why`; `actual` is None where no row has the label and the unit is not percent, and where no table has as many rows
    as the sample needs: `sample` is 0 then.
    """

    figure: str
    label: str
    least: float
    most: float
    tolerance: float
    actual: float | None
    sample: int
    ok: bool | None
    why: str
    unit: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; what it was measured with is in the model."""
        return asdict(self)


def measure(
    select: Select,
    model: Model,
    as_of: dt.date,
    shares: Mapping[str, Mapping[str, float]],
    largest: float = math.inf,
) -> tuple[Measured, ...]:
    """Every figure of the model; `shares` are those that the profile set, and replace the declared ones.

    `select` has the rows of each of `queries_of` the model. Rows with a label such as `load: clients` are of that
    figure alone, all others of each figure with the query. A figure with too small a sample is not compared. It is not
    even measured if the `largest` table has fewer rows than its sample needs.
    """
    return tuple(measured for figure in model.figures for measured in _measured(select, figure, as_of, shares, largest))


def queries_of(model: Model, as_of: dt.date, largest: float) -> list[str]:
    """The queries of all figures that are measured, each once: figures may share one, and take their labels from it."""
    return list(dict.fromkeys(_query(figure, as_of) for figure in model.figures if figure.least <= largest))


def _query(figure: Figure, as_of: dt.date) -> str:
    return figure.select.replace("{as_of}", as_of.isoformat())


def _measured(
    select: Select, figure: Figure, as_of: dt.date, shares: Mapping[str, Mapping[str, float]], largest: float
) -> list[Measured]:
    selected = select(_query(figure, as_of)) if figure.least <= largest else ()
    own = f"{figure.id}: "
    rows = {
        str(label).removeprefix(own): (actual, sample)
        for label, actual, sample in selected
        if str(label).startswith(own) or not _OF_ONE_FIGURE.match(str(label))
    }
    sample = max((int(size or 0) for _, size in rows.values()), default=0)
    targets = figure.targets
    if figure.share in shares:
        weights = shares[str(figure.share)]
        targets = tuple((label, float(weights.get(label, 0)), float(weights.get(label, 0))) for label, _, _ in targets)
    measured = []
    for label, least, most in targets:
        actual, size = rows.get(label, (0.0 if figure.unit == "percent" and rows else None, sample))
        size = int(size or 0)
        by_chance = Z * _standard_error((least + most) / 2, size) if figure.unit == "percent" and size else 0
        tolerance = max(figure.tolerance, by_chance)
        is_number = actual is not None and math.isfinite(actual)  # a part of nothing is not
        is_applicable = is_number and size >= figure.least
        inside = is_applicable and least - tolerance <= float(actual or 0) <= most + tolerance
        why = "" if is_applicable else f"not applicable: {_lack(figure, size, largest)}"
        measured.append(
            Measured(
                figure=figure.id,
                label=label,
                least=least,
                most=most,
                tolerance=round(tolerance, 2),
                actual=round(float(actual), 2) if is_number else None,
                sample=size,
                ok=inside if is_applicable else None,
                why=why,
                unit=figure.unit,
                source=figure.source,
            )
        )
    return measured


def _lack(figure: Figure, size: int, largest: float) -> str:
    if figure.least > largest:
        return f"no table has {figure.least:,} rows"
    return f"{size:,} in the sample, at least {figure.least:,} are needed"


def _standard_error(percent: float, size: int) -> float:
    share = min(max(percent / 100, 0.01), 0.99)
    return float(100 * (share * (1 - share) / size) ** 0.5)
