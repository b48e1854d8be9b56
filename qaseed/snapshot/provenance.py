"""Where a snapshot comes from, as an in-toto statement with the predicate of SLSA provenance."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from qaseed.errors import SnapshotError
from qaseed.signatures import SignedBy
from qaseed.snapshot.opening import Snapshot
from qaseed.stores.ci import built_commit
from qaseed.stores.store import Digest

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD = "urn:qaseed:generate:1"
"""How the recipe is meant: as `qaseed generate` reads it."""


@dataclass(frozen=True)
class Provenance:
    """What a statement says of a snapshot, and whose signature of it was accepted."""

    builder: str
    """How it was built."""
    version: str
    """Of qaseed."""
    commit: str | None
    """The commit that was built, None if the statement names none."""
    recipe: Mapping[str, Any]
    dependencies: Mapping[str, str]
    """The versions of the libraries, by their names."""
    dependencies_sha256: str
    """Of these versions as the lines of a requirements file."""
    signed_by: SignedBy | None
    """None if no signature was required."""

    def to_json(self) -> dict[str, Any]:
        """What `qaseed verify --json` prints of it."""
        return {
            "builder": self.builder,
            "qaseed": self.version,
            "commit": self.commit,
            "recipe": dict(self.recipe),
            "dependencies": dict(self.dependencies),
            "dependencies_sha256": self.dependencies_sha256,
            "signed_by": vars(self.signed_by) if self.signed_by else None,
        }


def parse_provenance(where: object, content: bytes, digest: Digest, signed_by: SignedBy | None) -> Provenance:
    """What a statement says; `SnapshotError` (exit code 3) if it is none, or is about another snapshot."""
    try:
        statement = json.loads(content)
        subjects = [subject["digest"]["sha256"] for subject in statement["subject"]]
        predicate = statement["predicate"]
        build, builder = predicate["buildDefinition"], predicate["runDetails"]["builder"]
        parts = {part["name"]: part["digest"] for part in build["resolvedDependencies"] if "name" in part}
        uris = [part["uri"].rpartition("@") for part in build["resolvedDependencies"] if "uri" in part]
        provenance = Provenance(
            str(builder["id"]),
            str(builder["version"]["qaseed"]),
            str(parts["source"]["gitCommit"]) if "source" in parts else None,
            dict(build["externalParameters"]["recipe"]),
            {uri.rpartition("/")[2]: version for uri, _, version in uris},
            str(parts["requirements.txt"]["sha256"]),
            signed_by,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SnapshotError(f"{where}: its provenance cannot be read; push the snapshot again with --sign") from None
    if subjects != [digest.removeprefix("sha256:")]:
        raise SnapshotError(f"{where}: its provenance is that of another snapshot; push it again with --sign")
    return provenance


def provenance_of(snapshot: Snapshot, digest: Digest) -> bytes:
    """The statement: recipe, logical digests, qaseed's version, its dependencies, and the commit that is built.

    Equal for equal snapshots, installations and commits: it has no time, host or path. Dependencies are those of this
    installation where it has the versions that the manifest names, else only these.
    """
    manifest = snapshot.manifest
    packages = installed("qaseed")
    if any(packages.get(name) != version for name, version in manifest.made_with.items()):
        packages = dict(manifest.made_with)
    lines = "".join(f"{name}=={version}\n" for name, version in sorted(packages.items()))
    dependencies: list[dict[str, Any]] = [
        {"name": "requirements.txt", "digest": {"sha256": hashlib.sha256(lines.encode()).hexdigest()}},
        *({"uri": f"pkg:pypi/{name}@{version}"} for name, version in sorted(packages.items())),
    ]
    if commit := _commit():
        dependencies.insert(0, {"name": "source", "digest": {"gitCommit": commit}})
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": manifest.name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": {"id": manifest.id, "recipe": manifest.recipe},
                "internalParameters": {"digests": manifest.digests},
                "resolvedDependencies": dependencies,
            },
            "runDetails": {"builder": {"id": BUILD, "version": {"qaseed": manifest.made_with.get("qaseed", "")}}},
        },
    }
    return json.dumps(statement, indent=1, sort_keys=True).encode() + b"\n"


def installed(name: str) -> dict[str, str]:
    """The versions of an installed package and of all that it needs."""
    versions: dict[str, str] = {}
    names = [name]
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name in versions:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # needed on another system or version of Python
            continue
        versions[name] = package.version
        requirements = [text for text in package.requires or () if not re.search(r"\bextra\s*==", text)]
        names += [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in requirements]
    return versions


def _commit() -> str | None:
    """The commit that a CI service builds, or that the working folder has without changes."""
    if built := built_commit():
        return built
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return commit if commit and changes == "" else None


def _git(*words: str) -> str | None:
    command = ("git", *words)
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # no shell
    except OSError:
        return None
    return run.stdout.strip() if run.returncode == 0 else None
