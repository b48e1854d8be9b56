"""Numbers that no rule names: the words of their line decide, by weights that were learned and can be read."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from qaseed import check_for_phi
from qaseed.safety import weighing
from qaseed.safety.weighing import NUMBER, evidence, has_personal_number, is_reserved, numbers
from support.cases import for_each
from support.engines import in_duckdb, in_python
from support.values import drawn_valid, masked

WEIGHTS = Path(weighing.__file__).with_name("weights.tsv")

PERSONAL = """
Swimmer's federation card no. ########, athlete Roe
library borrower card of the student: ##-######
her bus pass has number ########
L'assistita presenta tessera n. ########
"""
OF_NOBODY = """
Invoice ####-##### for gloves is overdue
lot no. @@##### expires in May
build ####### failed on the second runner
the trial has registry number ISRCTN########
"""


@for_each("line", [*PERSONAL.strip().splitlines(), *OF_NOBODY.strip().splitlines()])
def test_both_engines_weigh_a_number_by_its_words(line: str) -> None:
    texts = [masked(line, random.Random(seed)) for seed in range(5)]
    expected = Counter({NUMBER: 5}) if line in PERSONAL else Counter()
    assert (in_python("note", texts), in_duckdb("note", texts)) == (expected, expected)


def test_the_message_says_what_it_is_and_not_which() -> None:
    text = masked(PERSONAL.strip().splitlines()[1], random.Random(1))
    with pytest.raises(ValueError, match="'note' contains what looks like a number of a person") as refused:
        check_for_phi({"note": text})
    [(start, end)] = numbers(text)
    assert text[start:end] not in str(refused.value)


RESERVED = """
her file number is 4511234567
call the client back at 415-555-0142
the member's number is QA-001-00004711
the card of the patient is 4242 4242 4242 4242
the member dials 1-800-233-4711
the member got number 2147483647
the member got number 1099511627776
the patient dials 0800 330 1000
the patient dials 0 809 254 231
the patient dials 900 852 668
"""


@for_each("line", RESERVED.strip().splitlines())
def test_numbers_that_belong_to_no_one_are_none(line: str) -> None:
    [(start, end)] = numbers(line)
    assert is_reserved(line[start:end])
    assert not has_personal_number(line)


def test_a_wrong_check_digit_beside_the_word_for_it_is_no_number_of_a_person() -> None:
    number = drawn_valid("br.cpf", "###.###.###-##", random.Random(1))
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert has_personal_number(f"the member gave us the number {wrong}")
    assert not has_personal_number(f"the member gave us her CPF number {wrong}")


@for_each(
    "number",
    [
        "2026-04-12",
        "04/12/2026",
        "09:30:15",
        "1.234,56",
        "154/69",
        "10.12.14.200/24",
        "127.0.0.1:9000",
        "0x1F4A2B33",
        "1000000",
        "3.6.0 3.7.0 13.15.2",
    ],
)
def test_dates_amounts_and_addresses_are_no_numbers(number: str) -> None:
    assert list(numbers(f"the patient {number} was seen")) == []


def test_a_number_alone_is_nobody_in_particular() -> None:
    assert not any(
        has_personal_number(masked(shape, random.Random(1))) for shape in ("#########", "@@######", "###-######")
    )


def test_weights_are_sorted_finite_and_of_evidence() -> None:
    lines = WEIGHTS.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    weights = [(float(number), name) for number, name in (line.split("\t") for line in lines[1:])]
    assert weights == sorted(weights, key=lambda pair: -pair[0])
    places = Counter(name.partition(" ")[0] for _, name in weights)
    assert set(places) == {"", "digits", "shape", "before", "after", "left", "near", "right"}
    assert all(abs(number) < 6 for number, _ in weights)
    assert len({name for _, name in weights}) == len(weights)


def test_evidence_is_of_the_line_and_reads_marks_and_capitals_as_plain_letters() -> None:
    text = "Order 12\nN\u00famero deClienta: 4711002, paid\nlot"
    [(start, end)] = numbers(text)
    assert text[start:end] == "4711002"
    assert set(evidence(text, start, end)) >= {
        "near clienta",
        "near de",
        "left numero",
        "right paid",
        "digits 7",
        "after ,",
    }
    assert not {"left order", "right lot"} & set(evidence(text, start, end))
