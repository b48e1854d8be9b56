"""How an id is made of a tenant's number and a slot, which validation knows without the generator."""

SLOT_BITS = 40
"""Bits of an id that are the slot; those above are the tenant's number."""
PARENT_BITS = 32
"""Bits of a slot that are its parent's, where rows derive from rows of another entity; those above number them."""
FIRST_ORDINARY_SLOT = 1024
"""Slots below this are reserved for scenarios, in every entity and tenant."""
