"""The seed document's configuration: environments, profiles and settings, from files, variables and overrides."""

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
from qaseed.profiles import PROFILES, RECORDS, TABLES, Profile

QADataProfile = Profile

SAFE_EMAIL_DOMAINS = ("example.com", "test.local", "qa-testing.org", "demo.invalid")
SEED_MODE = ("test.local", "demo.invalid")
"""Also emitted in e-mail mode `seed`. qa-testing.org is never emitted, because anyone can register it."""
SAFE_PHONE_PREFIXES = ("555", "000", "999")
REJECTED_FIELDS = ("ssn", "social_security_number", "real_name", "actual_email", "driver_license", "passport")
"""Examples; `qaseed.check_for_phi` has all names."""


class QAEnvironment(StrEnum):
    """The built-in environments."""

    MINIMAL = "minimal"
    STANDARD = "standard"
    LOAD_TEST = "load_test"
    INTEGRATION = "integration"


LIMIT = 1 << 31
WHOLE_NUMBER = f"a whole number from 1 to {LIMIT - 1:,}"


@dataclass(frozen=True)
class Settings:
    """The settings besides the data itself; None leaves a setting to the machine.

    `batch_size` is in rows; `parallel_workers` are processes that generate and connections that load; `out` is the
    folder of snapshots, `schema` that of the tables; `tables` are those of every profile, `core` or `full`;
    `production_words` are parts of names that say production besides those that always do; `require_signature` is a
    file of allowed signers of what is pulled, `revoked_signers` one of keys that no longer count.
    `docs/reference/configuration.md` lists all.
    """

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
    tables: str | None = None
    production_words: tuple[str, ...] = ()
    require_signature: str | None = None
    revoked_signers: str | None = None


def _parse_words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _parse_bool(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("write true or false")
    return known[text.strip().lower()]


def _parse_tables(text: str) -> str:
    if text.strip() not in TABLES:
        raise ValueError(f"write {' or '.join(TABLES)}")
    return text.strip()


def _parse_positive(text: str) -> int:
    number = int(text)
    if not 0 < number < LIMIT:
        raise ValueError(f"write {WHOLE_NUMBER}")
    return number


VARIABLES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "QA_ENVIRONMENT": ("environment", str),
    "QA_BATCH_SIZE": ("batch_size", _parse_positive),
    "QA_PARALLEL_WORKERS": ("parallel_workers", _parse_positive),
    "QA_USE_BULK_INSERT": ("use_bulk_insert", _parse_bool),
    "QA_VALIDATION_ENABLED": ("validation_enabled", _parse_bool),
    "QA_VALIDATION_SAMPLE_SIZE": ("validation_sample_size", _parse_positive),
    "QA_STRICT_MODE": ("strict_mode", _parse_bool),
    "QA_TABLES": ("tables", _parse_tables),
    "QA_PRODUCTION_WORDS": ("production_words", _parse_words),
}
"""Environment variables: the setting of each, and how it is read."""


FILES = ("require_signature", "revoked_signers")
"""Settings that are files, relative to the configuration file that names them."""


def settings() -> Settings:
    """The settings in force: environment variables over the project's file over the user's file over defaults."""
    values: dict[str, Any] = {}
    for path, table in reversed(_configuration_files()):
        values |= _check_settings(path, {name: value for name, value in table.items() if name != "profiles"})
        folder = Path(path.removesuffix(" [tool.qaseed]")).parent
        values |= {name: os.fspath(folder / values[name]) for name in FILES if name in table}
    for variable, (name, read) in VARIABLES.items():
        text = os.environ.get(variable)
        if text:
            try:
                values[name] = read(text)
            except ValueError as error:
                hint = f"write {WHOLE_NUMBER}" if "invalid literal" in str(error) else str(error)
                raise UsageError(f"{variable}: {text!r} is not possible; {hint}") from None
    return Settings(**values)


def _check_settings(where: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, each of the right type and range; `UsageError` names the file and the setting otherwise."""
    types = get_type_hints(Settings)
    for name, value in given.items():
        if name not in types:
            raise UsageError(f"{where}: no setting {name!r}; {nearest(name, types)}")
        expected = _expected(
            types[name], os.fspath(value) if name == "out" and isinstance(value, os.PathLike) else value
        )
        if name == "tables" and value is not None and value not in TABLES:
            expected = " or ".join(TABLES)
        if expected:
            raise UsageError(f"{where}: {name} is {value!r}; give {expected}")
    converted: dict[str, Any] = {"out": os.fspath, "production_words": tuple}
    return {name: converted[name](value) if name in converted else value for name, value in given.items()}


def _expected(kind: Any, value: Any) -> str | None:
    """What a setting of that type takes, if the value is something else; else None."""
    if kind is bool:
        return None if isinstance(value, bool) else "true or false"
    if kind is str or (kind == str | None and value is not None):
        return None if isinstance(value, str) and value.strip() and "\0" not in value else "a text that is not blank"
    if kind == tuple[str, ...]:
        texts = isinstance(value, list | tuple) and all(isinstance(word, str) and word.strip() for word in value)
        return None if texts else "a list of texts that are not blank"
    if value is None and kind is not int:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < LIMIT
    return None if whole else WHOLE_NUMBER


def _configuration_files() -> list[tuple[str, dict[str, Any]]]:
    """The configuration files in force, the strongest first: the project's nearest one, then the user's."""
    files = []
    for folder in _project_folders():
        if _is_file(folder / "qaseed.toml"):
            files.append((str(folder / "qaseed.toml"), _read_toml(folder / "qaseed.toml")))
            break
        project = _read_toml(folder / "pyproject.toml").get("tool", {}) if _is_file(folder / "pyproject.toml") else {}
        if isinstance(project, dict) and isinstance(project.get("qaseed"), dict):
            files.append((f"{folder / 'pyproject.toml'} [tool.qaseed]", project["qaseed"]))
            break
    user = config_folder() / "qaseed.toml"
    return [*files, *([(str(user), _read_toml(user))] if _is_file(user) else [])]


def _project_folders() -> list[Path]:
    try:
        return [Path.cwd(), *Path.cwd().parents]
    except OSError:
        raise UsageError("the current folder is gone; change to another one") from None


def _is_file(path: Path) -> bool:
    """Whether the file exists; False if this user cannot enter the folder."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # with or without a byte order mark
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; save it in that encoding") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    except ValueError as error:
        raise UsageError(f"{path}: cannot be read as TOML ({str(error).splitlines()[0]}); correct it") from None


def profiles() -> dict[str, Profile]:
    """The usable profiles by slug: the four built-in ones, then those of the configuration files."""
    return _read_profiles()[0]


def profile_problems() -> dict[str, UsageError]:
    """The errors of unusable profiles in the configuration files, by slug."""
    return _read_profiles()[1]


def _read_profiles() -> tuple[dict[str, Profile], dict[str, UsageError]]:
    usable, problems = dict(PROFILES), dict[str, UsageError]()
    for path, table in reversed(_configuration_files()):
        declared = table.get("profiles", {})
        if not isinstance(declared, dict):
            raise UsageError(f"{path}: profiles is {declared!r}; write tables [profiles.NAME]")
        for slug, values in declared.items():
            problems.pop(slug, None)  # the project's profile replaces the user's
            try:
                usable[slug] = _custom_profile(path, slug, values)
            except UsageError as error:
                problems[slug] = error
                if slug not in PROFILES:
                    usable.pop(slug, None)
    return usable, problems


def _custom_profile(path: str, slug: str, values: Any) -> Profile:
    if slug in PROFILES:
        raise UsageError(f"{path}: profile {slug!r} exists already; choose another name")
    known = {item.name for item in fields(Profile)} - {"slug", "variant", "source"}
    if not isinstance(values, dict) or "record_counts" not in values:
        raise UsageError(f"{path}: profile {slug!r} needs a table record_counts")
    for name in values:
        if name not in known:
            raise UsageError(f"{path}: profile {slug!r} has no {name!r}; {nearest(name, known)}")
    given = {"name": slug, "description": "", "target_seed_time_seconds": 300.0} | values
    try:
        return Profile(**given, slug=slug, source=path)  # type: ignore[arg-type]  # Profile checks what the file says
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def find_profile(name: str) -> Profile:
    """The profile of that name; `UsageError` with the profile's own error, or with the nearest name."""
    usable, problems = _read_profiles()
    if name in problems:
        raise problems[name]
    if name not in usable:
        raise UsageError(f"no profile {name!r}; {nearest(name, usable)}")
    return usable[name]


@dataclass(frozen=True)
class QASeedConfig:
    """A profile and the settings to seed it with, as `get_qa_seed_config` returns them."""

    profile: Profile
    """The data to generate."""
    settings: Settings
    """How to generate and load it: workers, rows in a buffer, validation, the folder of snapshots, the schema."""

    def get_record_counts(self) -> dict[str, int]:
        """Records over all tenants, by the seed document's names (`Client`, `LedgerEntry`, ...)."""
        return {record: self.profile.record_counts[entity] for record, entity in RECORDS.items()}

    def get_tenant_ids(self) -> list[str]:
        """The slugs of the tenants, `tenant-qa-001` first."""
        return [f"tenant-qa-{number:03d}" for number in range(1, self.profile.tenants + 1)]

    def get_hipaa_compliance_settings(self) -> dict[str, Any]:
        """Domains and prefixes that count as safe, those that are emitted, and fields that are rejected."""
        return {
            "safe_email_domains": list(SAFE_EMAIL_DOMAINS),
            "emitted_email_domains": ["example.com", *(SEED_MODE if self.profile.modes.get("email") == "seed" else ())],
            "safe_phone_prefixes": list(SAFE_PHONE_PREFIXES),
            "rejected_fields": list(REJECTED_FIELDS),
            "phi_detection_enabled": True,
        }

    def get_performance_settings(self) -> dict[str, Any]:
        """Rows in a buffer, workers, and whether COPY is used."""
        return {
            "batch_size": self.settings.batch_size,
            "parallel_workers": self.settings.parallel_workers or os.cpu_count() or 1,
            "use_bulk_insert": self.settings.use_bulk_insert,
            "connection_pool_size": self.settings.connection_pool_size,
            "target_seed_time_seconds": self.profile.target_seed_time_seconds,
        }

    def get_validation_settings(self) -> dict[str, Any]:
        """Whether rows are validated, how many rows of free text are read (None: all), and whether warnings fail."""
        return {
            "validation_enabled": self.settings.validation_enabled,
            "sample_size": self.settings.validation_sample_size,
            "strict_mode": self.settings.strict_mode,
        }


def get_qa_seed_config(
    environment: str | QAEnvironment | None = None, override: Profile | Mapping[str, Any] | None = None
) -> QASeedConfig:
    """The configuration of an environment, by default `QA_ENVIRONMENT` or standard.

    `override` is a whole profile, or settings and fields of the profile by name (`record_counts`, `seed`, `tenants`,
    `as_of`, ...). Raises `UsageError`, a `ValueError`, for an unknown environment or name.
    """
    if isinstance(override, Profile):
        return QASeedConfig(override, settings())
    in_force = settings()
    profile = find_profile(str(environment or in_force.environment))
    if in_force.tables:
        profile = profile.vary(tables=in_force.tables)
    if override is not None and not isinstance(override, Mapping):
        raise UsageError(f"config_override: {type(override).__name__} is neither a QADataProfile nor settings by name")
    given = dict(override or {})
    shape = {name: given.pop(name) for name in [item.name for item in fields(Profile)] if name in given}
    if isinstance(shape.get("record_counts"), Mapping):
        shape["record_counts"] = {
            **profile.record_counts,
            **{RECORDS.get(k, k): v for k, v in shape["record_counts"].items()},
        }
    return QASeedConfig(profile.vary(**shape), replace(in_force, **_check_settings("config_override", given)))
