"""National, tax, health and bank numbers of other countries: those with a check digit, beside a word that names them.

A check digit alone proves nothing in free text: one number in ten has it by chance.
"""

from __future__ import annotations

from qaseed.safety import national_checks as checks
from qaseed.safety.checks import LUHN, Check
from qaseed.safety.matching import Kind

_GAP = "[-. /]?"
_MONTH_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DAY_MONTH = "(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])"


def _groups(*sizes: int, gap: str = _GAP) -> str:
    return gap.join(f"[0-9]{{{size}}}" for size in sizes)


def _number(
    words: str,
    shape: str,
    check: Check,
    *,
    name: str = "national",
    valid: str = "",
    lettered: bool = False,
    strip: str = "[^0-9A-Z]",
) -> Kind:
    letter = {"national": "G", "health": "I", "account": "J"}[name]
    return Kind(name, letter, shape, context=words, strip=strip, valid=valid, lettered=lettered, check=check)


NATIONAL = (
    # the Americas
    _number("cpf|cadastro de pessoas f[i\u00ed]sicas|taxvat", _groups(3, 3, 3, 2), checks.CPF),
    _number("cnpj", _groups(2, 3, 3, 4, 2), checks.CNPJ),
    _number("sin|social insurance|nas", f"[1-79]{_groups(2, 3, 3)}", LUHN),
    _number("phn|personal health|care ?card", f"9{_groups(3, 3, 3)}", checks.PHN, name="health"),
    _number("curp", "[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9]", checks.CURP, valid=f".{{6}}{_MONTH_DAY}.*"),
    _number(
        "cui[tl]|cuit/cuil|clave [u\u00fa]nica", f"(?:2[03457]|3[034]|5[015]){_GAP}[0-9]{{8}}{_GAP}[0-9]", checks.CUIT
    ),
    _number("cbu|clave bancaria", _groups(8, 14), checks.CBU, name="account"),
    _number("ru[tn]|rol [u\u00fa]nico", f"[1-9][0-9]?{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9K]", checks.RUT),
    _number("nit", r"[0-9]{1,3}\.?[0-9]{3}\.?[0-9]{3}-[0-9]", checks.NIT),
    _number("ruc", "(?:10|15|17|20)[0-9]{9}", checks.RUC),
    _number("c[e\u00e9]dula(?: de identidad)?", "[0-9]{9}-?[0-9]|[0-9]{3}-?[0-9]{7}-?[0-9]", LUHN),
    # Western and Northern Europe
    _number(r"nhs|n\.h\.s\.", f"[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}", checks.NHS),
    _number("utr|unique taxpayer", "[0-9]{5} ?[0-9]{5}", checks.UTR),
    _number("pps[n]?|personal public service", "[0-9]{7}[A-W][ABHWTX]?", checks.PPS, lettered=True),
    _number(
        "bsn|burgerservicenummer|sofi", f"[0-9]{{3,4}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{3}}", checks.BSN, valid="[0-9]{9}"
    ),
    _number(
        "rijksregister|rijksregisternummer|registre national|niss|insz|nationaal nummer",
        _groups(2, 2, 2, 3, 2),
        checks.NATIONAL_REGISTER,
        valid="[0-9]{2}(?:0[0-9]|1[0-2])[0-9]*",
    ),
    _number(
        "s[e\u00e9]curit[e\u00e9] sociale|s[e\u00e9]cu|nir|n\\.i\\.r\\.|nss",
        "[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?(?:0[1-9]|[1-8][0-9]|9[0-7])",
        checks.NIR,
    ),
    _number(
        "steuer-?id|steueridentifikationsnummer|steuerliche identifikationsnummer|idnr|tin",
        "[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        checks.IDNR,
    ),
    _number("ahv|avs|oasi|sozialversicherungsnummer", r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}", checks.AHV),
    _number(
        "personnummer|personnr|samordningsnummer|pnr",
        "(?:19|20)?[0-9]{6}[-+ ]?[0-9]{4}",
        checks.LUHN_OF_TEN,
        valid="(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278][0-9]|[39][01])[0-9]{4}",
    ),
    _number(
        "f(?:\u00f8|oe?|\u00d8)dselsn(?:umme)?r|fnr|personnummer",
        "[0-9]{6}[- ]?[0-9]{5}",
        checks.FODSELSNUMMER,
        valid="[0-7][0-9][014589][0-9]*",
    ),
    _number("kontonummer|kontonr|bankkonto", _groups(4, 2, 5), checks.KONTONUMMER, name="account"),
    _number(
        "henkil(?:\u00f6|o)tunnus|hetu|personbeteckning",
        "[0-9]{6}[-+ABCDEFUVWXY][0-9]{3}[0-9A-Y]",
        checks.HETU,
        lettered=True,
        strip="^$",
        valid=f"{_DAY_MONTH}.*",
    ),
    # Southern Europe
    _number(r"dni|nif|nie|d\.n\.i\.|n\.i\.[ef]\.", "[0-9]{8}-?[A-Z]|[XYZ]-?[0-9]{7}-?[A-Z]", checks.DNI, lettered=True),
    _number("ccc|cuenta|n[u\u00fa]mero de cuenta", _groups(4, 4, 2, 10), checks.CCC, name="account"),
    _number(
        "codice fiscale|cod\\.? ?fisc\\.?|c\\.?f\\.?|fiscal code",
        "[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-7LMNPQRST][0-9LMNPQRSTUV][A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
        checks.CODICE_FISCALE,
        valid="(?:[^0-9]*[0-9]){5}.*",
    ),
    _number("nif|contribuinte", "[1-35689][0-9]{2} ?[0-9]{3} ?[0-9]{3}", checks.NIF),
    _number("amka|[\u03b1\u0391][\u03bc\u039c][\u03ba\u039a][\u03b1\u0391]", f"{_DAY_MONTH}[0-9]{{7}}", LUHN),
    # Central and Eastern Europe
    _number("pesel", "[0-9]{11}", checks.PESEL, valid="[0-9]{2}[0-9][0-9][0-3][0-9]{6}"),
    _number("nip", _groups(3, 3, 2, 2) + "|" + _groups(3, 2, 2, 3), checks.NIP),
    _number(
        "rodn[e\u00e9] [c\u010d][i\u00ed]slo|rodne cislo|rc",
        "[0-9]{6}/?[0-9]{4}",
        checks.BIRTH_NUMBER,
        valid="[0-9]{2}(?:[05][1-9]|[16][0-2]|[27][1-9]|[38][0-2]|[49][0-9])[0-3][0-9]{5}",
    ),
    _number("cnp|cod numeric personal", f"[1-9][0-9]{{2}}{_MONTH_DAY}[0-9]{{6}}", checks.CNP),
    _number("egn|[\u0435\u0415][\u0433\u0413][\u043d\u041d]", "[0-9]{2}[0-5][0-9][0-3][0-9]{5}", checks.EGN),
    _number("oib", "[0-9]{11}", checks.ISO_11_10),
    _number("emso|em\u0161o|jmbg", f"{_DAY_MONTH}[0-9]{{9}}", checks.EMSO),
    _number("isikukood|asmens kodas", f"[1-8][0-9]{{2}}{_MONTH_DAY}[0-9]{{4}}", checks.ISIKUKOOD),
    _number("inn|[\u0438\u0418][\u043d\u041d]{2}", "[0-9]{12}", checks.INN),
    _number(
        "rnokpp|rntrc"
        "|[\u0440\u0420][\u043d\u041d][\u043e\u041e][\u043a\u041a][\u043f\u041f]{2}"
        "|[\u0456\u0406][\u043f\u041f][\u043d\u041d]",
        "[0-9]{10}",
        checks.RNTRC,
    ),
    # Asia, Africa and Oceania
    _number("aadhaa?r|uidai|\u0906\u0927\u093e\u0930", "[2-9][0-9]{3}[- ]?[0-9]{4}[- ]?[0-9]{4}", checks.VERHOEFF),
    _number("(?:tc|t\\.c\\.)(?: ?kimlik)?|kimlik|tckn", "[1-9][0-9]{10}", checks.KIMLIK),
    _number(
        "teudat zehut|israeli id|tz|\u05ea\\.? ?\u05d6\\.?|\u05ea\u05e2\u05d5\u05d3\u05ea \u05d6\u05d4\u05d5\u05ea",
        "[0-9]{8}-?[0-9]",
        LUHN,
    ),
    _number(
        "rrn|resident registration|jumin|\uc8fc\ubbfc(?:\ub4f1\ub85d)?\ubc88\ud638",
        f"[0-9]{{2}}{_MONTH_DAY}-?[0-9]{{7}}",
        checks.RRN,
    ),
    _number(
        "my ?number|kojin bango|\u30de\u30a4\u30ca\u30f3\u30d0\u30fc|\u500b\u4eba\u756a\u53f7",
        "[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}",
        checks.MY_NUMBER,
    ),
    _number(
        "citizen id|resident id|id ?card|shenfenzheng"
        "|\u8eab\u4efd\u8bc1(?:\u53f7\u7801?)?|\u8eab\u5206\u8b49\u5b57\u865f",
        f"[1-8][0-9]{{5}}(?:19|20)[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9X]",
        checks.RESIDENT_ID,
    ),
    _number(
        "thai id|citizen id|national id"
        "|\u0e1b\u0e23\u0e30\u0e08\u0e33\u0e15\u0e31\u0e27\u0e1b\u0e23\u0e30\u0e0a\u0e32\u0e0a\u0e19"
        "|\u0e1a\u0e31\u0e15\u0e23\u0e1b\u0e23\u0e30\u0e0a\u0e32\u0e0a\u0e19",
        "[1-8]-?[0-9]{4}-?[0-9]{5}-?[0-9]{2}-?[0-9]",
        checks.THAI,
    ),
    _number("mst|m[a\u00e3] s[o\u1ed1] thu[e\u1ebf]", "[0-9]{10}(?:-[0-9]{3})?", checks.MST),
    _number("npwp", r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}\.?[0-9]-?[0-9]{3}\.?[0-9]{3}", checks.LUHN_OF_NINE_FIRST),
    _number(
        "(?:sa|south african|rsa|identity|id) (?:id|number)",
        f"[0-9]{{2}}{_MONTH_DAY} ?[0-9]{{4}} ?[012][0-9] ?[0-9]",
        LUHN,
    ),
    _number("tfn|tax file", _groups(3, 3, 3), checks.TFN),
    _number("abn|business number", _groups(2, 3, 3, 3), checks.ABN),
    _number("ird", "[0-9]{2,3}[- ]?[0-9]{3}[- ]?[0-9]{3}", checks.IRD, valid="1[0-4][0-9]{7}|0?[1-9][0-9]{7}"),
)
"""The kinds, by part of the world."""
