"""Words before numbers and dates of birth in scripts other than Latin, as expressions that match either case."""

from __future__ import annotations


def _either_case(words: str) -> str:
    """An expression for words of which `re` knows no case: it folds the case of ASCII letters only."""
    return "".join(f"[{letter}{letter.upper()}]" if _has_case(letter) else letter for letter in words)


def _has_case(letter: str) -> bool:
    return not letter.isascii() and letter.upper() != letter and len(letter.upper()) == 1


# Japanese, Chinese, Korean, Russian and Ukrainian, Greek, Arabic, Hebrew, Thai, Hindi
BIRTH = _either_case(
    "生年月日|出生日期|出生年月日?|생년월일|дата рождения|дата народження|ημερομηνία γέννησης|ημ\\. ?γέννησης"
    "|تاريخ الميلاد|תאריך לידה|วันเกิด|जन्म ?तिथि"
)
PHONE = _either_case(
    "電話(?:番号)?|携帯|电话|手机|手機|전화|휴대폰|телефон|тел|моб|τηλ(?:έφωνο)?|κινητό"
    "|هاتف|جوال|טלפון|נייד|โทร|फोन|मोबाइल"
)
RECORD = _either_case(
    "診察券番号|患者番号|カルテ番号|病历号|病歷號|住院号|차트번호|등록번호|номер карты|номер истории болезни"
    "|αριθμός μητρώου|رقم الملف"
)
PLAN = _either_case("保険者番号|被保険者番号|医保卡号|полис(?: омс)?|رقم التأمين")
ACCOUNT = _either_case("口座番号|银行账号|账号|帳號|계좌번호|номер счета|расчетный счет|αριθμός λογαριασμού|رقم الحساب")
LICENCE = _either_case("運転免許証|免許証番号|驾驶证号?|운전면허|водительское удостоверение")
PASSPORT = _either_case(
    "パスポート|旅券番号|护照(?:号码|号)?|護照(?:號碼|號)?|여권(?:번호)?|паспорт"
    "|διαβατήριο|جواز(?: سفر)?|דרכון|หนังสือเดินทาง"
)
