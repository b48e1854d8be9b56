"""Forms in which an identifier can be generated: none can belong to a person, and strict validators accept some."""

from __future__ import annotations

from collections.abc import Mapping

from qaseed.errors import UsageError, nearest
from qaseed.plan import Tenant, Tenants

MODES: Mapping[str, Mapping[str, str]] = {
    # kind: its modes, the default one first, and which validators accept each
    "phone": {
        "seed": "area code 555, 000 or 999: possible, and not valid for libphonenumber",
        "nanp_valid": "an area code of the state and 555-0100 to 0199: valid for libphonenumber",
    },
    "email": {
        "example": "at example.com: accepted by email-validator and pydantic's EmailStr",
        "tenant": "at a host of the tenant's own, t001.example.com: accepted likewise, and shows its tenant",
        "seed": "also at test.local and demo.invalid, which email-validator rejects",
    },
    "npi": {
        "format_valid": "begins with 2, with a valid check digit: passes validators; such numbers may be issued later",
        "never": "begins with 9, with a valid check digit: never issued, and rejected if the first digit is checked",
    },
    "zip": {
        "unassigned": "a prefix of the state without any ZIP code: passes the pattern, fails address verification",
        "placeholder": "00000: no ZIP code of any state",
    },
    "name": {
        "realistic": "given and family name drawn separately from pools of common names",
        "marked": "the family name ends in -Testcase, -Sample or -Synth",
    },
}


def check(tenant: Tenant) -> None:
    """Reject modes of a profile that do not exist."""
    for kind, mode in tenant.settings_by_name.get("modes", ()):
        if kind not in MODES:
            raise UsageError(f"modes: no kind {kind!r}; {nearest(kind, MODES)}")
        if mode not in MODES[kind]:
            raise UsageError(f"modes.{kind}: no mode {mode!r}; {nearest(str(mode), MODES[kind])}")


def of(tenants: Tenants, kind: str) -> str:
    """The mode of an identifier that the tenants' profile asks for, or the default one."""
    return str(dict(tenants.settings_by_name.get("modes", ())).get(kind, next(iter(MODES[kind]))))
