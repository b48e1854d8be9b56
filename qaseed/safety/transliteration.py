"""Names of columns in scripts other than Latin, in Latin letters, so that the lexicon has their words.

Cyrillic and Greek names are written as they sound, by which the vocabulary has their words. Of other scripts, words are
declared by what they mean in English, for their names have no spaces.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_MEANINGS = """
full_name: 姓名 氏名 名前 성명 이름 الاسم_الكامل الاسم_الثلاثي نام_کامل نام_و_نام_خانوادگی שם_מלא ชื่อ-นามสกุล
    ชื่อนามสกุล पूरा_नाम 患者名 顧客名 客户姓名 患者姓名 利用者名 환자명 고객명 성함
    სახელი_გვარი სახელი_და_გვარი անուն_ազգանուն ազգանուն_անուն ሙሉ_ስም
first_name: 名字 الاسم_الأول نام_کوچک שם_פרטי प्रथम_नाम
last_name: 姓氏 苗字 姓 اسم_العائلة اللقب الشهرة نام_خانوادگی שם_משפחה นามสกุล उपनाम
    გვარი ազգանուն
name: ชื่อ नाम নাম الاسم اسم نام שם
    სახელი անուն ስም
father_name: 父亲姓名 اسم_الأب نام_پدر שם_האב ชื่อบิดา पिता_का_नाम
    მამის_სახელი հայրանուն የአባት_ስም
mother_name: 母亲姓名 اسم_الأم نام_مادر שם_האם ชื่อมารดา माता_का_नाम
    დედის_სახელი የእናት_ስም
contact_person: 联系人 聯絡人 緊急連絡先 紧急联系人 担当者 보호자 담당자
address: 地址 住址 住所 居住地 주소 거주지 العنوان عنوان آدرس نشانی כתובת ที่อยู่ पता ঠিকানা முகவரி
    მისამართი հասցե አድራሻ
postal_code: 邮编 邮政编码 郵便番号 郵遞區號 우편번호 الرمز_البريدي کد_پستی מיקוד รหัสไปรษณีย์ पिन_कोड
city: 城市 市区町村 도시 المدينة شهر עיר จังหวัด शहर
    ქალაქი քաղաք ከተማ
birthplace: 出生地 籍贯 출생지 مكان_الميلاد محل_تولد מקום_לידה
    დაბადების_ადგილი ծննդավայր ծննդյան_վայր የትውልድ_ቦታ
date_of_birth: 出生日期 出生年月 生日 生年月日 誕生日 생년월일 생일 تاريخ_الميلاد تاریخ_تولد תאריך_לידה วันเกิด
    วันเดือนปีเกิด जन्म_तिथि जन्मतिथि জন্ম_তারিখ
    დაბადების_თარიღი ծննդյան_ամսաթիվ ծննդյան_օր የትውልድ_ቀን የልደት_ቀን
age: 年龄 年齢 年齡 나이 연령 العمر السن גיל อายุ आयु उम्र
    ასაკი տարիք ዕድሜ
phone: 电话 電話 手机 手機 携帯 连絡先 連絡先 联系方式 전화 휴대폰 핸드폰 연락처 الهاتف هاتف الجوال جوال موبايل
    تلفن טלפון נייד โทรศัพท์ เบอร์โทร मोबाइल फोन ফোন
    ტელეფონის_ნომერი ტელეფონი მობილური հեռախոսահամար հեռախոս ስልክ_ቁጥር ስልክ
fax: 传真 傳真 팩스 فاكس פקס
email: 邮箱 电子邮件 電子郵件 メール メールアドレス 이메일 البريد_الإلكتروني بريد_إلكتروني ایمیل דואל อีเมล ईमेल
    ელ._ფოსტა ელ_ფოსტა ელფოსტა էլ._փոստ էլ._հասցե էլ_փոստ էլ_հասցե ኢሜይል ኢሜል
national_id: 住民登録 身份证 身分證 身份證 居民身份证 证件 マイナンバー 個人番号 住民票コード 주민등록 주민 الهوية
    الهوية_الوطنية هوية الرقم_القومي الرقم_الوطني رقم_الإقامة الإقامة کد_ملی شماره_ملی شناسنامه תעודת_זהות
    מספר_זהות บัตรประชาชน เลขประจำตัวประชาชน आधार आधार_संख्या আধার জাতীয়_পরিচয়পত্র 外国人登録 외국인등록
    პირადი_ნომერი პირადობის_ნომერი პირადობის_მოწმობა նույնականացման_քարտ መታወቂያ የመታወቂያ ፋይዳ
tax_id: 税号 纳税人识别号 統一編號 الرقم_الضريبي مספר_עוסק เลขผู้เสียภาษี पैन_नंबर 사업자등록 کد_اقتصادی
    საიდენტიფიკაციო_კოდი საიდენტიფიკაციო_ნომერი հվհհ የግብር_ከፋይ_መለያ
social_security_number: 社会保険番号 社保号 社会保障号 社会保障号码 社保卡号 基礎年金番号 年金番号
    雇用保険番号 رقم_التأمينات
    հծհ սոցիալական_քարտ հանրային_ծառայությունների_համարանիշ
health_card_number: 医保卡号 医保号 医保 健保卡 健保卡號 被保険者番号 保険証番号 保険者番号 건강보험증
    رقم_التأمين_الصحي
policy_number: 保单号 保險單號 証券番号 증권번호 رقم_البوليصة
passport: 护照 護照 パスポート 旅券 여권 جواز_السفر جواز_سفر الجواز گذرنامه דרכון หนังสือเดินทาง पासपोर्ट
    პასპორტის პასპორტი անձնագիր անձնագրի ፓስፖርት
drivers_license: 驾驶证 驾照 駕照 運転免許証 運転免許 免許証 운전면허 رخصة_القيادة گواهینامه רישיון_נהיגה
    ใบขับขี่
    მართვის_მოწმობა վարորդական_իրավունք የመንጃ_ፈቃድ
residence_permit: 在留カード 居留证 居留證 居住证 港澳通行证 تصريح_الإقامة
bank_account_number: 银行账号 银行账户 銀行帳號 銀行口座 口座番号 口座 계좌번호 계좌 رقم_الحساب الحساب_البنكي
    شماره_حساب شبا חשבון_בנק เลขที่บัญชี เลขบัญชี बैंक_खाता खाता_संख्या
    ანგარიშის_ნომერი საბანკო_ანგარიში հաշվեհամար የባንክ_ሂሳብ
card_number: 银行卡号 银行卡 信用卡号 信用卡 クレジットカード番号 カード番号 신용카드 카드번호 رقم_البطاقة
    شماره_کارت כרטיס_אשראי บัตรเครดิต
license_plate: 车牌号 车牌 車牌 ナンバープレート 車両番号 차량번호 رقم_اللوحة لوحة_السيارة پلاک לוחית_רישוי
    ทะเบียนรถ
vin: 车架号 車台番号 차대번호 رقم_الهيكل
medical_record_number: 病历号 病歷號 住院号 门诊号 病案号 診察券番号 患者番号 カルテ番号 차트번호 환자번호
    등록번호 رقم_الملف_الطبي מספר_תיק เลขที่ผู้ป่วย รหัสผู้ป่วย
employee_id: 工号 員工編號 员工编号 社員番号 職員番号 사번 الرقم_الوظيفي
student_id: 学号 學號 学籍番号 학번 الرقم_الجامعي
admission_date: 入院日期 入院日 입원일 تاريخ_الدخول
discharge_date: 出院日期 退院日 퇴원일 تاريخ_الخروج
password: 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호 كلمة_المرور كلمة_السر رمز_عبور סיסמה รหัสผ่าน पासवर्ड
    პაროლი գաղտնաբառ የይለፍ_ቃል
profile_photo: 照片 头像 顔写真 프로필_사진 الصورة_الشخصية
fingerprint_template: 指纹 指紋 지문 البصمة ลายนิ้วมือ
number: 号码 號碼 号 番号 번호 رقم شماره מספר หมายเลข เลขที่ संख्या नंबर নম্বর
    ნომერი համար ቁጥር
type: 类型 類型 种类 種別 種類 종류 유형 نوع סוג ประเภท प्रकार
    ტიპი տեսակ አይነት
status: 状态 狀態 状態 ステータス 상태 حالة وضعیت \u05e1\u05d8\u05d8\u05d5\u05e1 สถานะ स्थिति
    სტატუსი կարգավիճակ ሁኔታ
date: 日期 日付 날짜 일자 تاريخ تاریخ תאריך วันที่ तारीख
    თარიღი ամսաթիվ ቀን
country: 国家 國家 签发国 국가 بلد الدولة کشور מדינה ประเทศ देश
    ქვეყანა երկիր ሀገር
expiry: 有效期 有効期限 만료일 تاريخ_الانتهاء תוקף วันหมดอายุ
count: 数量 人数 個数 件数 개수 عدد تعداد จำนวน
amount: 金额 金額 금액 المبلغ مبلغ סכום จำนวนเงิน राशि
    თანხა գումար መጠን
patient: 患者 환자 المريض מטופל ผู้ป่วย मरीज
customer: 客户 顧客 고객 العميل ลูกค้า ग्राहक
employee: 员工 員工 社員 従業員 직원 الموظف کارمند עובד พนักงาน कर्मचारी
student: 学生 學生 학생 الطالب תלמיד นักเรียน छात्र
spouse: 配偶 配偶者 배우자 الزوج
guardian: 监护人 監護人 保護者
company: 公司 会社 企业 企業 회사 الشركة شرکت חברה บริษัท कंपनी
    კომპანიის კომპანია ընկերություն ድርጅት
invoice: счет-фактура счета-фактуры
weight: βάρος
product: 商品 产品 產品 製品 상품 제품 المنتج محصول מוצר สินค้า उत्पाद
    პროდუქტის პროდუქტი ապրանք ምርት
"""

_LETTERS = "абвгдежзиклмнопрстуфхцчшщъыьэюяієґјљњђћџѕαβγδεζηθικλμνξοπρσςτυφχψω"
_SOUNDS = """a b v g d e zh z i k l m n o p r s t u f h ts ch sh shch - y - e yu ya i e g j lj nj dj c dz dz
    a v g d e z i th i k l m n x o p r s s t y f ch ps o""".split()
_LATIN = str.maketrans({letter: sound.strip("-") for letter, sound in zip(_LETTERS, _SOUNDS, strict=True)})
_CYRILLIC_OR_GREEK = re.compile("(?<![A-Za-z])[\u0370-\u03ff\u0400-\u052f]+(?![A-Za-z])")
_OTHER_LETTERS = re.compile("[\u0530-\u0eff\u10a0-\u11ff\u1200-\u139f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_UNKNOWN = " qqq "
"""What a word that is not known is read as: the words around it are judged beside an unknown one."""


def readings(name: str, look_alikes: dict[int, int]) -> tuple[str, str]:
    """The name in Latin letters: with words of other scripts as they sound or what they mean, and those that have only
    look-alikes of Latin letters also as they look. Full-width forms are none, accents and what is invisible not there.
    """
    words, meanings = _words()
    text = words.sub(lambda match: f" {meanings[_joined(match[0])]} ", _plain(name))
    text = _OTHER_LETTERS.sub(_UNKNOWN, text)
    looks = _CYRILLIC_OR_GREEK.sub(
        lambda word: word[0] if word[0].translate(look_alikes).isascii() else _sound(word[0]), text
    )
    sounds = _CYRILLIC_OR_GREEK.sub(lambda word: _sound(word[0]), text)
    return sounds.translate(look_alikes), looks.translate(look_alikes)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn"))


def _sound(word: str) -> str:
    """A Cyrillic or Greek word in Latin letters."""
    return word.lower().replace("\u03bf\u03c5", "ou").replace("\u03b1\u03c5", "au").translate(_LATIN)


def _joined(words: str) -> str:
    return re.sub("[ _]+", "_", words).lower()


@cache
def _words() -> tuple[re.Pattern[str], dict[str, str]]:
    """An expression for all declared words, longer ones first, and what each means: most names need neither."""
    entries = (entry.partition(":") for entry in _MEANINGS.strip().replace("\n    ", " ").splitlines())
    meanings = {_plain(word): meaning.replace("_", " ") for meaning, _, words in entries for word in words.split()}
    by_length = sorted(meanings, key=len, reverse=True)
    pattern = "|".join(re.escape(word).replace("_", "[ _]+") for word in by_length)
    return re.compile(pattern, re.IGNORECASE), meanings
