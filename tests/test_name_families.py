"""Families of names: every noun of a class with every word that says number, in every order and spelling."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from qaseed.safety.names import classify
from qaseed.safety.tables import classify_columns
from support.cases import for_each
from support.columns import Share, catalog

IDENTIFIERS = {
    "G": """ssn social_security national_insurance national_id tax_id personal_identification civil_id aadhaar nric cpf cnpj
        curp dni nif bsn pesel personnummer codice_fiscale steuer_id ein fein resident_registration""",
    "K": """passport drivers_license driver_license driving_licence dl residence_permit work_permit green_card
        alien_registration military_id voter_id state_id dea professional_license medical_license travel_document""",
    "I": "mbi hicn",
    "J": "bank_account iban swift aba credit_card debit_card sort_code ifsc clabe checking_account savings_account",
    "L": "vin vehicle_identification license_plate plate vehicle_registration number_plate chassis",
    "M": "device_serial imei imsi mac_address udi iccid meid",
    "P": "fingerprint retina iris face_template voiceprint biometric palm_print dna",
}
"""Nouns that are identifiers whatever form they have."""
FORMS = "number no num nbr id identifier code value digits last4 last_four full plain raw text encrypted masked".split()
NUMBERED = {
    "G": "tax citizen",
    "K": "license visa birth_certificate death_certificate naturalization",
    "J": "card routing payment_card",
    "L": "engine",
    "M": "serial",
}
"""Nouns that are identifiers only as a number."""
MARKS = "number no num nbr identifier digits last4 last_four_digits encrypted masked".split()
SPELLINGS: dict[str, Callable[[Sequence[str]], str]] = {
    "snake": "_".join,
    "screaming": lambda words: "_".join(words).upper(),
    "camel": lambda words: words[0] + "".join(map(str.capitalize, words[1:])),
    "pascal": lambda words: "".join(map(str.capitalize, words)),
    "kebab": "-".join,
    "spaced": " ".join,
    "fused": "".join,
}


def _spelled(phrase: str) -> dict[str, str]:
    return {spell(phrase.split("_")): phrase for spell in SPELLINGS.values()}


def _wrong(names: Sequence[str], letter: str) -> list[str]:
    return [name for name in names if (classify(name).outcome, classify(name).letter) != ("reject", letter)]


@for_each(("letter", "noun"), [(letter, noun) for letter, nouns in IDENTIFIERS.items() for noun in nouns.split()])
def test_an_identifier_is_one_in_every_form_and_spelling(letter: str, noun: str) -> None:
    names = [name for form in ("", *FORMS) for name in _spelled(f"{noun}_{form}".strip("_"))]
    assert _wrong(names, letter) == []


@pytest.mark.parametrize(
    ("letter", "noun"), [(letter, noun) for letter, nouns in NUMBERED.items() for noun in nouns.split()]
)
def test_a_noun_is_an_identifier_with_every_word_for_number(letter: str, noun: str) -> None:
    names = [name for mark in MARKS for name in _spelled(f"{noun}_{mark}")]
    assert _wrong([*names, f"no_{noun}", f"numero_{noun}"], letter) == []
    assert [name for name in (noun, f"{noun}_status", f"num_{noun}s", f"number_of_{noun}s") if _is_found(name)] == []


SECRETS = """bcrypt_hash ntlm_hash salted_hash pass_enc credential_hash sms_code unlock_code puk app_key vpn_key private_seed
    service_account_json code_verifier saml_assertion totp_backup usrpwd geraetepasswort refresh_hash code_hash codice_accesso
    zugangscode"""
DEVICES = "wearable_id watch_serial tracker_serial_no wheelchair_serial install_id machine_guid seriennummer"
BODIES = "finger1_template typing_pattern genome_sequence handwriting_sample"
COUNTRIES = "rwandan_id german_id_no tazkira_no philsys_pcn zimra_bp rut_uy_no"
LAST = "destination_last4 payout_last_four"


@pytest.mark.parametrize(
    ("letter", "names"), [("-", SECRETS), ("M", DEVICES), ("P", BODIES), ("G", COUNTRIES), ("J", LAST)]
)
def test_secrets_devices_bodies_countries_and_last_digits(letter: str, names: str) -> None:
    assert _wrong(names.split(), letter) == []


PAPERS = """passport birth_certificate id_card drivers_license residence_permit voter_card nid cnic aadhaar pan_card ktp curp
    cedula cnh passeport carte_identite titre_sejour livret_famille reisepass personalausweis fuehrerschein carta_identita
    pasaporte acta_nacimiento certidao_nascimento dowod_osobisty prawo_jazdy obcansky_prukaz osobna_iskaznica buletin
    szemelyi_igazolvany utlevel ehliyet nufus_cuzdani korkort ajokortti rijbewijs cccd ho_chieu emirates_id valid_id kyc_document
    asylum_card birth_cert government_id"""
CARRIERS = (
    "{} {}_url {}_path {}_photo {}_scan {}_copy {}_front {}_back front_{} {}_front_url {}_upload {}_image_url {}_no"
)
OF_ACCOUNTS = """kodeord clave jeton upi_pin reset_token otp backup_codes pin_hash totp_secret invite_token senha haslo
    wifi_key aws_secret"""


def test_papers_are_found_whatever_holds_them_and_secrets_in_a_table_of_accounts() -> None:
    names = [form.format(paper) for paper in PAPERS.split() for form in CARRIERS.split()]
    verdicts = {name: classify_columns([name, "first_name", "dob"], "applicants")[0].outcome for name in names}
    assert [name for name, outcome in verdicts.items() if outcome != "reject"] == []
    secrets = [form + secret for secret in OF_ACCOUNTS.split() for form in ("", "user_")]
    found = classify_columns([*secrets, "email"], "users")
    assert [name for name, verdict in zip(secrets, found, strict=False) if verdict.outcome != "reject"] == []


def test_numbers_and_papers_of_all_countries_are_found_in_a_table_of_persons() -> None:
    verdicts = {name: classify_columns([name, "first_name", "dob"], "patient")[0] for _, name in catalog()}
    assert len({country for country, _ in catalog()}) >= 120
    assert len(verdicts) >= 6_000
    share = Share(sum(verdict.outcome == "reject" for verdict in verdicts.values()), len(verdicts))
    assert share.value >= 0.95, str(share)
    alone = Share(sum(classify(name).outcome == "reject" for name in verdicts), len(verdicts))
    assert alone.value >= 0.87, str(alone)


def _is_found(name: str) -> bool:
    return classify(name).outcome in ("reject", "managed")


UNKNOWN = "no_wumbat VimNumber num_registro_zzt nr_kwpoz zorpNo wumbatnummer"
COUNTED = (
    "room_no seat_number flightNo jersey_number num_visits no_of_children contract_no order_number notes zimmernummer"
)
"""Names of a number that is not known, and of what has numbers or is counted and is no person."""


def test_a_number_of_something_unknown_in_a_table_of_persons_is_a_persons() -> None:
    names = [*UNKNOWN.split(), *COUNTED.split()]
    verdicts = dict(
        zip(["first_name", "dob", *names], classify_columns(["first_name", "dob", *names], "t"), strict=True)
    )
    assert [name for name in UNKNOWN.split() if verdicts[name].outcome != "reject"] == []
    assert [name for name in COUNTED.split() if verdicts[name].outcome != "ok"] == []
    assert verdicts["zorpNo"].context == "a table with 'first name' and 'dob'"
    assert [name for name in names if classify_columns([name, "sku", "price"], "t")[0].outcome != "ok"] == []


def test_a_number_of_something_unknown_is_no_persons_where_the_title_says_of_what_the_table_is() -> None:
    of_people = "applicants conductores gamblers passports people_2024 results2 t_usr 2024 x1"
    for title, outcome in (
        *dict.fromkeys(of_people.split(), "reject").items(),
        *dict.fromkeys("tickets credit_cards randevu cards2".split(), "ok").items(),
    ):
        verdicts = classify_columns(["first_name", "dob", *UNKNOWN.split()], title)[2:]
        assert {verdict.outcome for verdict in verdicts} == {outcome}, title


UNKNOWN_PICTURES = "kyc_user_picture zorp_image_url wumbat_img zorp_kwpoz_photo_path"
UNKNOWN_PAPERS = "left_side_doc zorp_document_url wumbat_certificate cert_kwpoz_document_file"
OF_NO_PERSON = """product_image room_img other_documents missing_document show_picture documents document_id document_type
    certificate_status cover_image wumbat_image_id company_document"""


def test_a_picture_or_paper_of_nothing_else_in_a_table_of_persons_is_a_persons() -> None:
    names = [*UNKNOWN_PICTURES.split(), *UNKNOWN_PAPERS.split(), *OF_NO_PERSON.split()]
    verdicts = dict(zip(names, classify_columns([*names, "first_name", "dob"], "t"), strict=False))
    assert {verdicts[name].letter for name in UNKNOWN_PICTURES.split()} == {"Q"}
    assert {verdicts[name].letter for name in UNKNOWN_PAPERS.split()} == {"K"}
    assert {verdicts[name].outcome for name in (*UNKNOWN_PICTURES.split(), *UNKNOWN_PAPERS.split())} == {"reject"}
    assert [name for name in OF_NO_PERSON.split() if verdicts[name].outcome not in ("ok", "meta")] == []
    assert verdicts["zorp_image_url"].words == "zorp image"
    assert verdicts["zorp_image_url"].context == "a table with 'first name' and 'dob'"
    unknown = ["zorp_image_url", "zorp_document_url", "wumbat_certificate", "wumbat_img"]
    assert {verdict.outcome for verdict in classify_columns([*unknown, "sku", "price"], "t")} == {"ok"}


def test_what_a_name_says_of_a_person_or_a_document_is_no_name() -> None:
    beside = {
        ("pazienti", "nome cognome"): "relazione_contatto_emergenza",
        ("guardians", "first_name last_name"): "is_primary_contact",
        ("employee_documents", "file_hash mime_type"): "name",
        ("departments", "head_count"): "name",
        ("feature_flags", "enabled rollout"): "name",
        ("regiones", "superficie capital"): "nombre",
    }
    for (table, others), name in beside.items():
        assert classify_columns([*others.split(), name], table)[-1].outcome not in ("managed", "reject"), name
    assert classify_columns(["email", "name"], "employee_documents")[-1].outcome == "managed"
    of_persons_or_nobody_knows = "results export borrowers conductores gamblers x1 people_2024 t_usr"
    for table in of_persons_or_nobody_knows.split():
        assert classify_columns(["name", "amount", "started_at"], table)[0].outcome == "managed", table
    assert classify_columns(["contact", "address", "email"], "guardians")[0].letter == "D"


def test_names_that_end_in_the_abbreviation_of_their_table_say_that_it_is_of_persons() -> None:
    names = ["id_nasabah", "nama_nas", "alamat_nas", "saldo"]
    assert [verdict.letter for verdict in classify_columns(names, "nasabah")] == ["", "A", "B", ""]
    assert [classify(name).outcome for name in names] == ["ok"] * 4
