"""The artifact: a folder that describes itself, is complete once its manifest exists, and never changes after that."""

from __future__ import annotations

from qaseed.disk import sha256_of
from qaseed.snapshot.catalog import open_catalog, resources_to_check
from qaseed.snapshot.integrity import SIGNATURE
from qaseed.snapshot.locating import names_in, not_found, output_folder
from qaseed.snapshot.manifest import FOLDERS, FORMAT, FORMATS, MANIFEST, SUMS, File, Manifest, Table, identity
from qaseed.snapshot.opening import Snapshot, with_defaults
from qaseed.snapshot.resolving import as_snapshot, open_snapshot
from qaseed.snapshot.writing import discard_attachments, finish, remove

__all__ = [
    "FOLDERS",
    "FORMAT",
    "FORMATS",
    "MANIFEST",
    "SIGNATURE",
    "SUMS",
    "File",
    "Manifest",
    "Snapshot",
    "Table",
    "as_snapshot",
    "discard_attachments",
    "finish",
    "identity",
    "names_in",
    "not_found",
    "open_catalog",
    "open_snapshot",
    "output_folder",
    "remove",
    "resources_to_check",
    "sha256_of",
    "with_defaults",
]
