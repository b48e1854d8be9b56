"""Rows of the same entities by Faker, one by one.

faker_rows.py ROWS FOLDER
"""

from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from faker import Faker

n, fake = int(sys.argv[1]), Faker("en_US")


def client(i: int) -> dict[str, Any]:
    return {
        "id": i,
        "tenant_id": "t",
        "mrn": f"QA-{i:08d}",
        "first_name": fake.first_name(),
        "middle_name": fake.first_name(),
        "last_name": fake.last_name(),
        "dob": fake.date_of_birth(),
        "email": fake.email(),
        "phone": fake.phone_number(),
        "address_1": fake.street_address(),
        "city": fake.city(),
        "state": fake.state_abbr(),
        "zip": fake.postcode(),
        "status": fake.random_element(("active", "inactive")),
        "intake_date": fake.date_this_decade(),
        "created_at": fake.date_time_this_year(),
    }


def appointment(i: int) -> dict[str, Any]:
    return {
        "id": i,
        "tenant_id": "t",
        "client_id": fake.random_int(0, n),
        "provider_id": fake.random_int(0, 99),
        "status": fake.random_element(("completed", "no_show")),
        "start_at": fake.date_time_this_year(),
        "booked_at": fake.date_time_this_year(),
        "modality": fake.random_element(("in_person", "video")),
        "minutes": fake.random_int(15, 60),
    }


def note(i: int) -> dict[str, Any]:
    return {
        "id": i,
        "tenant_id": "t",
        "client_id": fake.random_int(0, n),
        "subjective": fake.sentence(14),
        "objective": fake.sentence(10),
        "assessment": fake.sentence(8),
        "plan": fake.sentence(8),
        "signed_at": fake.date_time_this_year(),
    }


def entry(i: int) -> dict[str, Any]:
    return {
        "id": i,
        "tenant_id": "t",
        "client_id": fake.random_int(0, n),
        "entry_type": fake.random_element(("charge", "payment")),
        "amount_cents": fake.random_int(-30000, 30000),
        "posted_at": fake.date_time_this_year(),
        "reference": fake.bothify("??-########"),
    }


for name, make, share in (("c", client, 2), ("a", appointment, 10), ("n", note, 5), ("l", entry, 8)):
    pq.write_table(pa.Table.from_pylist([make(i) for i in range(n * share // 25)]), f"{sys.argv[2]}/{name}.parquet")
