"""Who enters what: the accounts of a practice, and their roles, which `created_by` names."""

from __future__ import annotations

from qaseed.kinds import choice, entity, flag, instant, key, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import accounts
from qaseed.practice.shared import COMMON_RULES, ROLES
from qaseed.sql import any_of, query

ACCOUNT_ROLES = (*ROLES, "admin")

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # whose it is
    provider_id=ref("provider", "The provider whose account it is.", accounts.provider, nullable=True),
    location_id=ref("location", "The site at whose front desk it is used.", accounts.location, nullable=True),
    role=choice("What it may do; `created_by` of every table names the role.", ACCOUNT_ROLES, accounts.role),
    first_name=text("Given name; null for the system.", accounts.first_name, nullable=True, phi="name", safe="name"),
    last_name=text("Family name; null for the system.", accounts.last_name, nullable=True, phi="name", safe="name"),
    # signing in
    username=text("What they sign in with.", accounts.username, unique=True),
    email=text("At a reserved domain.", accounts.email, unique=True, phi="email", safe="email"),
    second_factor=flag("Whether they sign in with a second factor.", accounts.second_factor),
    status=choice("Disabled once the provider has left.", ("active", "disabled"), accounts.status),
    last_login_at=instant("When they signed in last; null for the system.", accounts.last_login_at, nullable=True),
    **derived_audit_columns(accounts.created_at, accounts.updated_at, "system"),
)

_CREATING = ("client", "appointment", "note", "ledger_entry")
_CREATED = " union ".join(f"select tenant_id, created_by from {table}" for table in _CREATING)

RULES = (
    Rule(
        "UA1",
        "every role that entered rows has an active account",
        select=query(f"""
            select c.tenant_id, c.created_by
            from ({_CREATED}) c
            anti join user_account u on u.tenant_id = c.tenant_id and u.role = c.created_by and u.status = 'active'
        """),
    ),
    Rule(
        "UA2",
        "accounts of clinicians, and only they, are a provider's, under the provider's name and address",
        any_of(
            "(role = 'clinician') <> (provider_id is not null)",
            "(role = 'front_desk') <> (location_id is not null)",
            "first_name <> provider.first_name",
            "last_name <> provider.last_name",
            "email <> provider.email",
            "(role = 'system') <> (first_name is null)",
        ),
    ),
    Rule(
        "UA3",
        "every provider has one account, disabled if the provider has left",
        select=query("""
            select p.tenant_id, p.id
            from provider p
            left join user_account u on u.tenant_id = p.tenant_id and u.provider_id = p.id
            group by p.tenant_id, p.id, p.termination_date
            having count(u.id) <> 1 or (max(u.status) = 'disabled') <> (p.termination_date is not null)
        """),
    ),
    Rule(
        "UA4",
        "people sign in after they have an account and before the data ends, the system never",
        any_of(
            "last_login_at < created_at",
            "last_login_at > updated_at",
            "(role = 'system') <> (last_login_at is null)",
        ),
    ),
    Rule(
        "UA5",
        "nobody who still works there signs notes on a day after the last login",
        select=query("""
            select u.tenant_id, u.id
            from user_account u
            join tenant t on t.tenant_id = u.tenant_id
            join (
                select tenant_id, signed_by, max(signed_at) as signed from note group by all
            ) n on n.tenant_id = u.tenant_id and n.signed_by = u.provider_id
            where u.status = 'active'
            and timezone(t.timezone, n.signed)::date > timezone(t.timezone, u.last_login_at)::date
        """),
    ),
)

USER_ACCOUNT = entity(
    "user_account",
    "An account of somebody who works at a practice, or of the system itself.",
    COLUMNS,
    (*COMMON_RULES, *RULES),
    counted=False,
    derived=recipe(accounts.ids),
)
