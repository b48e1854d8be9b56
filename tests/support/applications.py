"""How applications write into our tables, as far as several tests need to know it."""

from __future__ import annotations

import psycopg

TENANT = "tenant-qa-001"
CLIENT = f"""insert into client (tenant_id, first_name, last_name, dob, primary_provider_id)
    select tenant_id, 'Ada', 'Example', '1990-04-01', id from provider where tenant_id = '{TENANT}' order by id limit 1
    returning id"""
REQUIRED_COLUMNS = {
    "tenant": {"tenant_id", "name"},
    "location": {"tenant_id", "name"},
    "provider": {
        "tenant_id",
        "first_name",
        "last_name",
        "credentials",
        "provider_type",
        "email",
        "primary_location_id",
    },
    "client": {"tenant_id", "first_name", "dob", "primary_provider_id"},
    "appointment": {"tenant_id", "client_id", "provider_id", "location_id", "start_at", "end_at"},
    "note": {"tenant_id", "client_id", "provider_id"},
    "ledger_entry": {"tenant_id", "client_id", "entry_type", "amount_cents"},
    "scenario": {"tenant_id", "name", "entity", "id", "description"},
}
"""The columns of each table that an INSERT cannot leave out."""


def insert_client(url: str) -> int:
    """The id of a client that was inserted without one."""
    with psycopg.connect(url) as connection:
        found = connection.execute(CLIENT.encode()).fetchone()
    assert found
    return int(found[0])
