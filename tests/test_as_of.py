"""What another as_of changes: persons stay, the window moves. The page on values lists the columns that move."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from qaseed.generation import generate
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.profiles import AS_OF, PROFILES
from qaseed.rows import Rows

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "values.md"
WINDOW = ("client", "provider", "location", "tenant")
DERIVED = ("user_account", "diagnosis", "medication", "availability_exception", "insurance_policy")


def whole(entity: str, days: int) -> pl.DataFrame:
    """All ordinary rows of the standard profile so many days after its as_of."""
    planned = plan(MODEL, PROFILES["standard"].vary(as_of=AS_OF + dt.timedelta(days), scenarios=("none",)))
    return pl.concat([Rows(MODEL, tenant, entity, tenant.slots(entity)).frame() for tenant in planned.tenants])


def listed(entity: str, heading: str) -> set[str]:
    """The columns that the page lists for a table under a heading of its own column."""
    row = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{entity}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    return set(re.findall(r"`(\w+)`", cells[1 + ("the window", "a birthday, or the calendar").index(heading)]))


@pytest.fixture(scope="module")
def today() -> dict[str, pl.DataFrame]:
    return {entity: whole(entity, 0) for entity in (*WINDOW, "appointment")}


@pytest.mark.parametrize("days", [1, 2, 7, 200, 1100])
@pytest.mark.parametrize("entity", WINDOW)
def test_persons_and_places_are_the_same_for_every_as_of(
    entity: str, days: int, today: dict[str, pl.DataFrame]
) -> None:
    later = whole(entity, days)
    moved = {name for name in later.columns if not later[name].equals(today[entity][name], null_equal=True)}
    assert moved <= listed(entity, "the window") | listed(entity, "a birthday, or the calendar")


def derived(folder: Path, days: int) -> dict[str, pl.DataFrame]:
    """Tables of `--tables full` that derive from persons, so many days after the as_of of the standard profile."""
    profile = PROFILES["standard"].vary(as_of=AS_OF + dt.timedelta(days), scenarios=("none",), tables="full")
    generated = generate(profile, folder / str(days), validated=False).snapshot.folder
    return {name: pl.read_parquet(generated / "data" / name / "*.parquet") for name in DERIVED}


def test_what_derives_from_persons_is_the_same_for_every_as_of_too(tmp_path: Path) -> None:
    today = derived(tmp_path, 0)
    for days in (1, 7, 200):
        for entity, later in derived(tmp_path, days).items():
            both = today[entity].join(later, on="id")
            assert len(both) > 0.98 * len(later), entity  # a day off is of visits that were called off
            moved = {
                name for name in later.columns[1:] if not both[name].equals(both[f"{name}_right"], null_equal=True)
            }
            assert moved <= listed(entity, "the window") | listed(entity, "a birthday, or the calendar"), entity


@pytest.mark.parametrize("entity", ["location", "provider"])
def test_a_row_stays_as_it_was_last_changed_until_the_next_event(entity: str, today: dict[str, pl.DataFrame]) -> None:
    by_day = [today[entity], *(whole(entity, days) for days in (1, 7, 200))]
    changed = [frame["updated_at"] != today[entity]["updated_at"] for frame in by_day]
    assert changed[1].mean() < 0.04
    assert changed[2].mean() < 0.1
    assert 0 < changed[3].mean() < 0.4
    for frame, days in zip(by_day, (0, 1, 7, 200), strict=True):
        moved = frame.filter(changed[(0, 1, 7, 200).index(days)])
        assert (moved["updated_at"].dt.date() >= AS_OF - dt.timedelta(5)).all()  # since then, or closed on that day


def test_a_week_later_the_dates_of_clients_are_a_week_later(today: dict[str, pl.DataFrame]) -> None:
    later = whole("client", 7)
    for name in ("intake_date", "discharge_date", "consent_treatment_on"):
        shifted = (later[name] - today["client"][name]).drop_nulls().dt.total_days()
        assert (shifted == 7).mean() > 0.85, name  # nobody is registered or discharged on a holiday
    begins = pl.concat((today["client"]["coverage_from"], later["coverage_from"])).drop_nulls()
    assert (begins.dt.day() == 1).all()  # coverage is of months


@pytest.mark.parametrize("days", [1, 7, 200])
def test_a_visit_keeps_its_client_provider_and_id(days: int, today: dict[str, pl.DataFrame]) -> None:
    later = whole("appointment", days)
    for name in ("id", "client_id", "provider_id", "location_id", "modality"):
        assert later[name].equals(today["appointment"][name]), name


def test_a_week_later_visits_are_a_week_later_but_for_holidays_and_season(today: dict[str, pl.DataFrame]) -> None:
    local = [frame["start_local"].str.to_datetime() for frame in (today["appointment"], whole("appointment", 7))]
    assert ((local[1] - local[0]) == dt.timedelta(7)).mean() > 0.9


def test_another_era_has_other_persons() -> None:
    assert not whole("client", 5 * 365)["dob"].equals(whole("client", 0)["dob"])


def _claim_steps(folder: Path, days: int, until: dt.datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Charges with a claim as they were known at a moment: with what settled them, and with the steps of claims."""
    profile = PROFILES["load_test"].vary(as_of=AS_OF + dt.timedelta(days), scenarios=("none",), tables="full")
    generated = generate(profile, folder / str(days), validated=False).snapshot.folder
    entries, claims, events = (
        pl.read_parquet(generated / "data" / name / "*.parquet") for name in ("ledger_entry", "claim", "claim_event")
    )
    entries, events = (of.filter(pl.col("created_at") < until) for of in (entries, events))
    claimed = entries.filter(pl.col("claim_status").is_not_null()).select(charge="id", visit="appointment_id")
    parts = pl.concat_str("entry_type", "amount_cents", "posted_at", separator=" ")
    account = entries.with_columns(charge=pl.coalesce("charge_id", "id"))
    accounts = claimed.join(account.group_by("charge").agg(account=parts.sort().str.join("; ")), on="charge")
    happened = events.join(claims.select(claim_id="id", charge="charge_id"), on="claim_id").join(claimed, on="charge")
    return accounts.select("visit", "account"), happened.select("visit", "event_type", "denial_reason", "occurred_at")


def test_what_happened_to_claims_before_as_of_does_not_move_with_it(tmp_path: Path) -> None:
    until = dt.datetime.combine(AS_OF, dt.time(), dt.UTC)
    (before, steps), (after, later_steps) = (_claim_steps(tmp_path, days, until) for days in (0, 1))
    same = before.join(after, on=["visit", "account"], how="semi")  # those differ that the counts alone ask for
    assert len(same) > 0.6 * len(before)
    own, other = (of.join(same, on="visit", how="semi") for of in (steps, later_steps))
    assert len(own) > 1000
    assert own.sort(own.columns).equals(other.sort(own.columns), null_equal=True)
