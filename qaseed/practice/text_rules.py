"""What the text of a note says: it names its client and no other, and agrees with client, visit and author."""

from __future__ import annotations

from qaseed.model import Rule
from qaseed.practice.measures import ORDINARY
from qaseed.practice.note_rules import AGE_AT_SESSION, TEXT, contains_any
from qaseed.sql import any_of, literal, one_of, query

PRONOUNS = {"she/her": ("she", "her"), "he/him": ("he", "his", "him"), "they/them": ("they", "their", "them")}

COMMON_WORDS = (
    *("Grace", "Hope", "Faith", "Joy", "May", "April", "June", "August", "Mark"),
    *("Will", "Rose", "Summer", "Autumn", "Dawn", "Price", "Best", "Short", "Sunday", "Early", "Low", "Close", "Other"),
    *(
        "Among",
        "Each",
        "Harsh",
        "Held",
        "Major",
        "Offer",
        "Parent",
        "Peace",
        "Post",
        "See",
        "Sessions",
        "Seven",
        "Tone",
    ),
    *("Vital", "Yoga", "Too"),
)
"""Names that are also words with which a sentence may begin: they do not identify a person."""
_CAPITALIZED = r"'\b[A-Z][a-z]{2,}\b'"
_UNFILLED = ("{", "None", "nan", "null")
"""What a text has where a placeholder was not filled, or was filled with nothing."""


def _other_pronouns(own: str) -> str:
    """The condition that the text has pronouns of another set than the client's."""
    others = [word for pronouns, words in PRONOUNS.items() if pronouns != own for word in words]
    words = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in others)
    return f"regexp_matches({TEXT}, ' (?:{words}) ')"


_FIRST_OF_VISIT = "note_type in ('intake', 'progress') and amends_id is null and subjective is not null"

TEXT_RULES = (
    Rule(
        "X2",
        "the text names its client",
        "note_type <> 'administrative' and status <> 'draft' and not contains(subjective, client.first_name)",
    ),
    Rule(
        "X2p",
        "the text uses the client's pronouns",
        # `case`, so that a text is searched for the pronouns of the other sets only: `and` evaluates both its sides
        any_of(
            *(
                f"case when client.pronouns = {literal(own)} then {_other_pronouns(own)} else false end"
                for own in PRONOUNS
            )
        ),
    ),
    Rule(
        "X2a",
        "the age in the text is the client's age at the session",
        # `case`, so that the age is extracted from few texts and compared for fewer
        any_of(
            *(
                f"case when {has} then try_cast(regexp_extract(subjective, '{pattern}', 1) as int) "
                f"<> {AGE_AT_SESSION} else false end"
                for has, pattern in (
                    ("contains(subjective, 'years old')", ", ([0-9]+) years old"),
                    ("contains(subjective, '(age ')", r"\(age ([0-9]+)\)"),
                    ("regexp_matches(subjective, ' is [0-9]')", " is ([0-9]+) and "),
                )
            )
        ),
    ),
    Rule(
        "X2m",
        "the text agrees with the modality of the visit",
        any_of(
            *(
                f"case when {_FIRST_OF_VISIT} then contains({TEXT}, {literal(phrase)}) "
                f"<> (appointment.modality = {literal(modality)}) else false end"
                for phrase, modality in (
                    ("via secure video", "video"),
                    ("by phone", "phone"),
                    ("in person at", "in_person"),
                )
            )
        ),
    ),
    Rule(
        "X2d",
        "the text agrees with the documented minutes and the author's license",
        any_of(
            # a regular expression is slow, and needed for few texts
            "case when ends_with(split_part(plan, '-minute session', 1), concat(' ', session_minutes)) then false "
            "else try_cast(regexp_extract(plan, '([0-9]+)-minute session', 1) as int) <> session_minutes end",
            "contains(plan, 'Treating provider: ') "
            "and not contains(plan, 'Treating provider: ' || provider.credentials || '.')",
        ),
    ),
    Rule(
        "X3",
        "the text names no other client",
        select=query(f"""
            with names as (
                select distinct name
                from (select unnest([first_name, last_name]) as name from client)
                where not {one_of("name", COMMON_WORDS)}
            )
            select tenant_id, id
            from (
                select distinct n.tenant_id, n.id, n.word
                from (
                    select tenant_id, id, client_id, unnest(regexp_extract_all({TEXT}, {_CAPITALIZED})) as word
                    from note
                ) n
                semi join names on names.name = n.word
                join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
                where n.word is distinct from c.first_name
                and not contains(concat_ws(' ', c.first_name, c.last_name, c.preferred_name, c.guardian_name), n.word)
            )
        """),
    ),
    Rule(
        "X4",
        "the text has a plausible length and, except in scenarios, composed letters (NFC)",
        any_of(
            # letters are counted only where bytes, which are known, leave it open; a letter has at most four
            *(
                f"case when strlen({column}) > 10000 then length({column}) > 10000 else false end"
                for column in ("subjective", "objective", "assessment", "plan")
            ),
            f"case when strlen({TEXT}) < 160 and status <> 'draft' then length({TEXT}) < 40 else false end",
            # only a text with letters of several bytes is normalized, which is slow
            f"case when {ORDINARY} and strlen({TEXT}) > length({TEXT}) "
            f"then nfc_normalize({TEXT}) <> {TEXT} else false end",
        ),
    ),
    Rule(
        "X5",
        "the text has no unfilled placeholder",
        # `contains` first: the expression is slow, and needed for few texts
        f"case when {contains_any(_UNFILLED)} "
        f"then regexp_matches({TEXT}, '\\{{\\w*\\}}|\\bNone\\b|\\bnan\\b|\\bnull\\b') else false end",
    ),
)
