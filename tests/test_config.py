"""Configuration: what counts over what, and one clear line for what cannot be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qaseed.config import (
    QADataProfile,
    QAEnvironment,
    Settings,
    find_profile,
    get_qa_seed_config,
    profile_problems,
    profiles,
    settings,
)
from qaseed.errors import UsageError
from qaseed.loading.options import BATCH_ROWS

PROFILE = "[profiles.demo]\nrecord_counts = {Client = 12, Provider = 3, Location = 3}\nseed = 5\ntenants = 1\nas_of = 2026-05-04\n"


def test_environment_over_project_over_user_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = tmp_path / "config" / "qaseed" / "qaseed.toml"
    user.parent.mkdir(parents=True)
    user.write_text("batch_size = 1\nparallel_workers = 1\nstrict_mode = true\n")
    (tmp_path / "qaseed.toml").write_text("batch_size = 2\nparallel_workers = 2\n")
    monkeypatch.setenv("QA_BATCH_SIZE", "3")
    found = settings()
    assert (found.batch_size, found.parallel_workers, found.strict_mode, found.use_bulk_insert) == (3, 2, True, True)


def test_the_command_line_sends_batches_as_the_library_does() -> None:
    assert Settings().batch_size == BATCH_ROWS


def test_the_project_file_is_found_from_below_and_in_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.qaseed]\nenvironment = "minimal"\n')
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert get_qa_seed_config().profile.slug == "minimal"


def test_a_profile_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(PROFILE)
    found = find_profile("demo")
    assert found.total == 18
    assert (found.seed, found.tenants, found.as_of) == (5, 1, dt.date(2026, 5, 4))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QA_BATCH_SIZE", "many"),
        ("QA_BATCH_SIZE", "0"),
        ("QA_PARALLEL_WORKERS", "-1"),
        ("QA_USE_BULK_INSERT", "perhaps"),
        ("QA_STRICT_MODE", "2"),
    ],
)
def test_bad_variables_are_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=f"{variable}: '{value}' is not possible; write"):
        settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batchsize = 3", "no setting 'batchsize'; did you mean 'batch_size'"),
        ("batch_size = 0", "give a whole number from 1 to 2,147,483,647"),
        ("batch_size = true", "give a whole number from 1 to"),
        ("strict_mode = 1", "give true or false"),
        ("production_words = 'gold'", "give a list of texts that are not blank"),
        ("production_words = ['gold', ' ']", "give a list of texts that are not blank"),
        ("out = 3", "give a text"),
        ("= 3", "cannot be read as TOML"),
        ("[profiles.demo]\nname = 'x'", "needs a table record_counts"),
        ("[profiles.demo]\nrecord_counts = {Clients = 3}", "did you mean 'client'"),
        ("[profiles.demo]\nrecord_counts = {Client = -3}", "whole number from 0"),
        ("[profiles.demo]\nrecord_counts = {Client = 1e9}", "whole number from 0"),
        ("[profiles.demo]\nrecord_counts = {Client = 99999999999}", "whole number from 0"),
        ("[profiles.demo]\nrecord_counts = {}\nsede = 1", "did you mean 'seed'"),
        ("[profiles.demo]\nrecord_counts = {}\nseed = 'x'", "seed is 'x'"),
        ("[profiles.demo]\nrecord_counts = {}\ntenants = 0", "give 1 to 8,191"),
        ("[profiles.demo]\nrecord_counts = {}\nas_of = 'x'", "as_of is x; give a date"),
        ("profiles = 3", "write tables"),
        ("[[profiles]]", "write tables"),
        ("[profiles.demo]\nrecord_counts = 3", "give numbers by name"),
        ("[profiles.demo]\nrecord_counts = {}\nname = 3", "as texts"),
        ("[profiles.demo]\nrecord_counts = {}\ntarget_seed_time_seconds = 'fast'", "give a number above 0"),
        ("[profiles.demo]\nrecord_counts = {}\nas_of = 2026-01-01T00:00:00", "give a date"),
        ("out = ' '", "give a text that is not blank"),
        ("out = 'a\\u0000b'".replace("'", '"'), "give a text that is not blank"),
    ],
)
def test_bad_files_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(text)
    with pytest.raises(UsageError, match=f"qaseed.toml: .*{message}"):
        (settings(), find_profile("demo"))


@pytest.mark.parametrize(
    ("table", "slug", "message"),
    [
        ("[profiles.standard]\nrecord_counts = {}", "standard", "exists already"),
        ("[profiles.'a/b']\nrecord_counts = {}", "a/b", "cannot name a folder"),
        ("[profiles.bad]\nrecord_counts = {Clients = 3}", "bad", "no records called 'Clients'"),
        ("[profiles.bad]\nname = 'x'", "bad", "needs a table record_counts"),
    ],
)
def test_one_bad_profile_breaks_no_other(table: str, slug: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(f"{PROFILE}\n{table}\n")
    assert find_profile("demo").total == 18
    assert profiles().keys() == {"minimal", "standard", "load_test", "integration", "demo"}
    assert [*profile_problems()] == [slug]
    with pytest.raises(UsageError, match=f"qaseed.toml: .*{message}"):
        find_profile(slug)


def test_the_projects_profile_stands_in_for_the_users(tmp_path: Path) -> None:
    user = tmp_path / "config" / "qaseed" / "qaseed.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[profiles.demo]\nrecord_counts = 3\n")
    (tmp_path / "qaseed.toml").write_text(PROFILE)
    assert find_profile("demo").seed == 5
    assert not profile_problems()


@pytest.mark.parametrize("name", ["qaseed.toml", "pyproject.toml"])
def test_a_byte_order_mark_is_no_part_of_the_file(name: str, tmp_path: Path) -> None:
    table = "" if name == "qaseed.toml" else "[tool.qaseed]\n"
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + f"{table}batch_size = 500\n".encode())
    assert settings().batch_size == 500
    (tmp_path / name).write_text(f"{table}batch_size = 500\n", encoding="utf-16")
    with pytest.raises(UsageError, match="is not UTF-8"):
        settings()


def test_without_a_home_there_is_no_users_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    assert settings() == Settings()


def test_a_folder_that_is_gone_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="the current folder is gone"):
        settings()
    monkeypatch.chdir(tmp_path)


def test_an_unknown_profile_offers_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no profile 'standart'; did you mean 'standard'\?"):
        get_qa_seed_config("standart")


def test_the_seed_documents_calls() -> None:
    config = get_qa_seed_config(QAEnvironment.STANDARD)
    assert config.get_record_counts() == {
        "Client": 200,
        "Provider": 25,
        "Appointment": 500,
        "Note": 300,
        "LedgerEntry": 400,
        "Location": 10,
    }
    assert config.get_tenant_ids() == ["tenant-qa-001", "tenant-qa-002", "tenant-qa-003"]
    assert config.get_hipaa_compliance_settings()["safe_phone_prefixes"] == ["555", "000", "999"]
    assert set(config.get_performance_settings()) >= {"batch_size", "parallel_workers", "use_bulk_insert"}
    assert config.get_validation_settings() == {"validation_enabled": True, "sample_size": None, "strict_mode": False}


def test_overrides() -> None:
    changed = get_qa_seed_config(
        "minimal", {"record_counts": {"Client": 30}, "batch_size": 50, "connection_pool_size": 20}
    )
    assert changed.profile.record_counts["client"] == 30
    assert changed.profile.record_counts["provider"] == 10
    assert changed.profile.variant
    assert changed.get_performance_settings()["batch_size"] == 50
    whole = QADataProfile(
        name="Custom QA Dataset", description="", target_seed_time_seconds=180, record_counts={"Client": 1}
    )
    assert get_qa_seed_config("minimal", whole).profile.slug == "custom-qa-dataset"
    with pytest.raises(ValueError, match="no setting 'batchsize'"):
        get_qa_seed_config("minimal", {"batchsize": 3})
    with pytest.raises(ValueError, match="scale is -1"):
        get_qa_seed_config("minimal").profile.scaled(-1)


@pytest.mark.parametrize(
    "override",
    [
        5,
        "x",
        {3: 4},
        {"record_counts": 5},
        {"record_counts": None},
        {"as_of": "x"},
        {"target_seed_time_seconds": None},
        {"seed": True},
    ],
)
def test_odd_overrides_are_value_errors(override: object) -> None:
    with pytest.raises(ValueError, match=r"give|setting|neither"):
        get_qa_seed_config("minimal", override)  # type: ignore[arg-type]  # on purpose
