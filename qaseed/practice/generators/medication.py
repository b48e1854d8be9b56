"""Which medication a prescriber's client takes, and its dose at each visit: steps of a ladder."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qaseed import noise
from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.words import FOLDER

ACTIONS = ("start", "keep", "raise", "lower")
_S16, _S24 = np.uint64(16), np.uint64(24)


@dataclass(frozen=True)
class Formulary:
    """`medication.csv`: what is prescribed for which problem at which age, with the doses from the first to the most.

    `first` and `count` say which drugs there are by problem and age; `first_dose` and `steps` which doses by drug.
    """

    drugs: tuple[str, ...]
    families: tuple[str, ...]
    family: Ints
    schedules: tuple[str, ...]
    doses: tuple[str, ...]
    first: Ints
    count: Ints
    first_dose: Ints
    steps: Ints


@lru_cache
def formulary(problems: tuple[str, ...], ages: tuple[str, ...]) -> Formulary:
    """The formulary for these problems and ages; what is missing for an age is what grown-ups of that problem have."""
    lines = list(csv.DictReader((FOLDER / "medication.csv").read_text(encoding="utf-8").splitlines()))
    families = tuple(dict.fromkeys(line["family"] for line in lines))
    order: list[dict[str, str]] = []
    first, count = np.zeros((len(problems), len(ages)), dtype=np.int64), np.zeros((len(problems), len(ages)), np.int64)
    for p, problem in enumerate(problems):
        for a, age in enumerate(ages):
            of_problem = [line for line in lines if line["problem"] == problem]
            usual = [line for line in of_problem if line["ages"] == age] or of_problem
            first[p, a], count[p, a] = len(order), len(usual)
            order += usual
    doses = [line["doses"].split("|") for line in order]
    lengths = np.array([len(ladder) for ladder in doses])
    return Formulary(
        drugs=tuple(line["drug"] for line in order),
        families=families,
        family=np.array([families.index(line["family"]) for line in order]),
        schedules=tuple(line["schedule"] for line in order),
        doses=tuple(dose for ladder in doses for dose in ladder),
        first=first,
        count=count,
        first_dose=np.cumsum(lengths) - lengths,
        steps=lengths,
    )


@dataclass(frozen=True)
class Regimen:
    """The drug of each row, the positions of its doses before and after the visit in the doses, and what was done."""

    drug: Ints
    before: Ints
    after: Ints
    action: Ints


def regimen(of: Formulary, problem: Ints, age: Ints, client: Bits, visits_before: Ints, new: Ints) -> Regimen:
    """The regimen of clients at a visit: doses rise by steps in the first months, and fall once for one in ten.

    A client who is new starts at the first visit with the first dose; others began before the window.
    """
    drug = of.first[problem, age] + noise.below(client, of.count[problem, age])
    steps = of.steps[drug]
    most = noise.below(noise.bits(noise.key("dose"), client.view(np.int64)), steps)
    begins = np.where(new == 1, 0, np.maximum(most - 1, 0))
    pace = 1 + (client >> _S16 & np.uint64(1)).astype(np.int64)
    falls = ((client >> _S24) % np.uint64(10) == 0) & (most > 0)

    def step(visits: Ints) -> Ints:
        risen = np.minimum(begins + (visits + pace - 1) // (pace * np.where(new == 1, 1, 3)), most)
        fallen: Ints = risen - (falls & (visits > 4 * pace * most) & (risen > 0))
        return fallen

    before, after = step(np.maximum(visits_before - 1, 0)), step(visits_before)
    started = (new == 1) & (visits_before == 0)
    action = np.select([started, after > before, after < before], [0, 2, 3], 1)
    ladder = of.first_dose[drug]
    return Regimen(drug, ladder + np.where(started, after, before), ladder + after, action)
