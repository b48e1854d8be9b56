"""Which medications a prescriber's client takes, and their doses at each visit: steps of a ladder, alone or together.

The first drug is what is usual for the problem and age. Some change it for another one, and some take a second drug
with it, which is added at a visit or was before the window, and is stopped again by a few. Each drug is started with
the first of its doses, as its label or usual practice has it for the problem and age.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qaseed import noise
from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.practice.generators.arrays import Mask
from qaseed.words import FOLDER

ACTIONS = ("start", "keep", "raise", "lower", "switch")
COMPANY = ("single", "added", "combined", "dropped", "raised")
"""Whether a second drug is taken: none, from this visit on, from before, no more from this visit on, or more of it."""
SWITCHED = 20
"""Percent who change the drug in the first months of the window (assumed)."""
SECOND = {"child": 55, "teen": 60, "adult": 88, "senior": 75}
"""Percent who take a second drug at times, of those for whose drug there is one, by age (so that of visits with
medication of adults about half have two: Mojtabai and Olfson 2010, 59.8 % in 2005; of minors a third: Comer 2010).
"""
BEFORE, STOPPED = 80, 22
"""Percent of earlier clients' second drugs that are from before the window, and percent that are stopped (assumed)."""
_S16, _S24 = np.uint64(16), np.uint64(24)


@dataclass(frozen=True)
class Formulary:
    """`medication.csv` and `adjunct.csv`: what is prescribed, with the doses from the one at its start to the most.

    `first` and `count` say which drugs there are by problem and age; `first_dose` and `steps` which doses by drug;
    `first_second` and `seconds` which entries of `second` may be taken with each drug.
    """

    drugs: tuple[str, ...]
    families: tuple[str, ...]
    family: Ints
    schedules: tuple[str, ...]
    purposes: tuple[str, ...]
    doses: tuple[str, ...]
    first: Ints
    count: Ints
    first_dose: Ints
    steps: Ints
    second: Ints
    first_second: Ints
    seconds: Ints


def _lines(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


@lru_cache
def formulary(problems: tuple[str, ...], ages: tuple[str, ...]) -> Formulary:
    """The formulary for these problems and ages, youngest first; where an age has none, that of the nearest age."""
    lines, further = _lines("medication.csv"), _lines("adjunct.csv")
    families = tuple(dict.fromkeys(line["family"] for line in (*lines, *further)))
    order: list[dict[str, str]] = []
    group: list[tuple[str, str]] = []
    first, count = np.zeros((len(problems), len(ages)), dtype=np.int64), np.zeros((len(problems), len(ages)), np.int64)
    for p, problem in enumerate(problems):
        by_age = [[line for line in lines if (line["problem"], line["ages"]) == (problem, age)] for age in ages]
        for a, age in enumerate(ages):
            usual = min(filter(None, by_age), key=lambda of_age: abs(by_age.index(of_age) - a), default=[])
            first[p, a], count[p, a] = len(order), len(usual)
            order += usual
            group += [(problem, age)] * len(usual)
    seconds = [
        [len(order) + n for n, line in enumerate(further) if _goes_with(line, usual, *of_group)]
        for usual, of_group in zip(order, group, strict=True)
    ]
    lengths = np.array([len(of_drug) for of_drug in seconds])
    order += further
    doses = [line["doses"].split("|") for line in order]
    steps = np.array([len(ladder) for ladder in doses])
    return Formulary(
        drugs=tuple(line["drug"] for line in order),
        families=families,
        family=np.array([families.index(line["family"]) for line in order]),
        schedules=tuple(line["schedule"] for line in order),
        purposes=tuple(line.get("purpose", "") for line in order),
        doses=tuple(dose for ladder in doses for dose in ladder),
        first=first,
        count=count,
        first_dose=np.cumsum(steps) - steps,
        steps=steps,
        second=np.array([number for of_drug in seconds for number in of_drug]),
        first_second=np.cumsum(lengths) - lengths,
        seconds=lengths,
    )


def _goes_with(line: dict[str, str], usual: dict[str, str], problem: str, age: str) -> bool:
    """Whether a second drug may be taken with a usual one, for a problem at an age."""
    given: Sequence[tuple[str, str]] = (("problems", problem), ("ages", age), ("with", usual["family"]))
    return all(value in line[name].split("|") for name, value in given)


@dataclass(frozen=True)
class Regimen:
    """What each row's client takes before and after a visit, and what was done.

    `drug` and `new_drug` are what was and is taken, `before` and `after` the positions of their doses in the doses;
    `company` says what is done with the second drug, of which `second_before` and `second_after` are the doses.
    """

    drug: Ints
    new_drug: Ints
    before: Ints
    after: Ints
    action: Ints
    company: Ints
    second: Ints
    second_before: Ints
    second_after: Ints


def regimen(of: Formulary, problem: Ints, age: Ints, client: Bits, visits_before: Ints, new: Ints) -> Regimen:
    """The regimen of clients at a visit: doses rise by steps in the first months, and fall once for one in ten.

    A client who is new starts at the first visit with the first dose; others began before the window.
    """
    own = client.view(np.int64)

    def below(name: str, bound: Ints | int) -> Ints:
        return noise.below(noise.bits(noise.key("regimen", name), own), bound)

    choices = of.count[problem, age]
    chosen = noise.below(client, choices)
    usual = of.first[problem, age] + chosen
    most = noise.below(noise.bits(noise.key("dose"), own), of.steps[usual])
    begins = np.where(new == 1, 0, np.maximum(most - 1, 0))
    pace = 1 + (client >> _S16 & np.uint64(1)).astype(np.int64)
    falls = ((client >> _S24) % np.uint64(10) == 0) & (most > 0)

    other = of.first[problem, age] + (chosen + 1 + below("other", np.maximum(choices - 1, 1))) % choices
    switches = (choices > 1) & (below("switch", 100) < SWITCHED)
    at = np.where(switches, 2 + below("switch at", 5), 1 << 30)
    other_most = below("other dose", of.steps[other])

    def step(visits: Ints) -> Ints:
        risen = np.minimum(begins + (visits + pace - 1) // (pace * np.where(new == 1, 1, 3)), most)
        fallen = risen - (falls & (visits > 4 * pace * most) & (risen > 0))
        since = np.minimum((np.maximum(visits - at, 0) + pace - 1) // pace, other_most)
        position: Ints = np.where(visits >= at, of.first_dose[other] + since, of.first_dose[usual] + fallen)
        return position

    earlier = np.maximum(visits_before - 1, 0)
    before, after = step(earlier), step(visits_before)
    started = (new == 1) & (visits_before == 0)
    switched = (visits_before == at) & ~started
    action = np.select([started, switched, after > before, after < before], [0, 4, 2, 3], 1)
    drug, new_drug = (np.where(visits >= at, other, usual) for visits in (earlier, visits_before))

    seconds = of.seconds[usual]
    second = of.second[(of.first_second[usual] + below("second", np.maximum(seconds, 1))) % len(of.second)]
    takes = (seconds > 0) & (below("takes second", 100) < np.array(tuple(SECOND.values()))[age])
    takes &= ~switches | _is_second_of(of, second, other)
    adds = np.where(new == 1, 1, 2) + below("adds", 3)
    adds += adds == at
    adds = np.where((new == 0) & (below("added before", 100) < BEFORE), -1, adds)
    stops = np.maximum(adds, 1) + 2 + below("stops", 5)
    stops = np.where(below("stopped", 100) < STOPPED, stops + (stops == at), 1 << 30)
    visits = visits_before
    most_second, wait = below("second dose", of.steps[second]), 1 + below("second raised", 2)

    def second_step(visits: Ints) -> Ints:
        risen: Ints = np.minimum(np.where(adds < 0, most_second, np.maximum(visits - adds, 0) // wait), most_second)
        return risen

    earlier_second = second_step(earlier)
    later_second = np.where(visits == stops, earlier_second, second_step(visits))
    is_raised = (visits > adds) & (later_second > earlier_second)
    company = np.select(
        [~takes | (visits < adds) | (visits > stops), visits == adds, visits == stops, is_raised], [0, 1, 3, 4], 2
    )
    second_before, second_after = (of.first_dose[second] + steps for steps in (earlier_second, later_second))
    return Regimen(
        drug, new_drug, np.where(started, after, before), after, action, company, second, second_before, second_after
    )


def _is_second_of(of: Formulary, second: Ints, usual: Ints) -> Mask:
    """Whether each second drug may be taken with each usual one."""
    known = np.repeat(np.arange(len(of.seconds)), of.seconds) * len(of.drugs) + of.second
    goes: Mask = np.isin(usual * len(of.drugs) + second, known)
    return goes
