"""How an id is made of a tenant's number and a slot, which validation knows without the generator."""

SLOT_BITS = 40
"""Bits of an id that are the slot; those above are the tenant's number."""
FIRST_ORDINARY_SLOT = 1024
"""Slots below this are reserved for scenarios, in every entity and tenant."""
