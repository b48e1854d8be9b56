"""Clients, appointments, notes and ledger entries by other generators, as Parquet and without relations.

generators.py faker|mimesis|factory_boy|dbldatagen ROWS FOLDER
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ENTITIES = {"client": 2, "appointment": 10, "note": 5, "ledger_entry": 8}
"""Each entity, and its share of 25 rows."""
STATUSES = ("completed", "no_show", "canceled")
MODALITIES = ("in_person", "video")
TYPES = ("charge", "payment")
SINCE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

Row = dict[str, Any]
Maker = Callable[[int], Row]


def by_faker(rows: int) -> dict[str, Maker]:
    """Rows by calls of Faker's methods."""
    from faker import Faker

    fake = Faker("en_US")
    moment = lambda: fake.date_time_between(SINCE, UNTIL)  # noqa: E731 - a shorthand of this function
    return {
        "client": lambda number: {
            "id": number,
            "mrn": fake.bothify("QA-########"),
            "first_name": fake.first_name(),
            "last_name": fake.last_name(),
            "dob": fake.date_of_birth(),
            "email": fake.email(),
            "phone": fake.phone_number(),
            "address_1": fake.street_address(),
            "city": fake.city(),
            "state": fake.state_abbr(),
            "zip": fake.postcode(),
            "created_at": moment(),
        },
        "appointment": lambda number: {
            "id": number,
            "client_id": fake.random_int(0, rows),
            "provider_id": fake.random_int(0, 99),
            "status": fake.random_element(STATUSES),
            "start_at": moment(),
            "booked_at": moment(),
            "modality": fake.random_element(MODALITIES),
            "duration_min": fake.random_int(15, 60),
        },
        "note": lambda number: {
            "id": number,
            "client_id": fake.random_int(0, rows),
            "subjective": fake.sentence(14),
            "objective": fake.sentence(10),
            "assessment": fake.sentence(8),
            "plan": fake.sentence(8),
            "signed_at": moment(),
        },
        "ledger_entry": lambda number: {
            "id": number,
            "client_id": fake.random_int(0, rows),
            "entry_type": fake.random_element(TYPES),
            "amount_cents": fake.random_int(-30000, 30000),
            "posted_at": moment(),
            "reference": fake.bothify("??-########"),
        },
    }


def by_mimesis(rows: int) -> dict[str, Maker]:
    """Rows by calls of mimesis's providers."""
    from mimesis import Generic
    from mimesis.locales import Locale

    made = Generic(Locale.EN)
    number_of, choice, code = made.numeric.integer_number, made.choice, made.code.pin
    moment = lambda: made.datetime.datetime(start=2025, end=2025)  # noqa: E731 - a shorthand of this function
    return {
        "client": lambda number: {
            "id": number,
            "mrn": code("QA-########"),
            "first_name": made.person.first_name(),
            "last_name": made.person.last_name(),
            "dob": made.person.birthdate(),
            "email": made.person.email(),
            "phone": made.person.telephone(),
            "address_1": made.address.address(),
            "city": made.address.city(),
            "state": made.address.state(abbr=True),
            "zip": made.address.postal_code(),
            "created_at": moment(),
        },
        "appointment": lambda number: {
            "id": number,
            "client_id": number_of(0, rows),
            "provider_id": number_of(0, 99),
            "status": choice(STATUSES),
            "start_at": moment(),
            "booked_at": moment(),
            "modality": choice(MODALITIES),
            "duration_min": number_of(15, 60),
        },
        "note": lambda number: {
            "id": number,
            "client_id": number_of(0, rows),
            "subjective": made.text.sentence(),
            "objective": made.text.sentence(),
            "assessment": made.text.sentence(),
            "plan": made.text.sentence(),
            "signed_at": moment(),
        },
        "ledger_entry": lambda number: {
            "id": number,
            "client_id": number_of(0, rows),
            "entry_type": choice(TYPES),
            "amount_cents": number_of(-30000, 30000),
            "posted_at": moment(),
            "reference": code("@@-########"),
        },
    }


def by_factory_boy(rows: int) -> dict[str, Maker]:
    """Rows by factories of dictionaries, whose values are Faker's."""
    import factory

    say = factory.Faker
    moment = {"start_date": SINCE, "end_date": UNTIL}
    declared: dict[str, Row] = {
        "client": {
            "mrn": say("bothify", text="QA-########"),
            "first_name": say("first_name"),
            "last_name": say("last_name"),
            "dob": say("date_of_birth"),
            "email": say("email"),
            "phone": say("phone_number"),
            "address_1": say("street_address"),
            "city": say("city"),
            "state": say("state_abbr"),
            "zip": say("postcode"),
            "created_at": say("date_time_between", **moment),
        },
        "appointment": {
            "client_id": say("random_int", min=0, max=rows),
            "provider_id": say("random_int", min=0, max=99),
            "status": say("random_element", elements=STATUSES),
            "start_at": say("date_time_between", **moment),
            "booked_at": say("date_time_between", **moment),
            "modality": say("random_element", elements=MODALITIES),
            "duration_min": say("random_int", min=15, max=60),
        },
        "note": {
            "client_id": say("random_int", min=0, max=rows),
            "subjective": say("sentence", nb_words=14),
            "objective": say("sentence", nb_words=10),
            "assessment": say("sentence", nb_words=8),
            "plan": say("sentence", nb_words=8),
            "signed_at": say("date_time_between", **moment),
        },
        "ledger_entry": {
            "client_id": say("random_int", min=0, max=rows),
            "entry_type": say("random_element", elements=TYPES),
            "amount_cents": say("random_int", min=-30000, max=30000),
            "posted_at": say("date_time_between", **moment),
            "reference": say("bothify", text="??-########"),
        },
    }
    factories = {name: factory.make_factory(dict, **values) for name, values in declared.items()}
    return {name: lambda number, build=build: {"id": number, **build()} for name, build in factories.items()}


def by_dbldatagen(rows: int, folder: Path) -> None:
    """Columns by Spark on two cores: templates, choices and ranges, as it has no names, and words of lorem ipsum."""
    from dbldatagen import DataGenerator
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true").getOrCreate()
    )  # fmt: skip
    words = lambda count: r"\w " * count  # noqa: E731 - a shorthand of this function
    when = {"begin": f"{SINCE:%F %T}", "end": f"{UNTIL:%F %T}", "interval": "1 minute", "random": True}
    columns: dict[str, dict[str, tuple[str, Row]]] = {
        "client": {
            "mrn": ("string", {"template": r"dddddddd"}),
            "first_name": ("string", {"template": r"\w"}),
            "last_name": ("string", {"template": r"\w"}),
            "dob": ("date", {"begin": "1930-01-01", "end": "2025-01-01", "interval": "1 day", "random": True}),
            "email": ("string", {"template": r"\w.\w@\w.org"}),
            "phone": ("string", {"template": r"(ddd)-ddd-dddd"}),
            "address_1": ("string", {"template": r"dddd \w Street"}),
            "city": ("string", {"template": r"\w"}),
            "state": ("string", {"values": ["CA", "NY", "TX", "WA"], "random": True}),
            "zip": ("string", {"template": r"ddddd"}),
            "created_at": ("timestamp", when),
        },
        "appointment": {
            "client_id": ("bigint", {"minValue": 0, "maxValue": rows, "random": True}),
            "provider_id": ("bigint", {"minValue": 0, "maxValue": 99, "random": True}),
            "status": ("string", {"values": list(STATUSES), "random": True}),
            "start_at": ("timestamp", when),
            "booked_at": ("timestamp", when),
            "modality": ("string", {"values": list(MODALITIES), "random": True}),
            "duration_min": ("int", {"minValue": 15, "maxValue": 60, "random": True}),
        },
        "note": {
            "client_id": ("bigint", {"minValue": 0, "maxValue": rows, "random": True}),
            "subjective": ("string", {"template": words(14)}),
            "objective": ("string", {"template": words(10)}),
            "assessment": ("string", {"template": words(8)}),
            "plan": ("string", {"template": words(8)}),
            "signed_at": ("timestamp", when),
        },
        "ledger_entry": {
            "client_id": ("bigint", {"minValue": 0, "maxValue": rows, "random": True}),
            "entry_type": ("string", {"values": list(TYPES), "random": True}),
            "amount_cents": ("int", {"minValue": -30000, "maxValue": 30000, "random": True}),
            "posted_at": ("timestamp", when),
            "reference": ("string", {"template": r"aa-dddddddd"}),
        },
    }
    for name, share in ENTITIES.items():
        made = DataGenerator(spark, name=name, rows=rows * share // 25, partitions=2).withIdOutput()
        for column, (kind, options) in columns[name].items():
            made = made.withColumn(column, kind, **options)
        made.build().write.mode("overwrite").parquet(str(folder / name))
    gateway = spark.sparkContext._gateway  # noqa: SLF001 - Spark does not wait for its Java machine
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()  # its CPU-seconds count only after that


def main() -> None:
    way, rows, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(exist_ok=True)
    if way == "dbldatagen":
        by_dbldatagen(rows, folder)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    makers = {"faker": by_faker, "mimesis": by_mimesis, "factory_boy": by_factory_boy}[way](rows)
    for name, share in ENTITIES.items():
        made: Iterator[Row] = map(makers[name], range(rows * share // 25))
        pq.write_table(pa.Table.from_pylist(list(made)), folder / f"{name}.parquet")


if __name__ == "__main__":
    main()
