"""The seed document's configuration: environments, profiles and settings, from files, environment variables and overrides."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from qaseed.errors import UsageError, nearest
from qaseed.folders import config_folder
from qaseed.profiles import PROFILES, RECORDS, Profile

QADataProfile = Profile

SAFE_EMAIL_DOMAINS = ("example.com", "test.local", "qa-testing.org", "demo.invalid")
SEED_MODE = ("test.local", "demo.invalid")
"""Emitted too in e-mail mode `seed`; qa-testing.org never is, because anybody may register it."""
SAFE_PHONE_PREFIXES = ("555", "000", "999")
REJECTED_FIELDS = ("ssn", "social_security_number", "real_name", "actual_email", "driver_license", "passport")
"""Some of them; `qaseed.check_for_phi` knows all."""


class QAEnvironment(StrEnum):
    """The environments that everybody has."""

    MINIMAL = "minimal"
    STANDARD = "standard"
    LOAD_TEST = "load_test"
    INTEGRATION = "integration"


MOST = 1 << 31


@dataclass(frozen=True)
class Settings:
    """What may be set besides the data itself. None means: left to the machine."""

    environment: str = "standard"
    batch_size: int = 2_000
    parallel_workers: int | None = None
    use_bulk_insert: bool = True
    connection_pool_size: int = 1
    validation_enabled: bool = True
    validation_sample_size: int | None = None
    strict_mode: bool = False
    out: str = "artifacts"
    schema: str = "public"


def _truth(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("write true or false")
    return known[text.strip().lower()]


def _positive(text: str) -> int:
    number = int(text)
    if not 0 < number < MOST:
        raise ValueError("write a whole number above 0")
    return number


VARIABLES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "QA_ENVIRONMENT": ("environment", str),
    "QA_BATCH_SIZE": ("batch_size", _positive),
    "QA_PARALLEL_WORKERS": ("parallel_workers", _positive),
    "QA_USE_BULK_INSERT": ("use_bulk_insert", _truth),
    "QA_VALIDATION_ENABLED": ("validation_enabled", _truth),
    "QA_VALIDATION_SAMPLE_SIZE": ("validation_sample_size", _positive),
    "QA_STRICT_MODE": ("strict_mode", _truth),
}
"""Environment variables: the setting of each, and how it is read."""


def settings() -> Settings:
    """The settings in force: environment variables over the project's file over the user's file over defaults."""
    found: dict[str, Any] = {}
    for path, table in reversed(_files()):
        found |= _checked(path, {name: value for name, value in table.items() if name != "profiles"})
    for variable, (name, read) in VARIABLES.items():
        text = os.environ.get(variable)
        if text:
            try:
                found[name] = read(text)
            except ValueError as error:
                hint = "write a whole number above 0" if "invalid literal" in str(error) else str(error)
                raise UsageError(f"{variable}: {text!r} cannot be; {hint}") from None
    return Settings(**found)


def _checked(where: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, each of the right type and range; `UsageError` says what is wrong where."""
    kinds = get_type_hints(Settings)
    for name, value in given.items():
        if name not in kinds:
            raise UsageError(f"{where}: no setting {name!r}; {nearest(name, kinds)}")
        wanted = _wanted(kinds[name], value)
        if wanted:
            raise UsageError(f"{where}: {name} is {value!r}; give {wanted}")
    return dict(given)


def _wanted(kind: Any, value: Any) -> str | None:
    """What a setting of that kind takes, if the value is not that."""
    if kind is bool:
        return None if isinstance(value, bool) else "true or false"
    if kind is str:
        return None if isinstance(value, str) else "a text"
    if value is None and kind is not int:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST
    return None if whole else "a whole number above 0"


def _files() -> list[tuple[str, dict[str, Any]]]:
    """The configuration files that count, the strongest first: the project's nearest one, then the user's."""
    user = config_folder() / "qaseed.toml"
    found = []
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "qaseed.toml").is_file():
            found.append((str(folder / "qaseed.toml"), _toml(folder / "qaseed.toml")))
            break
        project = _toml(folder / "pyproject.toml").get("tool", {}) if (folder / "pyproject.toml").is_file() else {}
        if isinstance(project, dict) and isinstance(project.get("qaseed"), dict):
            found.append((f"{folder / 'pyproject.toml'} [tool.qaseed]", project["qaseed"]))
            break
    return [*found, *([(str(user), _toml(user))] if user.is_file() else [])]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as TOML ({str(error).splitlines()[0]}); mend it") from None


def profiles() -> dict[str, Profile]:
    """All profiles by slug: the four that everybody has, then those of the configuration files."""
    found = dict(PROFILES)
    for path, table in reversed(_files()):
        told_profiles = table.get("profiles", {})
        if not isinstance(told_profiles, dict):
            raise UsageError(f"{path}: profiles is {told_profiles!r}; write tables [profiles.NAME]")
        for slug, told in told_profiles.items():
            if slug in PROFILES:
                raise UsageError(f"{path}: profile {slug!r} exists already; choose another name")
            found[slug] = _custom(path, slug, told)
    return found


def _custom(path: str, slug: str, told: Any) -> Profile:
    known = {item.name for item in fields(Profile)} - {"slug", "variant"}
    if not isinstance(told, dict) or "record_counts" not in told:
        raise UsageError(f"{path}: profile {slug!r} needs a table record_counts")
    for name in told:
        if name not in known:
            raise UsageError(f"{path}: profile {slug!r} has no {name!r}; {nearest(name, known)}")
    given = {"name": slug, "description": "", "target_seed_time_seconds": 300.0} | told
    return Profile(**given, slug=slug)  # type: ignore[arg-type]  # Profile checks what the file says


def find_profile(name: str) -> Profile:
    """The profile of that name; `UsageError` with the nearest name otherwise."""
    known = profiles()
    if name not in known:
        raise UsageError(f"no profile {name!r}; {nearest(name, known)}")
    return known[name]


@dataclass(frozen=True)
class QASeedConfig:
    """A profile and the settings to seed it with."""

    profile: Profile
    settings: Settings

    def get_record_counts(self) -> dict[str, int]:
        """Records over all tenants, by the seed document's names (`Client`, `LedgerEntry`, ...)."""
        return {record: self.profile.record_counts[entity] for record, entity in RECORDS.items()}

    def get_tenant_ids(self) -> list[str]:
        """The slugs of the tenants, `tenant-qa-001` first."""
        return [f"tenant-qa-{number:03d}" for number in range(1, self.profile.tenants + 1)]

    def get_hipaa_compliance_settings(self) -> dict[str, Any]:
        """What is taken as safe, and what is emitted; synthetic, contains no PHI."""
        return {
            "safe_email_domains": list(SAFE_EMAIL_DOMAINS),
            "emitted_email_domains": ["example.com", *(SEED_MODE if self.profile.modes.get("email") == "seed" else ())],
            "safe_phone_prefixes": list(SAFE_PHONE_PREFIXES),
            "rejected_fields": list(REJECTED_FIELDS),
            "phi_detection_enabled": True,
        }

    def get_performance_settings(self) -> dict[str, Any]:
        """Rows a buffer, workers, and whether COPY is used."""
        return {
            "batch_size": self.settings.batch_size,
            "parallel_workers": self.settings.parallel_workers or os.cpu_count() or 1,
            "use_bulk_insert": self.settings.use_bulk_insert,
            "connection_pool_size": self.settings.connection_pool_size,
            "target_seed_time_seconds": self.profile.target_seed_time_seconds,
        }

    def get_validation_settings(self) -> dict[str, Any]:
        """Whether rows are checked, how much free text is read (None: all), and whether warnings fail."""
        return {
            "validation_enabled": self.settings.validation_enabled,
            "sample_size": self.settings.validation_sample_size,
            "strict_mode": self.settings.strict_mode,
        }


def get_qa_seed_config(
    environment: str | QAEnvironment | None = None, override: Profile | Mapping[str, Any] | None = None
) -> QASeedConfig:
    """The configuration of an environment (`QA_ENVIRONMENT`, or standard); `ValueError` for an unknown one.

    `override` is a whole profile, or some settings by name; `record_counts`, `seed`, `tenants`, `as_of` and the profile's
    other fields may be among them.
    """
    if isinstance(override, Profile):
        return QASeedConfig(override, settings())
    in_force = settings()
    profile = find_profile(str(environment or in_force.environment))
    if override is not None and not isinstance(override, Mapping):
        raise UsageError(f"config_override: {type(override).__name__} is neither a QADataProfile nor settings by name")
    given = dict(override or {})
    shape = {name: given.pop(name) for name in [item.name for item in fields(Profile)] if name in given}
    if isinstance(shape.get("record_counts"), Mapping):
        shape["record_counts"] = {
            **profile.record_counts,
            **{RECORDS.get(k, k): v for k, v in shape["record_counts"].items()},
        }
    return QASeedConfig(profile.vary(**shape), replace(in_force, **_checked("config_override", given)))
