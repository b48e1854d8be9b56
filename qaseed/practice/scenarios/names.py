"""Clients of the first practice whose names break careless code."""

from __future__ import annotations

from qaseed.kinds import recipe
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import person_case

LONG_NAME = "Featheringstonehaugh-Montgomery-Cholmondeley-Wolstenholme-Abernethy"

NAMES = (
    person_case(
        "apostrophe_name", "A family name with an apostrophe.", 0, "s.last_name = 'O''Brien'", last_name="O'Brien"
    ),
    person_case(
        "rtl_name",
        "A name in Arabic letters, written from right to left.",
        32,
        r"regexp_matches(s.first_name, '\p{Arabic}') and regexp_matches(s.last_name, '\p{Arabic}')",
        sex_at_birth="F",
        first_name="ليلى",
        last_name="الحسن",
    ),
    person_case(
        "hebrew_name",
        "A name in Hebrew letters, written from right to left.",
        7,
        r"regexp_matches(s.first_name, '\p{Hebrew}') and regexp_matches(s.last_name, '\p{Hebrew}')",
        first_name="נועה",
        last_name="כהן",
        sex_at_birth="F",
    ),
    person_case(
        "changed_name",
        "A client with a new family name; the email address has the one before.",
        15,
        "s.last_name = 'Hartwell' and s.email = 'nora.bellamy15@example.com'",
        first_name="Nora",
        last_name="Hartwell",
        email="nora.bellamy15@example.com",
        sex_at_birth="F",
    ),
    person_case(
        "cjk_name",
        "A name in Chinese characters.",
        48,
        "s.first_name = '小明' and s.last_name = '王'",
        sex_at_birth="M",
        first_name="小明",
        last_name="王",
    ),
    person_case(
        "accented_name",
        "Letters with accents, composed.",
        56,
        "s.first_name = 'Zoë' and s.last_name = 'Nguyễn' and nfc_normalize(s.last_name) = s.last_name",
        sex_at_birth="F",
        first_name="Zoë",
        last_name="Nguyễn",
    ),
    person_case(
        "decomposed_name",
        "The same kind of letters, decomposed (NFD).",
        64,
        "nfc_normalize(s.first_name) = 'José' and s.first_name <> 'José'",
        sex_at_birth="M",
        first_name="Jose\u0301",
        last_name="Alva\u0301rez",
    ),
    person_case(
        "mononym",
        "A person with a single name.",
        72,
        "s.last_name is null",
        last_name=None,
        first_name="Wulandari",
        sex_at_birth="F",
    ),
    person_case(
        "null_word_name",
        "Names that careless code takes for nothing.",
        80,
        "s.first_name = 'Null' and s.middle_name = 'NaN' and s.last_name = 'True'",
        first_name="Null",
        middle_name="NaN",
        last_name="True",
    ),
    person_case(
        "long_name",
        "A double-barrelled name of more than 60 characters.",
        88,
        "length(s.last_name) > 60",
        last_name=LONG_NAME,
    ),
    person_case(
        "longest_name",
        "A name of 255 characters.",
        96,
        "length(s.last_name) = 255",
        last_name=recipe(scenario_rows.repeated, sentence="Longname", length=255),
    ),
    person_case("single_letter_surname", "A family name of one letter.", 104, "s.last_name = 'O'", last_name="O"),
    person_case(
        "padded_name",
        "Blanks before and after a name.",
        112,
        "s.first_name = ' Ana ' and s.last_name = 'Reed '",
        sex_at_birth="F",
        first_name=" Ana ",
        last_name="Reed ",
    ),
    person_case(
        "suffix_name",
        "A name with a suffix and with particles.",
        120,
        "s.suffix = 'Jr.' and s.last_name = 'van der Berg'",
        sex_at_birth="M",
        gender_identity="man",
        last_name="van der Berg",
        suffix="Jr.",
    ),
    person_case(
        "emoji_preferred_name",
        "A preferred name with an emoji joined from several.",
        128,
        "contains(s.preferred_name, '👩‍🚀')",
        preferred_name="Sky 👩‍🚀",
    ),
    person_case(
        "dotless_i_name",
        "Turkish letters whose upper and lower case depend on the language.",
        136,
        "s.first_name = 'Işıl' and s.last_name = 'İnce'",
        first_name="Işıl",
        last_name="İnce",
        sex_at_birth="F",
    ),
)
