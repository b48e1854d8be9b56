"""Forms in which an identifier can be made: all of them nobody's, some of them accepted by strict validators."""

from __future__ import annotations

from collections.abc import Mapping

from qaseed.errors import UsageError, nearest
from qaseed.plan import Tenant

MODES: Mapping[str, Mapping[str, str]] = {
    # kind: mode, the usual one first, and what passes with it
    "phone": {
        "seed": "area code 555, 000 or 999: possible, and not valid for libphonenumber",
        "nanp_valid": "an area code of the state and 555-0100 to 0199: valid for libphonenumber",
    },
    "email": {
        "example": "at example.com: accepted by email-validator and pydantic's EmailStr",
        "tenant": "at a host of the tenant's own, t001.example.com: accepted likewise, and tells whose it is",
        "seed": "also at test.local and demo.invalid, which email-validator rejects",
    },
    "npi": {
        "format_valid": "2 in front and a right check digit: passes validators; such numbers may be issued one day",
        "never": "9 in front and a right check digit: never issued, and rejected where the first digit is checked",
    },
    "zip": {
        "unassigned": "a prefix of the state without any ZIP code: passes the pattern, fails address verification",
        "placeholder": "00000: no ZIP code, and no state's",
    },
    "name": {
        "realistic": "given and family name drawn apart from pools of common names",
        "marked": "the family name ends in -Testcase, -Sample or -Synth",
    },
}


def check(tenant: Tenant) -> None:
    """Refuse modes that a profile asks for and that do not exist."""
    for kind, mode in tenant.settings_by_name.get("modes", ()):
        if kind not in MODES:
            raise UsageError(f"modes: no kind {kind!r}; {nearest(kind, MODES)}")
        if mode not in MODES[kind]:
            raise UsageError(f"modes.{kind}: no mode {mode!r}; {nearest(str(mode), MODES[kind])}")


def of(tenant: Tenant, kind: str) -> str:
    """The form of an identifier that the tenant's profile asks for, or the usual one."""
    return str(dict(tenant.settings_by_name.get("modes", ())).get(kind, next(iter(MODES[kind]))))
