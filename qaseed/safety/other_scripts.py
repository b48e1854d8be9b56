"""Words before numbers and dates of birth in scripts other than Latin, as expressions that match either case."""

from __future__ import annotations


def either_case(words: str) -> str:
    """An expression for words of which `re` knows no case: it folds the case of ASCII letters only."""
    return "".join(f"[{letter}{letter.upper()}]" if _has_case(letter) else letter for letter in words)


def _has_case(letter: str) -> bool:
    return not letter.isascii() and letter.upper() != letter and len(letter.upper()) == 1


# Japanese, Chinese, Korean, Russian and Ukrainian, Greek, Arabic, Hebrew, Thai, Hindi
BIRTH = either_case(
    "生年月日|誕生日|出生日期|出生年月日?|生日|생년월일|생일|дата рождения|родил(?:ся|ась)|рожд\\."
    "|дата народження|ημερομηνία γέννησης|ημ\\. ?γέννησης"
    "|تاريخ الميلاد|תאריך לידה|วันเกิด|जन्म ?तिथि"
)
PHONE = either_case(
    "電話(?:番号)?|連絡先|携帯|联系方式|电话|手机|手機|전화(?:번호)?|연락처|휴대폰|핸드폰|телефон|тел|моб|τηλ(?:έφωνο)?|κινητό"
    "|هاتف|جوال|טלפון|נייד|โทร|फोन|मोबाइल"
)
RECORD = either_case(
    "診察券番号|患者(?:番号|ID)|病案号|カルテ(?:番号|No)|病历号|病歷號|住院号|门诊号|門診號碼?|차트번호|등록번호|환자번호"
    "|номер (?:(?:мед)?карты|пациента|истории болезни)|№ карты|история болезни|медкарта|αριθμός μητρώου"
    "|رقم (?:الملف|المريض)|מספר תיק|เลขที่ผู้ป่วย|รหัสผู้ป่วย"
)
PLAN = either_case(
    "保険者番号|被保険者番号|保険証番号|記号・番号|医保(?:卡)?号|健保卡號|보험증번호|полис(?: омс)?|номер полиса"
    "|رقم (?:التأمين|البوليصة)|αριθμός ασφάλισης|מספר פוליסה"
)
ACCOUNT = either_case(
    "口座(?:番号)?|普通|银行(?:账号|卡号)|账号|帳號|계좌(?:번호)?|номер счета|номер счёта|счет|счёт"
    "|\u0440/\u0441|расчетный счет|расчётный счёт"
    "|αριθμός λογαριασμού|رقم الحساب|חשבון|เลขที่บัญชี"
)
LICENCE = either_case(
    "運転免許証|免許証?番号|驾驶证号?|驾照|駕照號碼|운전면허(?:번호)?|водительское удостоверение|водительские права|ву"
    "|رخصة القيادة|άδεια οδήγησης|רישיון נהיגה|ใบขับขี่"
)
PASSPORT = either_case(
    "パスポート(?:番号)?|旅券番号|护照(?:号码|号)?|護照(?:號碼|號)?|签证号|港澳通行证|여권(?:번호)?|(?:загран)?паспорта?"
    "|серия(?: и номер)?|διαβατήριο|(?:رقم )?(?:ال)?جواز(?: سفر)?|(?:מספר )?דרכון|(?:เลข)?หนังสือเดินทาง"
)
