"""National, tax, health and bank numbers of other countries: those with a check digit, beside a word that names them.

A check digit alone proves nothing in free text: one number in ten has it by chance.
"""

from __future__ import annotations

from qaseed.safety import national_checks as checks
from qaseed.safety.alternatives import any_spelling
from qaseed.safety.checks import LUHN, Check
from qaseed.safety.matching import Kind

_GAP = "[-. /]?"
_MONTH_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DATE = f"(?:19|20)[0-9]{{2}}{_MONTH_DAY}"
_ALPHA = "\u03b1"
_DAY_MONTH = "(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])"


def _groups(*sizes: int, gap: str = _GAP) -> str:
    return gap.join(f"[0-9]{{{size}}}" for size in sizes)


def _number(
    words: str,
    shape: str,
    check: Check | None = None,
    *,
    name: str = "national",
    valid: str = "",
    invalid: str = "",
    lettered: bool = False,
    strip: str = "[^0-9A-Z]",
) -> Kind:
    letter = {"national": "G", "health": "I", "account": "J"}[name]
    return Kind(
        name,
        letter,
        shape,
        context=any_spelling(words),
        strip=strip,
        valid=valid,
        invalid=invalid,
        lettered=lettered,
        check=check,
    )


_UNCHECKED = (
    # the Americas
    _number(
        r"r\.?f\.?c|registro federal de contribuyentes",
        f"[A-Z&]{{4}}-?[0-9]{{2}}{_MONTH_DAY}-?[0-9A-Z]{{3}}",
        lettered=True,
    ),
    _number(
        "nss(?: imss)?|imss|seguridad social|nuss|naf", "[0-9]{11,12}|[0-9]{2}[ /-][0-9]{8}[ /-][0-9]{2}", lettered=True
    ),
    _number(r"cédula(?: de ciudadanía)?|c\.c\.", r"[0-9]{1,3}(?:\.[0-9]{3}){2,3}|[0-9]{8,10}", lettered=True),
    _number(
        r"d\.?n\.?i|documento|rg|r\.g\.",
        r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}(?:-[0-9X])?|[0-9]{8}",
        lettered=True,
        strip="",  # with dots it is no date
        invalid=_DATE,
    ),
    # Europe
    _number(
        r"national insurance|nino|n\.?i\.? (?:no|number)",
        "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[0-9]{6}| [0-9]{2} [0-9]{2} [0-9]{2} )[A-D]",
        lettered=True,
    ),
    _number(
        "(?:sozial|renten)versicherungs-?(?:nummer|nr)|sv-?(?:nummer|nr)|svnr|rvnr|vsnr",
        f"[0-9]{{2}} ?{_DAY_MONTH}[0-9]{{2}} ?[A-Z] ?[0-9]{{3}}|[0-9]{{4}} ?{_DAY_MONTH}[0-9]{{2}}",
        lettered=True,
    ),
    _number(
        "personalausweis(?:-?(?:nummer|nr))?|ausweis-?(?:nummer|nr)",
        "[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]?D?|[A-Z][0-9]{8}",
        lettered=True,
        valid="(?:[^0-9]*[0-9]){5}.*",
    ),
    _number(
        "carte (?:nationale )?d'identité|cni", "[0-9]{12}|[A-Z0-9]{9}", lettered=True, valid="(?:[^0-9]*[0-9]){5}.*"
    ),
    _number("cart(?:ão|ao) (?:de )?cidad(?:ão|ao)", "[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9]", lettered=True),
    _number(
        "cart(?:ão|ao) nacional de sa(?:ú|u)de|cns",
        "[12789][0-9]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4}",
        lettered=True,
        name="health",
    ),
    _number("dow(?:ó|o)du? osobist(?:y|ego)|(?:nr|numer) dowodu", "[A-Z]{3} ?[0-9]{6}", lettered=True),
    _number(r"c\.?p\.?r(?:[- ]?nr|nummer)?|personnummer", f"{_DAY_MONTH}[0-9]{{2}}[- ]?[0-9]{{4}}", lettered=True),
    _number(r"personas kods|p\.k\.", f"{_DAY_MONTH}[0-9]{{2}}-?[0-9]{{5}}", lettered=True),
    _number("снилс|snils", "[0-9]{3}-?[0-9]{3}-?[0-9]{3}[- ]?[0-9]{2}", lettered=True),
    # Asia and Africa
    _number("pan(?: card)?|permanent account|f?tin|पैन", "[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]", lettered=True),
    _number(
        "nik|(?:no )?ktp|nomor induk kependudukan",
        f"{_groups(6, 6, 4)}|{_groups(4, 4, 4, 4)}",
        lettered=True,
        valid="[1-9][0-9]{5}(?:[04][1-9]|[1256][0-9]|[37][01])(?:0[1-9]|1[0-2])[0-9]{6}",
    ),
    _number("s?nic|cnic|nadra|شناختی کارڈ", "[1-7][0-9]{4}-?[0-9]{7}-?[1-9]", lettered=True),
    _number("nin|national identification|bvn", "[0-9]{11}", lettered=True),
    _number(
        "nid|জাতীয় পরিচয়পত্র|national id(?:entity|entification)?|civil id",
        "[0-9]{17}|[0-9]{13,14}|[0-9]{10}",
        lettered=True,
    ),
    _number("الرقم القومي|رقم قومي", f"[23][0-9]{{2}}{_MONTH_DAY}[0-9]{{7}}", lettered=True),
    _number("phil(?:sys|id)|psn", "[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}|[0-9]{16}", lettered=True),
    _number("tin|tax identification", "[0-9]{3}-[0-9]{3}-[0-9]{3}(?:-[0-9]{3,5})?", lettered=True),
    _number("sss|gsis", "[0-9]{2}-[0-9]{7}-[0-9]", lettered=True),
    _number("philhealth|pin \\(philhealth", "[0-9]{2}-?[0-9]{9}-?[0-9]", lettered=True, name="health"),
    _number("cccd|cmnd|căn cước(?: công dân)?", "0[0-9]{11}|[0-9]{9}", lettered=True),
    _number("کد ملی|شماره ملی|(?:code )?melli(?: code)?", "[0-9]{3}-?[0-9]{6}-?[0-9]", lettered=True),
    _number("vkn|vergi no|vergi kimlik(?: numaras\u0131)?", "[0-9]{10}", lettered=True),
    _number("kra(?: pin)?", "[AP][0-9]{9}[A-Z]", lettered=True),
    _number("kenyan? id", "[0-9]{7,8}", lettered=True),
    _number("cin|cnie|carte nationale", "[A-Z]{1,2}[0-9]{5,7}", lettered=True),
    _number(
        "mykad|nric|kad pengenalan|no\\. kp|ic no", f"[0-9]{{2}}{_MONTH_DAY}-?[0-9]{{2}}-?[0-9]{{4}}", lettered=True
    ),
    _number("nric|fin", "[STFGM][0-9]{7}[A-Z]", lettered=True),
    _number("iqama|رقم الهوية|الهوية الوطنية|saudi id", "[12][0-9]{9}", lettered=True),
    _number("emirates id|eid|رقم الهوية", "784-?(?:19|20)[0-9]{2}-?[0-9]{7}-?[0-9]", lettered=True),
    _number("ghana ?card", "GHA-?[0-9]{9}-?[0-9]", lettered=True),
    _number("hkid|香港身份證", "[A-Z]{1,2}[0-9]{6} ?\\([0-9A]\\)", lettered=True),
    _number("國民身分證|身分證字號", "[A-Z][12][0-9]{8}", lettered=True),
)
"""Numbers without a check digit, or with one that is not computed here: they count by their form beside a word that
means no other number.
"""

NATIONAL = (
    # the Americas
    _number(r"c\.?p\.?f(?:/mf)?|cadastro de pessoas f[i\u00ed]sicas|taxvat", _groups(3, 3, 3, 2), checks.CPF),
    _number("cnpj", _groups(2, 3, 3, 4, 2), checks.CNPJ),
    _number(r"s\.?i\.?n|social insurance|nas|assurance sociale", f"[1-79]{_groups(2, 3, 3)}", LUHN),
    _number("(?:bc )?phn|personal health|care ?card", f"9{_groups(3, 3, 3)}", checks.PHN, name="health"),
    _number(
        r"c\.?u\.?r\.?p|clave única de registro",
        "[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9]",
        checks.CURP,
        valid=f".{{6}}{_MONTH_DAY}.*",
    ),
    _number(
        r"c\.?u\.?i\.?[tl]|cuit/cuil|clave única", f"(?:2[03457]|3[034]|5[015]){_GAP}[0-9]{{8}}{_GAP}[0-9]", checks.CUIT
    ),
    _number("cbu|clave bancaria", _groups(8, 14), checks.CBU, name="account"),
    _number(r"r\.?u\.?[tn]|rol único", f"0?[1-9][0-9]?{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9K]", checks.RUT),
    _number("nit", r"[0-9]{1,3}\.?[0-9]{3}\.?[0-9]{3}-[0-9]", checks.NIT),
    _number(r"r\.?u\.?c", "(?:10|15|17|20)[0-9]{9}", checks.RUC),
    _number(r"cédula(?: de identidad)?|c\.i\.", "[0-9]{9}-?[0-9]|[0-9]{3}-?[0-9]{7}-?[0-9]", LUHN),
    # Western and Northern Europe
    _number(r"n\.?h\.?s", f"[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}", checks.NHS),
    _number("utr|unique taxpayer", "[0-9]{5} ?[0-9]{5}", checks.UTR),
    _number("pps[n]?|personal public service", "[0-9]{7}[A-W][ABHWTX]?", checks.PPS, lettered=True),
    _number(
        "bsn|burgerservicenummer|sofi(?:nummer)?",
        f"[0-9]{{3,4}}{_GAP}[0-9]{{2,3}}{_GAP}[0-9]{{3}}",
        checks.BSN,
        valid="[0-9]{9}",
    ),
    _number(
        "rijksregister(?:nummer|nr)?|(?:registre|numéro|n[°º]) national|national|niss|insz|nn|nationaal nummer|rrn",
        _groups(2, 2, 2, 3, 2),
        checks.NATIONAL_REGISTER,
        valid="[0-9]{2}(?:0[0-9]|1[0-2])[0-9]*",
    ),
    _number(
        r"sécurité sociale|sécu|(?:numéro|n[°º]|no) (?:de )?ss|n\.?i\.?r|nss|insee|(?:matricule )?ins",
        "[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?(?:0[1-9]|[1-8][0-9]|9[0-7])",
        checks.NIR,
    ),
    _number(
        "steuer-?id(?:nr|-nr)?|steuer-identifikationsnummer|"
        "steueridentifikationsnummer|(?:steuerliche )?identifikations-?(?:nummer|nr)|idnr|tin",
        "[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        checks.IDNR,
    ),
    _number("ahv|n?avs|oasi|sozialversicherungsnummer", r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}", checks.AHV),
    _number(
        "personnummer|pers(?:on|\\.)?-?nr|samordningsnummer|pnr",
        "(?:19|20)?[0-9]{6}[-+ ]?[0-9]{4}",
        checks.LUHN_OF_TEN,
        valid="(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278][0-9]|[39][01])[0-9]{4}",
    ),
    _number(
        r"f(?:ø|oe)dselsn(?:umme)?r|f\.?nr|personnummer",
        "[0-9]{6}[- ]?[0-9]{5}",
        checks.FODSELSNUMMER,
        valid="[0-7][0-9][014589][0-9]*",
    ),
    _number("kontonummer|kontonr|bankkonto", _groups(4, 2, 5), checks.KONTONUMMER, name="account"),
    _number(
        "henkilötunnu(?:s|ksella)|hetu|personbeteckning",
        "[0-9]{6}[-+ABCDEFUVWXY][0-9]{3}[0-9A-Y]",
        checks.HETU,
        lettered=True,
        strip="^$",
        valid=f"{_DAY_MONTH}.*",
    ),
    # Southern Europe
    _number(r"d\.?n\.?i(?:/nif)?|n\.?i\.?[ef]", "[0-9]{8}-?[A-Z]|[XYZ]-?[0-9]{7}-?[A-Z]", checks.DNI, lettered=True),
    _number("ccc|cuenta|n[u\u00fa]mero de cuenta", _groups(4, 4, 2, 10), checks.CCC, name="account"),
    _number(
        r"codice fiscale|cod\.? ?fisc(?:\.|ale)?|c\.?f\.?|fiscal code",
        "[A-Z]{3} ?[A-Z]{3} ?[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-7LMNPQRST][0-9LMNPQRSTUV]"
        "(?:[A-Z][0-9LMNPQRSTUV]{3}| [A-Z][0-9]{3})[A-Z]",
        checks.CODICE_FISCALE,
        valid="(?:[^0-9]*[0-9]){5}.*",
    ),
    _number("nif|(?:número de )?contribuinte", "[1-35689][0-9]{2} ?[0-9]{3} ?[0-9]{3}", checks.NIF),
    _number(
        rf"a\.?m\.?k\.?a|{_ALPHA}\.?μ\.?κ\.?{_ALPHA}",
        f"{_DAY_MONTH}[0-9]{{7}}",
        LUHN,
    ),
    # Central and Eastern Europe
    _number("pesel", "[0-9]{11}", checks.PESEL, valid="[0-9]{2}[0-9][0-9][0-3][0-9]{6}"),
    _number("epic|voter id(?: card)?", "[A-Z]{3}[0-9]{7}", checks.LUHN_OF_SEVEN_LAST, lettered=True),
    _number(
        "nif|numéro fiscal|spi|n[°º] fiscal", "[0-3][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", checks.FRENCH_TAX
    ),
    _number(rf"a\.?f\.?m|{_ALPHA}\.?φ\.?μ", "[0-9]{9}", checks.GREEK_TAX),
    _number("nip", _groups(3, 3, 2, 2) + "|" + _groups(3, 2, 2, 3), checks.NIP),
    _number(
        r"rodné číslo|r\.? ?č\.?",
        "[0-9]{6}/?[0-9]{4}",
        checks.BIRTH_NUMBER,
        valid="[0-9]{2}(?:[05][1-9]|[16][0-2]|[27][1-9]|[38][0-2]|[49][0-9])[0-3][0-9]{5}",
    ),
    _number("cnp|cod numeric personal", f"[1-9][0-9]{{2}}{_MONTH_DAY}[0-9]{{6}}", checks.CNP),
    _number("egn|[\u0435\u0415][\u0433\u0413][\u043d\u041d]", "[0-9]{2}[0-5][0-9][0-3][0-9]{5}", checks.EGN),
    _number("oib", "[0-9]{11}", checks.ISO_11_10),
    _number("emšo|jmbg", f"{_DAY_MONTH}[0-9]{{9}}", checks.EMSO),
    _number(r"isikukood|asmens kodas|a\.k\.", f"[1-8][0-9]{{2}}{_MONTH_DAY}[0-9]{{4}}", checks.ISIKUKOOD),
    _number("inn|[\u0438\u0418][\u043d\u041d]{2}", "[0-9]{12}", checks.INN),
    _number(
        "rnokpp|rntrc"
        "|[\u0440\u0420][\u043d\u041d][\u043e\u041e][\u043a\u041a][\u043f\u041f]{2}"
        "|[\u0456\u0406][\u043f\u041f][\u043d\u041d]|ідентифікаційний код",
        "[0-9]{10}",
        checks.RNTRC,
    ),
    # Asia, Africa and Oceania
    _number(
        "aadhaa?r|uid(?:ai)?|ஆதார்|আধার|\u0906\u0927\u093e\u0930",
        "[2-9][0-9]{3}[- ]?[0-9]{4}[- ]?[0-9]{4}",
        checks.VERHOEFF,
    ),
    _number(
        r"t\.?c\.?(?: ?kimlik)?(?: numaras\u0131)?|kimlik|tckn",
        "[1-9][0-9]{10}|[1-9][0-9]{2} [0-9]{3} [0-9]{3} [0-9]{2}",
        checks.KIMLIK,
    ),
    _number(
        'teudat zehut|israeli id|tz|\u05ea[\\."]? ?\u05d6\\.?|\u05de\u05e1\u05e4\u05e8 \u05d6\u05d4\u05d5\u05ea'
        "|\u05ea\u05e2\u05d5\u05d3\u05ea \u05d6\u05d4\u05d5\u05ea",
        "[0-9]{8}-?[0-9]",
        LUHN,
    ),
    _number(
        "rrn|resident registration|jumin|주민번호|\uc8fc\ubbfc(?:\ub4f1\ub85d)?\ubc88\ud638",
        f"[0-9]{{2}}{_MONTH_DAY}-?[0-9]{{7}}",
        checks.RRN,
    ),
    _number(
        "my ?number|kojin bango|\u30de\u30a4\u30ca\u30f3\u30d0\u30fc|\u500b\u4eba\u756a\u53f7",
        "[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}",
        checks.MY_NUMBER,
    ),
    _number(
        "citizen id|resident id|chinese id|id ?card|shenfenzheng|(?:公民|居民)身份(?:证|号码)"
        "|\u8eab\u4efd\u8bc1(?:\u53f7\u7801?)?|\u8eab\u5206\u8b49\u5b57\u865f",
        f"[1-8][0-9]{{5}}(?:19|20)[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9X]",
        checks.RESIDENT_ID,
    ),
    _number(
        "thai id|citizen id|national id|(?:เลข)?บัตรประชาชน|เลขประจำตัวประชาชน"
        "|\u0e1b\u0e23\u0e30\u0e08\u0e33\u0e15\u0e31\u0e27\u0e1b\u0e23\u0e30\u0e0a\u0e32\u0e0a\u0e19"
        "|\u0e1a\u0e31\u0e15\u0e23\u0e1b\u0e23\u0e30\u0e0a\u0e32\u0e0a\u0e19",
        "[1-8][- ]?[0-9]{4}[- ]?[0-9]{5}[- ]?[0-9]{2}[- ]?[0-9]",
        checks.THAI,
    ),
    _number("mst|mã số thuế", "[0-9]{10}(?:-[0-9]{3})?", checks.MST),
    _number(
        "npwp|nomor pokok wajib pajak",
        r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}\.?[0-9]-?[0-9]{3}\.?[0-9]{3}",
        checks.LUHN_OF_NINE_FIRST,
    ),
    _number(
        "(?:sa|south african|rsa|identity|id) (?:id|number|no)",
        f"[0-9]{{2}}{_MONTH_DAY} ?[0-9]{{4}} ?[012][0-9] ?[0-9]",
        LUHN,
    ),
    _number("tfn|tax file", _groups(3, 3, 3), checks.TFN),
    _number("abn|business number", _groups(2, 3, 3, 3), checks.ABN),
    *_UNCHECKED,
    _number("ird", "[0-9]{2,3}[- ]?[0-9]{3}[- ]?[0-9]{3}", checks.IRD, valid="1[0-4][0-9]{7}|0?[1-9][0-9]{7}"),
)
"""The kinds, by part of the world."""
