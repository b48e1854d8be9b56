"""What a profile may set besides counts: shares, forms of identifiers, locales, scenarios; and how wrong ones are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qaseed.config import find_profile
from qaseed.errors import UsageError
from qaseed.generation import Generated, generate
from qaseed.kinds import always, entity, flag
from qaseed.practice import MODEL
from qaseed.practice.modes import MODES
from qaseed.practice.shares import SHARES
from qaseed.profiles import PROFILES
from qaseed.realism import measure
from qaseed.safety import is_safe
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import Snapshot

STANDARD = PROFILES["standard"]


def made(out: Path, **changes: Any) -> Generated:
    return generate(STANDARD.vary(**changes), out)


def column(snapshot: Snapshot, entity: str, name: str) -> list[Any]:
    query = f"select {name} from '{snapshot.folder}/data/{entity}/*.parquet' where id & 1099511627775 >= 1024 and {name} is not null"
    return [value for (value,) in duckdb.sql(query).fetchall()]


def test_a_share_of_a_profile_is_what_comes_out_and_what_is_measured(tmp_path: Path) -> None:
    outcome = {
        "completed": 50,
        "no_show": 40,
        "cancelled": 4,
        "late_cancelled": 3,
        "provider_cancelled": 2,
        "rescheduled": 1,
    }
    run = made(tmp_path, shares={"outcome": outcome, "payer": {"self_pay": 100}})
    assert run.report is not None
    assert run.report.ok(strict=True)
    assert set(column(run.snapshot, "client", "payer_code")) == {"self_pay"}
    found = {figure.label: figure for figure in run.report.realism if figure.figure == "outcome"}
    assert found["no_show"].least == 40
    assert abs((found["no_show"].actual or 0) - 40) < 3
    assert not column(run.snapshot, "ledger_entry", "claim_status")


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_load_test_is_within_all_tolerances(seed: int, tmp_path: Path) -> None:
    report = generate(PROFILES["load_test"].vary(seed=seed), tmp_path).report
    assert report is not None
    judged = [figure for figure in report.realism if figure.ok is not None]
    assert [f"{figure.figure} {figure.label}: {figure.actual}" for figure in judged if not figure.ok] == []
    assert len(judged) > 80
    assert max(figure.sample for figure in report.realism) <= max(report.rows.values()), (
        "or it is not measured in small"
    )


def test_figures_that_no_table_has_the_rows_for_are_not_measured(standard: Snapshot) -> None:
    report = validate_snapshot(standard)
    largest = max(report.rows.values())
    needed = {(figure.id, label): figure.least for figure in MODEL.figures for label, _, _ in figure.targets}
    too_large = [figure for figure in report.realism if needed[figure.figure, figure.label] > largest]
    assert {(figure.actual, figure.sample, figure.ok) for figure in too_large} == {(None, 0, None)}
    assert {figure.why for figure in too_large} >= {"not applicable: no table has 1,000 rows"}
    assert any(figure.sample for figure in report.realism)


def test_a_figure_that_is_off_is_seen(standard: Snapshot, tmp_path: Path) -> None:
    sex = replace(MODEL, figures=tuple(figure for figure in MODEL.figures if figure.id == "sex"))

    def judged(snapshot: Snapshot) -> dict[str, bool | None]:
        with snapshot.catalog() as tables:
            found = measure(
                lambda query: tables.execute(query).fetchall(), sex, STANDARD.as_of, {"sex": {"F": 10, "M": 90}}
            )
        return {figure.label: figure.ok for figure in found}

    assert judged(standard) == {"F": None, "M": None, "X": None}, "too few"
    large = generate(PROFILES["load_test"], tmp_path, validated=False).snapshot
    assert judged(large) == {"F": False, "M": False, "X": False}


@pytest.mark.parametrize("nth", range(max(map(len, MODES.values()))))
def test_every_mode_makes_safe_identifiers(nth: int, tmp_path: Path) -> None:
    """A mode of each kind at a time: kinds share no column."""
    modes = {kind: list(known)[nth % len(known)] for kind, known in MODES.items()}
    run = made(tmp_path, modes=modes)
    assert run.report is not None
    assert run.report.ok(strict=True)
    as_the_mode_says = {
        "phone": lambda: all(phone[3:9] == "-555-0" for phone in column(run.snapshot, "client", "phone_mobile")) == (modes["phone"] == "nanp_valid"),
        "email": lambda: ("test.local" in " ".join(column(run.snapshot, "client", "email"))) == (modes["email"] == "seed"),
        "npi": lambda: {npi[0] for npi in column(run.snapshot, "provider", "npi")} == {"9" if modes["npi"] == "never" else "2"},
        "zip": lambda: (set(column(run.snapshot, "client", "zip")) == {"00000"}) == (modes["zip"] == "placeholder"),
        "name": lambda: all("-" in name for name in column(run.snapshot, "client", "last_name")) == (modes["name"] == "marked"),
    }  # fmt: skip
    assert as_the_mode_says.keys() == modes.keys()
    assert [kind for kind, holds in as_the_mode_says.items() if not holds()] == []


@pytest.mark.parametrize("locale", ["de_DE", "pl_PL", "ja_JP"])
def test_a_locale_draws_other_names_and_nothing_else_changes(locale: str, standard: Snapshot, tmp_path: Path) -> None:
    run = made(tmp_path, locale=locale)
    here, there = standard, run.snapshot
    assert run.report is not None
    assert run.report.ok(strict=True)
    assert here.manifest.recipe["words"] != there.manifest.recipe["words"]
    sources = there.manifest.made_with.keys() - here.manifest.made_with.keys()
    assert sources == {"Faker", "anyascii", "mimesis"} == set(there.manifest.recipe["libraries"])
    assert not set(column(here, "client", "last_name")) >= set(column(there, "client", "last_name"))
    assert column(here, "client", "dob") == column(there, "client", "dob")
    assert all(is_safe("email", email) and email.isascii() for email in column(there, "client", "email"))


def test_scenarios_can_be_left_out_or_chosen(tmp_path: Path) -> None:
    assert made(tmp_path, scenarios=("none",)).snapshot.manifest.rows["scenario"] == 0
    chosen = made(tmp_path, scenarios=("leap_day_birth", "reversal")).snapshot.manifest
    assert sorted(name for names in chosen.recipe["scenarios"].values() for name in names) == [
        "leap_day_birth",
        "reversal",
    ]
    assert chosen.total_records == STANDARD.total


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"shares": {"outcome": {"completed": 50}}}, r"shares.outcome: its parts sum to 50; make them 100"),
        ({"shares": {"outcomes": {"completed": 100}}}, r"no such share; did you mean 'outcome'"),
        ({"shares": {"sex": {"G": 100}}}, r"shares.sex: no part 'G'"),
        ({"shares": {"sex": {"F": -1, "M": 101}}}, r"shares.sex.F is -1"),
        ({"shares": {"sex": "F"}}, r"shares.sex is 'F'; write a table"),
        ({"shares": []}, r"shares is \[\]; write a table"),
        ({"modes": {"fone": "x"}}, r"modes: no kind 'fone'; did you mean 'phone'"),
        ({"modes": {"phone": "real"}}, r"modes.phone: no mode 'real'"),
        ({"locale": "xx_XX"}, r"--locale: no 'xx_XX'"),
        ({"scenarios": ("leap_day_brith",)}, r"no scenario 'leap_day_brith'; did you mean 'leap_day_birth'"),
        ({"scenarios": ("group_of_12",), "record_counts": {"client": 20, "provider": 3, "location": 3, "appointment": 30}}, r"no room for scenario 'group_of_12'"),
        ({"scenarios": 5}, r"scenarios is 5"),
        ({"adversarial": "yes"}, r"adversarial is true or false"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=why) as error:
        made(tmp_path, **changes)
    assert "\n" not in str(error.value)
    assert list(tmp_path.glob("standard*")) == []


def test_a_profile_in_a_file_may_set_them(tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.rural]\nas_of = 2026-06-01\nlocale = 'de_DE'\nmodes = {phone = 'nanp_valid'}\nscenarios = 'none'\n"
        "record_counts = {Client = 100, Provider = 10, Appointment = 300, Location = 3}\n"
        "[profiles.rural.shares]\nmodality = {in_person = 45, video = 50, phone = 5}\n"
    )
    run = generate(find_profile("rural"), tmp_path)
    assert run.snapshot.manifest.recipe["shares"] == {"modality": {"in_person": 45, "video": 50, "phone": 5}}
    assert {phone[3:9] for phone in column(run.snapshot, "client", "phone_mobile")} == {"-555-0"}


def test_every_share_sums_up_and_says_where_it_is_from() -> None:
    for name, share in SHARES.items():
        assert abs(sum(share.parts.values()) - 100) < 0.01, name
        assert share.source
    for figure in MODEL.figures:
        assert figure.source
        assert figure.targets


@pytest.mark.parametrize("name", ["ssn", "passport_no", "drivers_license"])
def test_a_model_has_no_field_that_is_named_like_an_identifier(name: str) -> None:
    with pytest.raises(UsageError, match=rf"person.{name}: is named like"):
        entity("person", "Somebody.", {name: flag("Never made.", always(True))})
