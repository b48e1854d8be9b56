"""Identifiers in the many ways in which people write them are found, and what only looks like them is not."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from qaseed.safety.alternatives import BEGINNING, by_beginning
from qaseed.safety.candidates import _TOKEN, named_kinds, shaped_candidates
from qaseed.safety.checks import Check
from qaseed.safety.detection import name_context
from qaseed.safety.first_tests import BESIDE_WORDS, FIRST_TESTS, simple
from qaseed.safety.hints import ANY_HINT, HINTS, WITHOUT_DIGITS, hint_sql
from qaseed.safety.matching import Kind
from qaseed.safety.names import classify
from qaseed.safety.values import KINDS
from qaseed.sql import literal
from support.cases import for_each
from support.engines import in_duckdb, in_python

WRITTEN = {
    "account": ["Acct number C8-10277-4", "account # 7712-0093-55", "account no: 0061 2277 9013", "savings 71002938475"],
    "record": ["MRN 44-10-27", "chart no. R-310.772", "Medical Rec. # 620118", "MR # 00421907", "hospital no 2291187", "patient id 71002938"],
    "plan": ["Subscriber ID KLM 301 B 77120", "coverage no. 771200938", "insurance card # 55120987", "group number 881-20-77"],
    "dob": ["DOB 03-MAY-1979", "dob 3.Jun.1979", "DOB 19790503", "born: Dec-03-1979", "date of birth (dd/mm/yyyy): 03/05/1979", "born the 3rd of May 1979",
            "nacida 3 de mayo de 1979", "n\u00e9 le 3 f\u00e9vrier 1979", "geboren am 3. M\u00e4rz 1979"],
    "address": ["41 ELM AVE, DAYTON, OH 45402", "41 elm avenue, dayton, oh 45402", "P.O. Box 77, Dayton, OH 45402", "41 Cedar Run, Dayton, OH 45402",
                "41C Elm Road, Dayton, OH 45402", "41 Elm Road, Dayton, Ohio", "700 Broadway, Unit 5, Dayton, OH 45402"],
    "passport": ["travel document K7712009", "residence permit TX4410277"],
    "licence": ["state ID # K7712009", "Driver's Lic. no. G155-221-40-083-0", "nursing license no. 36.771200"],
    "dea": ["DEA:#FB1234563", "FB-1234563"],
    "ssn": ["HICN 219-44-3456B", "Client219-44-3456", "scan_219-44-3456_old", "SSN 219-443456", "ssn ending in 3456", "last 4 of her ssn 3456", "***-**-3456"],
    "itin": ["FEIN 47-1120098", "employer identification number 471120098", "tax id no. 47-1120098"],
    "card": ["4539.1488.0343.6467", "4539148803436467-901"],
    "iban": ["GB29 NWBK 6016 1331 9268 19 WAS PAID", "GB29NWBK60161331926819 Bank", "DE89 3704 0044 0532 0130 00 EUR 20"],
    "npi": ["NPI 1245-319-599", "NPI 124 531 9599"],
    "aba": ["routing 0210-0002-1", "ABA 021 000 021"],
    "phone": ["tel 0161 496 0777", "mobile 0171 2233445", "cell 415 7365000", "Tel. 02 33 44 55 66"],
    "url": ["my.lakeclinic.org/members/77120", "linkedin.com/in/some-one-77"],
}  # fmt: skip
_PID = "PID|1|5512|771204^^^H^MR|8841|ROE^J^Q||19610615|F||2106-3|12 OAK ST^^DAYTON^OH^45402||4157365000|4157365001||S|CAT|70041988|219443456|D7712009"
_REST = f"{'x' * 200}^^" * 3
IN_MESSAGES = {
    "ssn": [_PID, _PID.replace("Q", _REST), "GT1|1||ROE^J||||||||||219443456", "REF*SY*219443456~", "NM1*IL*1*ROE*J****34*219443456~",
            '"code":"SS"}]},"system":"http://hl7.org/fhir/sid/us-ssn","value":"219443456"', '{"name": "ssn", "value": "219443456"}'],
    "itin": ["REF*EI*471120098~", "REF*TJ*471120098~", "NM1*85*2*CLINIC*****24*471120098~"],
    "dob": [_PID, "NK1|1|ROE^K||||||||||||||19610615", "DMG*D8*19610615*F~", "DOB 1961-06-15T00:00:00"],
    "aba": ["routing no.\n021000021"],
    "plate": ["Plate: XVL 7393", "vehicle tag YHM7460"],
    "record": [_PID, '"system": "urn:mrn:hospital", "value": "771204"', "REF*EA*771204~", '"type":{"text":"MRN"},"value":"771204"', '"code": "MR"\n}\n]\n},\n"value": "771204"', "<td>MRN</td><td>771204</td>",
               '<label for="m">MRN</label> <span class="v">771204</span>', '{"label":"MRN",\n "value":"771204"}'],
    "plan": ["REF*1L*GK77120~", "REF*0F*W77120098~", "NM1*IL*1*ROE*J****MI*W77120098~", '"code":"MB"}]},"value":"W77120098"', "IN1|1|PPO|7|AETNA||||G77120"],
    "account": [_PID, "CLM*70041988*150***11:B:1~", "CLP*70041988*1*150*120~", "REF*EJ*70041988~"],
    "licence": [_PID, "REF*0B*A771204~", '"code":"DL"}]},"value":"D7712009"'],
    "passport": ['"code":"PPN"}]},"value":"580239777"'],
    "case": ["REF*1K*202577120~", "REF*F8*202577120~"],
    "phone": ["PRN^PH^^1^415^7365000", "ORN^CP^^^415^7365000", "PER*IC*ROE*TE*4157365000~", "Tel. 030 / 2093-1774", "Mobil: 0171 / 26 45 840", "cell. 338 1241567"],
    "address": ["N3*41 OAK STREET~N4*DAYTON*OH*45402~", '"line": ["41 Oak Street"], "city": "Dayton"', "<streetAddressLine>41 Oak Street</streetAddressLine>"],
}  # fmt: skip
"""Numbers that messages name by place or code, however far behind the name of the segment, and in records and pages."""
OTHER_SCRIPTS = {
    "phone": ["電話 03-4526-2731", "Телефон 9123456789", "τηλ. 2101234567", "手机：13912345678", "هاتف 0501234567"],
    "dob": [
        "生年月日 1983年4月15日",
        "生年月日：1983/04/15",
        "Дата рождения: 13.07.1974",
        "Ημερομηνία γέννησης: 19/09/1960",
        "생년월일 1983년 4월 15일",
        "PID|1||7712||DOE^J||19620418|F",
        "Fecha de nac.: 11/08/1988",
        "1983年4月15日 (DOB)",
    ],
    "record": ["病历号：47982975", "患者番号 7982975", "номер карты 818379", "N° dossier : 0376976"],
    "account": ["口座番号 7982975", "Номер счета 40817810000", "cuenta bancaria 3094056629"],
    "passport": ["паспорт 75 61 565431", "ПАСПОРТ 7561565", "護照號碼 336350528", "여권번호 M12345678"],
    "plan": ["被保険者番号 7982975", "Krankenversichertennummer: K834353066"],
    "licence": ["Водительское удостоверение 7756123456", "lic. no. ME676398", "GMC no 7243453"],
}
"""Words of other scripts, and of other languages, name numbers and dates, whatever the case."""
FORMS = {
    "dob": ["nato a Roma il 17/06/1961", "n\u00e9e \u00e0 Lyon le 17/06/1961", "geboren in Wien am 17.06.1961", "born in Dayton, on June 17, 1961", "nacida en Quito el 17/06/1961",
            "urodzona w Gda\u0144sku dnia 17.06.1961", "DOB/Sex: 06/17/1961 F", "Age/DOB: 64 / 06/17/1961"],
    "address": ["Rua Augusta, 3907, S\u00e3o Paulo - SP, 01304-001", "Av. Insurgentes 1602, Col. Centro, C.P. 03940"],
    "coordinates": ["51.502374\u00b0 N, 0.123810\u00b0 W"],
    "plate": ["reg no JS51 MBB", "registration mark KA 01 AB 1234"],
}  # fmt: skip
"""Births with their place, addresses whose postcode is last, positions in degrees, plates after a common word."""
IN_RECORDS = {
    "ssn": ["PID|1||447709^^^ST^MR~444215774^^^USSSA^SS||ROE^J", "PID|1||444-21-5774^^^USA^SS", 'patientSSN":"444215774"', "last,ssn,sex\nRoe,444215774,M", "social_security_number=444215774"],
    "dob": ["birth_date=1961-03-12", '"subscriberDob": "1961-03-12"', "name;dob\nRoe;12.03.1961", '"Name","DOB"\n"Roe, J","03/12/1961"', "Nacimiento: 12/03/1961", "Geburtsdatum des Patienten: 16. M\u00e4rz 1961"],
    "record": ["patientMRN=5000097", "mrn\tunit\n5000097\t4W", "MRN|Unit\r\n5000097|4W", '"value": "5011249"}, "display": "MRN"', "PID|1||X^^^M^PI~5000097^^^M^MR"],
    "phone": ['"homePhone":"9377362111"', '"emergencyContactPhone": "9377362111"', "phone_1=9377362111", "tel\u00e9fono de contacto 93 456 99 76", "Durchwahl 089 4427-522"],
    "passport": ['"passport": {"number": "Y91732437"', "PID|1||Y91732437^^^USA^PPN"],
    "licence": ["PID|1||50^^^M^MR~D1234567^^^OH^DL"],
    "plan": ["PID|1||W123456789^^^AET^MB"],
    "account": ["PV1|1|O|CLINIC||||||||||||||||608880895"],
    "address": ["12 OAK STREET^APT 2^DAYTON^OH^45402", '"address1":"905 Cherry Tree Ln","city":"Boise"', "street,city\n847 Oak St,Dayton"],
    "case": ["claim_number=2025123456"],
}  # fmt: skip
"""Names of fields as records have them, types of HL7 behind a number, and headings above it."""
SPOKEN = {
    "dob": ["date of birth?\npatient: 6/13/58", "Birthdate verified: 14-JUN-1958", '<birthTime value="195806110412"/>', "Muster, Max, *12.04.1952"],
    "record": ["MRN is actually 89398785", "MRN / CSN: 84174348", 'extension="89066123" assigningAuthorityName="MRN"', "Nr ksi\u0119gi g\u0142\u00f3wnej: 10394/2026"],
    "plan": ["NM1*QC*1*ROE*J****MI*ZGP898372997~", "Versicherungsscheinnummer: LV-11088822", "polizza RCA n. 459943818", "insurance policy TI-2026-761652"],
    "itin": ["N1*PE*ROE PRACTICE*FI*611956997~"],
    "account": ["Kundenkonto-Nr. 40519992"],
    "passport": ["U.S. Passport, document # 540857441", "Reisepassnummer C4XT09B45", "paspoortnummer NYX79U014"],
    "licence": ["Operator's license: PA 27 269 713", "numer prawa jazdy 66080/12/5928"],
    "case": ["BWC claim 26-012416", "Trooper report no. PA26-361744", "Schadennummer: 26-26523767", "n\u00b0 de sinistre 2604565157", "Aktenzeichen 48 Js 12984/26"],
    "device": ["Pacemaker: dual chamber, serial # PJN269586", "Hearing aid (left) serial no: 19401699", "nebulizer serial no. NB1764576", "Herzschrittmacher Seriennummer PJN125045"],
    "plate": ["OH plate GHG5379", "Reg. plate BD64 KXR", "v\u00e9hicule immatricul\u00e9 GB-573-KD"],
    "phone": ["text only, 4126832406", "au 04 72 17 69 56 avant midi", "Tfno. de contacto: 691 44 42 54", "recapito telefonico 348 9836407"],
    "coordinates": ["GPSLatitude=39.754897 GPSLongitude=-84.197340", "last ping 42.123828, -80.084544"],
    "address": ["431 Sycamore Court, Lot 12, Xenia, Ohio 45385"],
}  # fmt: skip
"""What people say between a word and its number, and words of insurers, courts and devices."""
AGES = ["64y", "64 yo", "64 y/o", "64-year-old", "64 years", "Age: 64", "aged 64", "64F"]
SEXES = ["", " F", "/M", ", female"]
BIRTHS = ["03/15/1961", "1961-03-15", "15.03.1961", "Mar 15, 1961", "15 March 1961", "3/15/61"]
PLACES = [
    *(
        f"123 Main {ending}, {town}"
        for ending in ("St", "Ave.", "Cove", "Run", "Plaza", "Hill")
        for town in ("Dayton, OH", "Fort Lee, NJ", "Dayton, Ohio")
    ),
    "PO Box 123, Dayton, OH",
    "POB 123, Dayton, OH 45402",
    "12 Oak St Apt 4, Dayton, OH",
    "Address: 4501 W 42nd Ave",
]
"""Streets with a town and a state, without a ZIP code."""
CALLS = [f"{word} 415-7365000" for word in ("Ph", "Cell:", "Home:", "Callback #", "Best number:", "call her at")] + [
    "ph#(415) 736-5000"
]
OF_ANYTHING = {
    "record": ["Clinic no 7129384", "Inpatient number: 7129384", "ED no. 7129384", "HN: 7129384"],
    "plan": ["Grp W129384756"],
    "case": ["Claim ID: 2025-0012345", "Docket no. 2025-0012345"],
    "device": ["Serial no. of device: SN-4471029"],
    "licence": ["Lic. D1234567", "License: G155-221-40-083"],
    "iban": ["iban de89370400440532013000"],
    "phone": CALLS,
    "address": PLACES,
}
"""What was missed when every word was written with every sign before a number."""
BESIDE_AGES = [
    form.format(age=age, sex=sex, birth=birth)
    for age in AGES
    for sex in (SEXES if age[-1] != "F" else [""])
    for birth in BIRTHS
    for form in ("Lee {age}{sex} ({birth})", "{birth} ({age}{sex})", "{age}{sex}, {birth}", "F {birth}, {age}")
]
"""Births that no word names beside the age, in any order."""
IN_ROWS = {
    "record": [
        "INSERT INTO visit (mrn, day) VALUES ('7001234', '2026-04-12');",
        "mrn   last   unit\n7001234   Roe   5W",
    ],
    "account": ["insert into ledger(bal, account_no)\nvalues (42.18, '5') , (12, '61234567')"],
    "dob": ["INSERT INTO member (last, birth_dt) VALUES ('O''ROE, (K)', DATE '1949-03-21');"],
    "address": ["INSERT INTO addr (street, city) VALUES (N'2114 Cloverbank Dr', lower('X'))"],
}
ANSWERED = {
    "record": ["chart number? CLERK: it's 7001234, she is new", "MRN? 7001234"],
    "aba": ["bottom left it says 021000021, that's the routing, right?"],
    "address": [
        "AGENT: the address on file? CALLER: 2114 Cloverbank Dr",
        "Endere\u00e7o: Rua Augusta, 1200, apto 42",
        "wohnhaft Bachweg 12",
    ],
}
WITHOUT_TOWN = {
    "address": [
        "lives near 45 Main St, Apt",
        "2114 Harbor View Dr  Oak Park",
        "712 Thornbury Court",
        "88 N Cloverbank Ln",
        "1420 W 33rd St.",
    ],
    "dob": [
        "b. 26 March 1949, widowed",
        "twin A, born 13:42 on 11/12/2025",
        "update t set dob = DATE '1971-12-10'",
        "birthday on it, should be Aug 21, 1961",
    ],
    "phone": ["Tel\u00e9fono m\u00f3vil de la madre: 612 341 234", "Contato do paciente: (11) 91234-1234"],
    "plate": ["Ohio tag QRZ 4821", "gray Subaru, plate BKQ 4821"],
    "case": [
        "STATE v. ROE, Case No. 26 CR 001234",
        "courtFile: 1:26-cv-01234",
        "Az. XVII 212/26",
        "Processo n\u00ba 1008388-55.2026.8.26.0100",
    ],
    "device": [
        "pacemaker, dual chamber, serial number RNB001234H",
        "Medtronic Azure, S/N RNB001234H",
        "insulin pump: old unit serial PU700123",
    ],
    "plan": ["subscr_nbr,dep\nA77001234,00", "her health plan number with us is K00123456", "enrollee D-5512345"],
    "aba": ["Routing/transit no. (9 digits) 021000021"],
    "passport": ["doc_type=PASSPORT doc_no=C01234567"],
}
WRITTEN_IN_ALL = [
    (kind, text)
    for group in (
        WRITTEN,
        IN_MESSAGES,
        FORMS,
        OTHER_SCRIPTS,
        IN_RECORDS,
        SPOKEN,
        OF_ANYTHING,
        IN_ROWS,
        ANSWERED,
        WITHOUT_TOWN,
    )
    for kind, texts in group.items()
    for text in texts
] + [
    ("dob", text)
    for text in ("(b. 1961-03-15)", "(*15.03.1961)", "DOB 03151961", "dob 15MAR61", "Name/DOB: Roe, Ann 03/15/1961")
]
HARMLESS = [
    "Serial 312 456 7890",
    "part number 219-08-4321",
    "2024 Food Drive at the hall", "On 0315 he called Dr Smith", "1200 seen by Dr. Hall", "In 2019 Supreme Court rules", "400 Bed St Mary's",
    "90 Cloverbank Ave", "100 Kids Place", "https://docs.python.org/3.12/library/csv.html#csv.DictReader",
    "https://kubernetes.io/docs/concepts/workloads/pods/", "insert into t (a, mrn) values (5, 'none')",
    "Seen in clinic.  No complaints.\nWalks well.  7001234 steps", "Did you get it? Yes, order 7001234",
    "01 02 03 04 05", "00 04 72 17 69 56 1a", "96-well plate ABC1234", "see line 3?\nanswer: 12345678", "a pump, serial no. of parts 55",
    *(f"{age}{sex} {visit}" for age in AGES for sex in SEXES for visit in ("(03/15/2023)", "seen 03/15/1961", "03/15/23", "for 3 years")),
    "03/15/2023 64 yo F here", "Age: 64\nDate: 03/15/2023", "b. 12 mg", "License: MIT", "License BSD-3-Clause", "grp A strep", "ed 2nd edition", "admission 03/15/2023", "Docket", "12 Step Way, in person, or by mail",
    "100 Main concerns, in Ohio", "Walk 3, then, or", "Report 03/15/1961 (64 pages)",
    "id,count,total\n444215774,12,13", "On Monday, he came\nand went, on 444215774", "order,phone model\n12,9377362111", "OBX|1|CE|x^y^z^A^B|444215774^^^LAB^AC",
    "part number,price\n4471029,12.50", "mrn,unit\n", 'mrn;"unit\n5;6', "a. 1/2/2020, b. 3/4/2021", "itemCount: 444215774", "countDown=5000097",
    "血圧 128/76, 体温 36.8", "Давление 130/80, пульс 72", "处方 5 mg 28 日分", "паспорт проекта 2024", "call him at 14:05",
    "part no. 219-44-3456", "accession # 219-44-3456", "catalog code 219-44-3456", "FAR clause 252.204-7012",
    "Decimal('+49236450.6')", "DL 500000 iu of vitamin D", "zip 10000 files", "MRN verified 2024-05-03", "account # as of 03/05/2024", "patient id is missing",
    "\u00a9 2021 Ada Lane", "a share of Medicare (PMC10125036)", "mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0",
    "OBX|2|NM|718-7^HGB^LN||13.2|g/dL|12.0-16.0||||F", "DOB 1961-06-15TX",
    "OBX|1|NM|2345-7^GLUCOSE^LN||98123|mg", "BHT*0019*00*012345*20250914*1023*CH~", '{"name": "rows", "value": "219443456"}', "nato in 1949 il 4/4/1949", "20\u00b0 N", "line 12 is the wrong way",
    "(client_id & 1099511627775) >= 1024", "seen 03-05-2024 10:30, text 02-03-2024 10", "the last four sessions", "born in Ohio", "Main Street, then left", "12 weeks, Ohio", "logo@2x.png", "git@host:path",
]  # fmt: skip


@for_each(("kind", "text"), WRITTEN_IN_ALL)
def test_values_are_found_however_they_are_written(kind: str, text: str) -> None:
    assert kind in name_context("").kinds_of(text)


def test_a_date_beside_an_age_is_a_birth_if_it_makes_somebody_as_old() -> None:
    assert [text for text in BESIDE_AGES if "dob" not in name_context("").kinds_of(text)] == []


def test_a_claim_has_a_number_of_a_person_by_name_and_in_texts() -> None:
    assert classify("claim_number").outcome == "managed"
    for find in (in_python, in_duckdb):
        assert find("claim_number", ["2025771200"]) == find("", ["claim number 2025771200"]) == {"case": 1}
        assert find("claim_number", ["QA-CL-2025771200"]) == {}


def test_what_only_looks_like_them_is_harmless() -> None:
    assert [(text, kinds) for text in HARMLESS if (kinds := name_context("").kinds_of(text))] == []


@for_each(
    "text",
    ["insert into mrn values (7001234)", "claim 26-012416", "serial 219-44-3456", "serial number 312 736 5000"],
)
def test_what_looks_like_another_kind_is_at_most_a_number(text: str) -> None:
    assert set(name_context("").kinds_of(text)) <= {"number"}


def test_numbers_of_our_own_are_reserved_in_texts_too() -> None:
    texts = ["mrn: QA-001-00000000", "chart_no: QC-000000", "member id QA-123456789", "record number QA-001-00000001"]
    assert in_duckdb("", texts) == in_python("", texts) == {}
    assert name_context("").kinds_of("mrn: QB-001-00000000") == ["record"]


def test_both_engines_find_the_same_however_it_is_written() -> None:
    texts = [*HARMLESS, *BESIDE_AGES, *(text for _, text in WRITTEN_IN_ALL)]
    texts += [text.upper() for text in texts]
    assert in_duckdb("", texts) == in_python("", texts)


def test_a_text_is_left_by_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> set[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("qaseed.scanning.contained.named_kinds", interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_duckdb("", ["MRN 7712009"])


def test_one_letter_alone_becomes_two_in_lower_case() -> None:
    """So positions in a text in lower case are those in the text, once that letter is replaced."""
    assert [chr(code) for code in range(sys.maxunicode + 1) if len(chr(code).lower()) != 1] == ["\u0130"]


def test_duckdb_looks_for_all_hints_in_much_less_time_than_for_one_expression_of_them() -> None:
    pages = (Path(__file__).parents[1] / "docs").rglob("*.md")
    lines = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create table t as select unnest(?::varchar[]) as v", [lines])

    def seconds(condition: str) -> tuple[float, int]:
        started = time.process_time()
        [(hits,)] = connection.execute(f"select count_if({condition}) from t").fetchall()
        return time.process_time() - started, int(hits)

    together, all_hits = seconds(hint_sql("v"))
    whole, hits = seconds(f"regexp_matches(v, {literal('|'.join(ANY_HINT))})")
    assert 0 < all_hits <= hits < len(lines)
    assert together < whole / 2


@settings(max_examples=300, database=None)
@given(st.from_regex(re.compile(HINTS["number"], re.ASCII)))
@example("000:00\u01300000")  # whose small form has another length
def test_a_text_with_a_number_passes_what_is_tested_first(text: str) -> None:
    lower = text.lower()
    assume(re.search(HINTS["number"].lower(), lower, re.ASCII))
    assert re.search(FIRST_TESTS["number"][0], simple(lower))


def test_all_kinds_are_tested_before_their_hint() -> None:
    assert {kind.hint for kind in KINDS if not kind.context} == FIRST_TESTS.keys() - {"number"}
    assert {kind.hint for kind in KINDS if kind.context and not kind.needs_number} == BESIDE_WORDS.keys()


@pytest.mark.parametrize("text", ["7:[]{\n\u00e9\u0661\U0001f642\ud800a", ""])
def test_the_simple_form_has_the_length_of_the_text(text: str) -> None:
    assert len(simple(text)) == len(text)


@pytest.mark.timeout(300)  # many cases
@for_each("kind", KINDS)
def test_a_value_of_a_kind_matches_its_hint_and_is_a_candidate(kind: Kind) -> None:
    flags = "" if kind.cased else "(?i)"

    @settings(max_examples=10, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        value = data.draw(st.from_regex(re.compile(f"{flags}{kind.shape}", re.ASCII), fullmatch=True))
        if kind.valid:
            assume(re.fullmatch(f"(?i){kind.valid}", re.sub(f"(?i){kind.strip}", "", value) if kind.strip else value))
        assert kind.hint in WITHOUT_DIGITS or re.search("[0-9]", value)
        context = data.draw(st.from_regex(re.compile(f"(?i){kind.context}", re.ASCII), fullmatch=True))
        texts = [f"{context} {value}"] if kind.context else [value]
        if kind.context and len(context) < _TOKEN:  # a longer one, as a line of HL7, names what follows it
            texts.append(f"{value} ({context})")
        for text in texts:
            assert re.search(f"(?i){HINTS[kind.hint]}", text)
            assert any(
                re.search(pattern, text) for pattern in (ANY_HINT[1:] if re.search("[0-9]", text) else ANY_HINT[:1])
            )
            if kind.context and kind.is_in(text):
                assert kind.name in named_kinds(text)
                assert kind.name in named_kinds(f"\u0130stanbul, {text}"), (
                    "the letter whose small form has another length"
                )
            assert kind.context or kind in shaped_candidates(text.lower())

    holds()


@pytest.mark.parametrize(
    ("letters", "listed"),
    [(r"[e\u00e9\u00c9]", "e\u00e9\u00c9"), (r"[\.\"]", '."'), (r"[ _-]", " _-"), (r"[(\[]", "(["), (r"[-b]", "-b")],
)
def test_letters_of_a_class_are_those_that_it_matches(letters: str, listed: str) -> None:
    begun = list(by_beginning(f"t{letters}l x"))
    assert begun == [(f"t{letter}l", " x") for letter in listed]
    assert all(re.fullmatch(f"t{letters}l", beginning) for beginning, _ in begun)


@pytest.mark.parametrize("letters", ["[0-9]", r"[\d_]", r"[\x41]"])
def test_an_expression_whose_letters_are_not_listed_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="write each letter"):
        list(by_beginning(f"t{letters}l"))


@for_each("kind", [kind for kind in KINDS if kind.context])
def test_a_word_begins_as_one_of_the_beginnings_of_its_expression(kind: Kind) -> None:
    beginnings = list(by_beginning(kind.context))
    words = re.compile("|".join(f"{re.escape(beginning)}{rest}" for beginning, rest in beginnings), re.ASCII)
    assert all(0 < len(beginning) <= BEGINNING for beginning, _ in beginnings)

    @settings(max_examples=10, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(re.compile(kind.context, re.ASCII), fullmatch=True))
    def holds(word: str) -> None:
        assert words.fullmatch(word)

    holds()


@pytest.mark.parametrize(
    ("number", "is_one"),
    [("8 (495) 123-45-67", True), ("8 (4212) 12-34-56", True), ("8 (41122) 1-23-45", True), ("8 (495) 1-23-45", False)],
)
def test_a_number_of_russia_has_eleven_digits(number: str, is_one: bool) -> None:
    assert ("phone" in named_kinds(f"\u0442\u0435\u043b. {number}")) == is_one


def test_a_hyphen_and_a_space_are_in_a_number() -> None:
    text = "\u643a\u5e2f 010- 0000 00"  # drawn by the property above
    assert named_kinds(text) == {"phone"}
    assert in_duckdb("note", [text]) == {"phone": 1}


EVEN = Check(lambda value: int(value) % 2 == 0, "({x})::bigint % 2 = 0")
SHAPE = "[0-9a-f -]{3,9}"
CANDIDATES: dict[str, tuple[Kind, list[str], list[str]]] = {
    "shape": (Kind("k", "R", SHAPE), ["123", "A-F", "123456789"], ["12", "1234567890", "xyz", " 123\n"]),
    "cased": (Kind("k", "R", SHAPE, cased=True), ["a-f"], ["A-F"]),
    "valid": (Kind("k", "R", SHAPE, valid="1.*"), ["123", "1ab"], ["223", "a1b"]),
    "invalid": (Kind("k", "R", SHAPE, invalid="0+|1.*"), ["2000", "a00"], ["000", "123"]),
    "valid and invalid": (Kind("k", "R", SHAPE, valid="1.*", invalid=".*9"), ["123"], ["129", "923"]),
    "check": (Kind("k", "R", "[0-9]{3,9}", check=EVEN), ["124"], ["125"]),
    "valid and check": (Kind("k", "R", SHAPE, valid="[0-9]+", check=EVEN), ["124"], ["125", "abc"]),
    "strip": (Kind("k", "R", SHAPE, strip="[ -]", valid="[0-9]{4}", check=EVEN), ["12 34", "1-2-3-4"], ["1 2 3", "12-35"]),
    "strip alone": (Kind("k", "R", SHAPE, strip="-", invalid="123"), ["1-24"], ["1-23"]),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "others"), CANDIDATES.values(), ids=CANDIDATES)
def test_a_candidate_has_the_shape_is_valid_and_has_a_right_check_digit(
    kind: Kind, values: list[str], others: list[str]
) -> None:
    assert [text for text in [*values, *others] if kind.matches_whole(text)] == values
    with duckdb.connect() as connection:
        query = f"select t from (select unnest(?::varchar[]) as t) where {kind.proof_sql('[t]')}"
        assert sorted(connection.execute(query, [[*values, *others]]).fetchall()) == sorted((v,) for v in values)
        ((found, none),) = connection.execute(
            f"select {kind.proof_sql('$1::varchar[]')}, {kind.proof_sql('$2::varchar[]')}",
            [[*others, values[0], *others], others],
        ).fetchall()
    assert (found, none) == (True, False)


NAMED = Kind("k", "R", "[0-9]{4}|C[0-9]{3}", context="club(?: card)?|tessera", valid="[C1].*")
SHAPED = Kind("k", "R", "[0-9]{4}", negative_context="order|year", valid="1.*")


def test_a_kind_is_of_columns_with_its_words() -> None:
    names = ("club", "my club card", "clubs", "tessera no", "TESSERA", "order", "year of birth", "")
    assert [name for name in names if NAMED.applies_below(name)] == ["club", "my club card", "tessera no", "TESSERA"]
    assert [name for name in names if NAMED.is_excluded_below(name)] == []
    assert [name for name in names if SHAPED.is_excluded_below(name)] == ["order", "year of birth"]
    assert [name for name in names if SHAPED.applies_below(name)] == []
    assert not Kind("k", "R", "[0-9]{4}", context="club", by_column=False).applies_below("club")


def test_a_kind_is_found_beside_its_words_or_without() -> None:
    texts = ("club card: 1234", "CLUB C123", "1234 is my tessera", "club 2345", "card 1234", "clubs 1234", "club 12345")
    assert [text for text in texts if NAMED.is_in(text)] == ["club card: 1234", "CLUB C123", "1234 is my tessera"]
    texts = ("a 1234 b", "1234", "2345", "12345", "order 1234", "order no. 1234", "the year 1234", "orders 1234")
    assert [text for text in texts if SHAPED.is_in(text)] == ["a 1234 b", "1234", "orders 1234"]
    assert (NAMED.words, NAMED.needs_number, Kind("k", "R", "x", hint="at").needs_number) == (
        "club(?:[ _]card)?|tessera", True, False,
    )  # fmt: skip


def test_a_value_is_after_or_before_the_word_at_a_position() -> None:
    text = "xx Club card: C123 or 1234 is a tessera"
    lower, tessera = text.lower(), text.index("tessera")
    assert [start for start in range(len(text)) if NAMED.is_after(text, lower, start)] == [3]
    assert NAMED.is_before(text, lower, tessera, 30)
    assert not NAMED.is_before(text, lower, tessera, 5)
    assert not NAMED.is_before("2345 is a tessera", "2345 is a tessera", 10, 30)


@pytest.mark.timeout(60)  # a group that goes back doubles the time with each quote
@pytest.mark.parametrize("end", ["'" * 201, "(" * 201, "insert into " * 20_000])
def test_rows_to_insert_that_never_end_are_none(end: str) -> None:
    assert name_context("").kinds_of(f"insert into t (mrn) values ({end}") == []
