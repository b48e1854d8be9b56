"""The record of a unit: its files with their rows, bytes and sha256, as the task says that wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from qaseed.snapshot import FOLDERS, File

Files = Mapping[str, Sequence[File]]
"""Files of rows, by entity."""


def record_name(number: int) -> str:
    """The name of a unit's record."""
    return f"{number:05d}.json"


def by_entity(written: Sequence[tuple[str, File]]) -> Files:
    """Files of a unit, in the order in which they were written."""
    files: dict[str, list[File]] = {}
    for name, file in written:
        files.setdefault(name, []).append(file)
    return files


def all_files(files: Files) -> list[File]:
    """The files of a unit, of every entity."""
    return [file for group in files.values() for file in group]


def to_bytes(number: int, files: Files) -> bytes:
    """The record as JSON."""
    document = {"unit": number, "files": {name: [asdict(file) for file in group] for name, group in files.items()}}
    return json.dumps(document).encode()


def from_bytes(data: bytes, number: int, formats: Sequence[str]) -> Files:
    """The files of a record; `ValueError` unless they are those of such a unit, by their names."""
    try:
        files = {name: [_file(file) for file in group] for name, group in json.loads(data)["files"].items()}
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(number) from error
    for name, group in files.items():
        if [file.path for file in group] != [_path(name, kind, number) for kind in formats]:
            raise ValueError(number)
    return files


def _file(data: Any) -> File:
    file = File(**data)
    if [type(value) for value in asdict(file).values()] != [str, int, int, str]:
        raise TypeError(data)
    return file


def _path(entity: str, kind: str, number: int) -> str:
    return f"{FOLDERS[kind]}/{entity}/part-{number:05d}.{kind}"
