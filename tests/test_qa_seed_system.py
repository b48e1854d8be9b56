"""The seed document's tests of the system: profiles, safety of the data, targets; no database needed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from qaseed import QADataProfile, QAEnvironment, QASeedManager, get_qa_seed_config
from qaseed.factories import BaseFactory
from qaseed.generation import generate
from qaseed.profiles import PROFILES
from qaseed.safety import is_safe
from qaseed.snapshot import Snapshot

ROOT = Path(__file__).parent.parent


def column(snapshot: Snapshot, entity: str, name: str) -> list[str]:
    query = f"select {name} from '{snapshot.folder}/data/{entity}/*.parquet' where {name} is not null"
    return [value for (value,) in duckdb.sql(query).fetchall()]


class TestProfiles:
    @pytest.mark.parametrize(
        ("environment", "total", "seconds"),
        [("minimal", 145, 60), ("standard", 1435, 300), ("load_test", 25125, 1800), ("integration", 5065, 600)],
    )
    def test_counts_and_targets_are_those_of_the_document(self, environment: str, total: int, seconds: int) -> None:
        config = get_qa_seed_config(environment)
        assert sum(config.get_record_counts().values()) == total
        assert config.profile.target_seed_time_seconds == seconds
        assert config.profile.name == f"{environment.replace('_', ' ').title()} QA Dataset"
        assert QAEnvironment(environment) == environment

    def test_a_custom_profile(self) -> None:
        custom = QADataProfile(
            name="Custom QA Dataset",
            description="Custom configuration for specific testing needs",
            target_seed_time_seconds=180,
            record_counts={
                "Client": 100,
                "Provider": 15,
                "Appointment": 300,
                "Note": 150,
                "LedgerEntry": 200,
                "Location": 8,
            },
        )
        assert custom.total == 773
        assert QASeedManager("minimal", config_override=custom).config.get_record_counts()["LedgerEntry"] == 200

    def test_an_unknown_environment_is_a_value_error(self) -> None:
        with pytest.raises(ValueError, match="no profile"):
            QASeedManager("production")


class TestHIPAACompliance:
    """Synthetic, contains no PHI."""

    def test_phi_fields_are_rejected(self) -> None:
        for field in ("ssn", "social_security_number", "real_name", "actual_email", "driver_license", "passport"):
            with pytest.raises(ValueError, match="PHI field detected") as error:
                BaseFactory._check_for_phi({field: "123-45-6789"})
            assert "123-45-6789" not in str(error.value)

    def test_safe_fields_are_not(self) -> None:
        BaseFactory._check_for_phi({"first_name": "Ada", "progressNotes": "calm", "email": "a@example.com"})

    @pytest.mark.parametrize("entity", ["client", "provider"])
    def test_emails_are_at_safe_domains(self, entity: str, minimal: Snapshot) -> None:
        domains = get_qa_seed_config("minimal").get_hipaa_compliance_settings()["safe_email_domains"]
        emails = column(minimal, entity, "email")
        assert emails
        assert all(email.rsplit("@", 1)[1] in domains for email in emails)
        assert all(is_safe("email", email) for email in emails)

    @pytest.mark.parametrize(
        ("entity", "name"),
        [("client", "phone_mobile"), ("client", "phone_home"), ("client", "emergency_contact_phone"), ("provider", "phone"), ("location", "phone"), ("location", "fax")],
    )  # fmt: skip
    def test_phones_have_safe_prefixes(self, entity: str, name: str, minimal: Snapshot) -> None:
        phones = column(minimal, entity, name)
        assert phones
        assert all(phone.startswith(("555", "000", "999")) for phone in phones)
        assert all(is_safe("phone", phone) for phone in phones)

    def test_every_row_is_marked_synthetic(self, minimal: Snapshot) -> None:
        for entity in minimal.manifest.rows:
            assert set(column(minimal, entity, "is_synthetic")) == {True}

    def test_tenants_are_isolated(self, minimal: Snapshot) -> None:
        assert sorted(set(column(minimal, "client", "tenant_id"))) == get_qa_seed_config("minimal").get_tenant_ids()
        for entity in minimal.manifest.rows.keys() - {"tenant", "scenario"}:
            owners = duckdb.sql(
                f"select id >> 40, count(distinct tenant_id) from '{minimal.folder}/data/{entity}/*.parquet' group by 1"
            ).fetchall()
            assert [owner for owner, _ in sorted(owners)] == [1, 2, 3]
            assert {tenants for _, tenants in owners} == {1}


class TestPerformanceTargets:
    @pytest.mark.parametrize("environment", PROFILES)
    def test_generation_is_within_the_documents_target(self, environment: str, tmp_path: Path) -> None:
        # minutes, as the document promises: no timing of ours, see scripts/bench
        begun = time.perf_counter()
        made = generate(environment, tmp_path)
        assert made.report is not None
        assert made.report.ok(strict=True)
        assert time.perf_counter() - begun < PROFILES[environment].target_seed_time_seconds

    def test_performance_settings_are_reported(self) -> None:
        output = get_qa_seed_config("standard").get_performance_settings()
        assert output["batch_size"] > 0
        assert output["parallel_workers"] > 0
        assert output["use_bulk_insert"] is True

    def test_help_needs_no_heavy_library(self) -> None:
        script = "import sys\nfrom qaseed.cli import app\ntry:\n    app(['--help'], prog_name='qaseed')\nexcept SystemExit: pass\nprint(sorted({'polars','duckdb','pyarrow','psycopg','numpy','faker','mimesis'} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"
