"""Names that manifests, reports and ids keep: the better word in the code beside the word that was written first."""

from __future__ import annotations

JSON_KEYS = {
    "Rule": {"description": "promise"},
    "Finding": {"description": "promise"},
    "FixtureRow": {"slot": "place"},
    "Scenario": {"slot": "place"},
}
"""Fields of the model and of findings that are written under another key: class, field, key."""

SETTING_KEYS = {
    "first_name_and": {"suffix": "told"},
    "row_at": {"slot": "place"},
}
"""Settings of recipes that are written under another key: function, setting, key. They are part of a snapshot's id."""

STREAMS = {"remark": "told"}
"""Streams of noise under an older name: another name gives other values."""
