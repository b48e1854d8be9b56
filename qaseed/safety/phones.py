"""Telephone numbers in texts: how the world writes them, the words beside them, and the numbers that nobody has."""

from __future__ import annotations

from qaseed.safety import other_scripts
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.matching import Kind
from qaseed.safety.messages import places
from qaseed.safety.number_words import OTHER

_AREA = "[2-9][0-9]{2}"
_PHONE_GAP = "[-. \u2010-\u2015]{1,3}"
_EXTENSION = r"(?: ?,? ?(?:x|ext\.?|extension)[ .:]?[0-9]{1,6})?"
_PHONE = (
    rf"(?:(?:\+|00)?1[-. ]{{0,3}})?(?:\({_AREA}\)[-. ]{{0,3}}|{_AREA}(?:{_PHONE_GAP}"
    rf"|/))[2-9][0-9]{{2}}{_PHONE_GAP}[0-9]{{4}}{_EXTENSION}"
    rf"|[chw]{_AREA}{_PHONE_GAP}[2-9][0-9]{{2}}{_PHONE_GAP}[0-9]{{4}}"
    rf"|\({_AREA}\) ?[2-9][0-9]{{6}}{_EXTENSION}|\+1[2-9][0-9]{{9}}{_EXTENSION}"
    r"|\+[2-9][0-9]{0,2}(?:[-. ]?\(?[0-9]{1,4}\)?){2,6}"
)
# a trunk prefix, and groups of an area code and a subscriber number
_TRUNK_PHONE = "0[1-9][0-9]{1,3} (?:[0-9]{3,4} [0-9]{3,4}|[0-9]{6,7})"
_PHONE_WORDS = (
    r"phones?(?: ?[1-3]\b)?|telephone|tel|cell|mobile|fax|sms|pager|call|called|calls|text(?: only)?|texted|dial|ph"
    r"|ring|reach(?:ed|able)?|landline|direct line|mob|voicemail|contact|wa\.me"
    "|(?:my|her|his|new) (?:#|number) is|(?:home"
    rf"|work|office)(?: ?#|:)|call ?back|best (?:number|no\.?|#)|(?:ph|cp|fx)\^[^|~\n]{{0,60}}?\^1?\b|{places('phone')}"
)
_USES = (
    r"\.? (?:d[eo] |di |d')?(?:contacto|contatto|contato|casa|trabajo|oficina|ufficio|trabalho|domicile|bureau|fixe"
    r"|portable|kom\.?|kom[o\u00f3\u00d3]rkowy|domowy|stacjonarny|prywatny|s[l\u0142\u0141]u[z\u017c\u017b]bowy"
    "|privat|dienstlich|mobil"
    "|thuis|werk|rumah|kantor|ev|i[s\u015f\u015e])"
)
"""Whose phone it is, between a noun and its number."""
_USED = rf"(?:tel|tfnos?|t[e\u00e9\u00c9]l[e\u00e9\u00c9]f(?:ono|one|on)?|telefoon|telp|(?:no\.? )?hp){_USES}"
_FOREIGN_PHONE_WORDS = (
    "t[e\u00e9\u00c9]l(?:[e\u00e9\u00c9]f(?:ono|one)?)?|telefono?|telefoon|telf|tlf|m[o\u00f3\u00d3]vil"
    "|celular|cellulare"
    "|telefon(?:nummer|nr)|telefonu|telefonsz[a\u00e1\u00c1]m|telefoonnummer|natel|cel|puh|gsm"
    "|tfnos?|recapito(?: telefonico)?|telepon"
    "|telp|(?:no|nomor)\\.? ?(?:hp|wa)|hp|fone|zap|whatsapp|kom\\.|telem[o\u00f3\u00d3]vel|mobil(?:nummer|nr|telefon)"
    "|joignable(?: au)?|r?appele[rz](?: au)?|llam(?:e|ar)(?: al)?|rappel(?: au)?"
    "|tlm\\.?|contac?to|bereikbaar(?: op)?|te bereiken op|(?:od|za)?dzwoni[\u0107\u0106c]|nummer ist(?: die)?"
    "|erreichbar(?: unter)?"
    "|zu erreichen(?: unter)?|(?:ri)?chiamare|ligar para|n[\u00e5\u00c5]s p[\u00e5\u00c5]|ring p[\u00e5\u00c5]"
    "|s[\u0110\u0111]t"
    "|[\u0110\u0111]i[\u1ec6\u1ec7]n tho[\u1ea0\u1ea1]i"
    rf"|mobiele?|cell\.|portable|mobil|handy|rufnummer|puhelin|{_USED}|{other_scripts.PHONE}"
)
TOLL_FREE = r"\+?1?8(?:00|33|44|55|66|77|88)[2-9][0-9]{6}|0800[0-9]{6,8}|0808[0-9]{7}|[89]00[0-9]{6}"
"""Digits of toll-free numbers (47 CFR 52.101), and of those of Europe and Brazil (BNetzA, Ofcom, CNMC); that only
organizations have them is assumed.
"""
_PHONE_SAFE = rf"(?:{PREDICATES['phone'].pattern})|\+[0-9]{{1,7}}|55501[0-9]{{2}}|{TOLL_FREE}"
# how the regions of the world group national numbers (libphonenumber): only after a noun that names a phone
_NATIONAL_PHONE = (
    r"\(?[0-9]{2,4}\)?[-. /]?[0-9]{2,5}[-. ][0-9]{3,5}|\(?[0-9]\)? ?[0-9]{3,4}[-. ][0-9]{3,5}"
    r"|[0-9]{1,4}(?:[-. ][0-9]{2}){3,4}|\(?[0-9]{1,4}\)?[- ][0-9]{3}[- ][0-9]{2}[- ][0-9]{2}|[0-9]{3} [0-9]{2} [0-9]{2}"
    r"|8 \((?:[0-9]{3}\) [0-9]{3}|[0-9]{4}\) [0-9]{2}|[0-9]{5}\) [0-9])[- ][0-9]{2}[- ][0-9]{2}|[2-9][0-9]{2} [0-9]{4}"
    r"|\(?[0-9]{1,4}\)?[- ][0-9]{5,8}|[0-9]{2,3} [0-9]{2,3} [0-9]{2,3} [0-9]{2,4}|[0-9]{7,11}"
)
_PHONE_NOUNS = (
    "phones?(?: (?:no|number))?|telephone|tel|mobile|fax|landline|t[e\u00e9\u00c9]l(?:[e\u00e9\u00c9]f(?:ono|one)?)?"
    "|telefono|telefoon|telefon(?:nummer|nr|u)?|telf|tlf|m[o\u00f3\u00d3]vil|celular|cellulare|gsm|whatsapp"
    f"|durchwahl|{_USED}|telem[o\u00f3\u00d3]vel|puhelin|{other_scripts.PHONE}"
)
_DIGITS_OF_DATE = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]).*|[0-3][0-9][0-3][0-9](?:19|20)[0-9]{2}"

PHONES = (
    Kind(
        "phone",
        "D",
        hint="groups",
        shape=_PHONE,
        negative_context=OTHER,
        before="(?:[0-9][-.]?|[A-Za-z_$])?",
        strip="(?: ?,? ?(?:x|ext|extension)[ .:]*[0-9]+)?$|^00|[^0-9+x]",
        invalid=_PHONE_SAFE,
        valid=r"[+0-9]{10,16}",
    ),
    Kind(
        "phone",
        "D",
        (
            rf"\+?1?{_AREA}[2-9][0-9]{{6}}|{_AREA}[- ^][2-9][0-9]{{6}}|[2-9][0-9]{{2}}-[0-9]{{4}}"
            rf"|{_AREA}{_PHONE_GAP}[2-9][0-9]{{2}}{_PHONE_GAP}[0-9]{{4}}|[6-9][0-9]{{4}}[- ][0-9]{{5}}"
        ),
        context=_PHONE_WORDS,
        lettered=True,
        strip="[^0-9+]",
        invalid=_PHONE_SAFE,
    ),
    Kind(
        "phone",
        "D",
        r"0[0-9]{1,3}-[0-9]{3,4}-[0-9]{4}|0[0-9]{1,4} ?/ ?[0-9]{3,5}-[0-9]{2,5}|0[1-9](?:[-.][0-9]{2}){4}"
        r"|\(?0[0-9]{1,4}\)?(?: ?[-/] ?| )?[0-9]{2,4}(?: ?[0-9]{2,4}){1,4}",
        context=f"{_PHONE_WORDS}|{_FOREIGN_PHONE_WORDS}",
        lettered=True,
        strip="[^0-9]",
        valid="0[1-9][0-9]{7,10}|00[1-9][0-9]{7,12}",
        invalid=_PHONE_SAFE,
    ),
    Kind(
        "phone",
        "D",
        r"\(?[1-9][0-9]\)? ?(?:9 ?)?[0-9]{4}[- ][0-9]{4}|[2-9][0-9]{2} [0-9]{7}|[1-9][0-9]{9,10}"
        "|[6-9][0-9]{2}(?: ?[0-9]{3}){2}|[2-9][0-9]{2} ?[0-9]{2} ?[0-9]{3}|[2-9][0-9](?: ?[0-9]{2}){3}"
        "|[6-9][0-9]{2}(?: [0-9]{2}){3}|9[0-9] [0-9]{3}(?: [0-9]{2}){2}|1[3-9][0-9] [0-9]{4} [0-9]{4}"
        r"|8 ?\(?[3-9][0-9]{2}\)? ?[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{2}",
        context=_FOREIGN_PHONE_WORDS,
        lettered=True,
        strip="[- ()]",
        invalid=_PHONE_SAFE,
    ),
    Kind(
        "phone",
        "D",
        _NATIONAL_PHONE,
        context=_PHONE_NOUNS,
        lettered=True,
        by_column=False,
        strip="[^0-9]",
        valid="[0-9]{7,12}",
        invalid=f"{_PHONE_SAFE}|{_DIGITS_OF_DATE}",
    ),
    Kind(
        "phone",
        "D",
        hint="trunk",
        shape=rf"{_TRUNK_PHONE}|0[1-9](?: [0-9]{{2}}){{4}}|0[1-9](?:\.[0-9]{{2}}){{4}}",
        before="(?:[0-9][-. ]?|[A-Za-z_$#])?",
        after="(?:[-. ]?[0-9]|[A-Za-z_])?",
        negative_context=OTHER,
        strip="[^0-9]",
        valid="[0-9]{10,11}",
        invalid=rf"{_PHONE_SAFE}|0123456.*|0102030405",
    ),
)
