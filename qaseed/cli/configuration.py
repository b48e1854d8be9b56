"""The configuration that the options of `seed` and `generate` ask for, and the plan of a dry run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from qaseed.cli.options import TABLES
from qaseed.cli.output import print_json
from qaseed.cli.tables import print_fields
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.config import QASeedConfig


def configuration_from_options(
    environment: str | None,
    *,
    seed: int | None = None,
    as_of: str | None = None,
    tenants: int | None = None,
    scale: float | None = None,
    tables: str | None = None,
    locale: str | None = None,
    modes: list[str] | None = None,
    scenarios: str | None = None,
    adversarial: bool | None = None,
    **settings: Any,
) -> QASeedConfig:
    """The configuration in force, overridden by the options that were given."""
    from qaseed.config import QASeedConfig, get_qa_seed_config
    from qaseed.snapshot import output_folder

    given = {name: value for name, value in settings.items() if value is not None}
    if "out" in given:
        output_folder(given["out"])
    if not 1 <= given.get("parallel_workers", 1) <= 1024:
        raise UsageError(f"--workers: {given['parallel_workers']}; give a number from 1 to 1024")
    check_tables(tables)
    config = get_qa_seed_config(environment, given)
    shape = {
        "seed": seed,
        "as_of": _parse_date(as_of),
        "tenants": tenants,
        "tables": tables,
        "locale": locale,
        "adversarial": adversarial,
        "scenarios": tuple(scenarios.split(",")) if scenarios else None,
        "modes": dict(config.profile.modes) | _parse_modes(modes) if modes else None,
    }
    profile = config.profile.vary(**{name: value for name, value in shape.items() if value is not None})
    return QASeedConfig(profile if scale is None else profile.scaled(scale), config.settings)


def check_tables(tables: str | None) -> str | None:
    """The set of tables that `--tables` names; `UsageError` if there is no such set."""
    if tables is not None and tables not in TABLES:
        raise UsageError(f"--tables: {tables!r} is not possible; give {' or '.join(TABLES)}")
    return tables


def _parse_modes(modes: list[str]) -> dict[str, str]:
    for mode in modes:
        if mode.count("=") != 1:
            raise UsageError(f"--mode: {mode!r} names no mode; write KIND=MODE, such as phone=nanp_valid")
    return dict(mode.split("=") for mode in modes)


def _parse_date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.now(dt.UTC).date() if text == "today" else dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of: {text!r} is not a date; write YYYY-MM-DD or today") from None


def print_plan(config: QASeedConfig, store: str | None = None, *, json: bool) -> None:
    from qaseed.generation import planned

    folder, id_, counts, reused = planned(config.profile, config.settings.out)
    place, reused = (f"{store}/{folder.name}", False) if store else (str(folder), reused)
    plan = {"snapshot": place, "id": id_, "profile": config.profile.slug, "rows": counts, "reused": reused}
    if json:
        print_json(plan)
        return
    print_fields(plan)
