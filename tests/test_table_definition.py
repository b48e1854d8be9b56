"""The hash by which a load knows whether a kept stage still fits: of the SQL alone, and of all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg.sql import SQL, Identifier, Literal

from qaseed.loading.table_definition import TableDefinition, fingerprint
from qaseed.model import Column, Entity

PET = Entity("pet", "A pet.", (Column("id", "bigint", "Its number."),))
TABLE = Identifier("qaseed_next", "pet")
DEFINITION = TableDefinition(
    entity=PET,
    create=(SQL("create table {} (id bigint)").format(TABLE),),
    keys=(SQL("alter table {} add primary key (id)").format(TABLE),),
    indexes=(),
    references=(),
    validate=(),
    comments=(SQL("comment on table {} is {}").format(TABLE, Literal("Its owner's 'pet'.")),),
)


def test_the_hash_is_the_same_in_all_versions() -> None:
    # a version with another hash discards the stages that older versions kept
    assert (
        fingerprint([DEFINITION], {"pet": True}) == "62ed39d535a2ef3523261a8fe42466d29d929bbb4bff41fce85763b26ca14baa"
    )


@pytest.mark.parametrize("step", ["create", "keys", "indexes", "references", "validate", "comments"])
def test_the_hash_depends_on_the_statements_of_each_step(step: str) -> None:
    changed = replace(DEFINITION, **{step: (*getattr(DEFINITION, step), SQL("select {}").format(Literal(1)))})
    assert fingerprint([changed], {"pet": True}) != fingerprint([DEFINITION], {"pet": True})


def test_the_hash_depends_on_whether_qaseed_created_the_table() -> None:
    assert fingerprint([DEFINITION], {"pet": False}) != fingerprint([DEFINITION], {"pet": True})
