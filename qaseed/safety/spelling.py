"""The words of a field's name, in any case, with any separator, with look-alike letters, or written as one."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from qaseed.safety.transliteration import readings

_SHORT_FORMS = """
    aadhaar: aadhar adhaar adhar addhaar addhar; account: acct accnt ac acc; address: addresses; admission:
    adm admit; connection: conn; apellido: apellidos; appointment: appt; bank: bnk; biometric: biometrics; card:
    cards; certificate:
    certificates certs cert; check: chk; city: cities; code: cd codes; count: cnt; cvv: cvv2; date: dt;
    device: devices; discharge: dischg disch dschrg; document: docs doc; driver: drv drvr dri; drivers: drvrs;
    email: emails; embedding: embeddings; expiry: exp expir expiration expire expires; finger: fingers;
    fingerprint: fingerprints; flag: flg; id: ident ids; identifier: identifiers; identity:
    identidade; ip: ips; key: keys; license: lic licence licences licens lice licenses licn lcns;
    month: months; name: nm names; nombre: nombres; number: nbr no num numb numbers nmbr nos nrs nbrs numero nomer nro
    numer cislo broj numar
    nummer nomor nr numarasi numara numarul numurs numuru numeris numerio numru dugaar nomre nomresi raqam raqm
    alraqam raqami mispar shomare arithmos arithmo nomer nomeri nomiri bango bangou bangu beonho haoma stevilka
    szam szama nombor uimhir uimh hamaranish; passport: pasport passports passprt pspt psprt ppt; password: passwords;
    phone: phones telephones phon; photo: photos; picture: pic pict; plate: plates; portrait: portraits; preferred:
    prefered; prenom:
    prenoms; procedure: proc; recovery: recov; registration: reg regn; salt: salts; savings: sav; scan: scans;
    secret: secrets; security: sec secur; service: svc srvc; social: soc; ssn: ssns; street: streets strt;
    tax: tx; telephone: tele; template: templates; tin: tins; type: typ; vector: vectors; vehicle: veh
    vehicles; vin: vins; year: yrs years yr
; employee: emp empl; mobile: mob; policy: pol; group: grp; subscriber: subs subscr; doctor: dr; customer: cust cus;
    client: clt;
patient: pat ptnt; member: mbr memb mem;
    guarantor: guar; physician: phys; emergency: emerg emer emg; government: govt gvt govmt gov;
    name: nme nam; initial: init; fname: fnam; lname: lnam; mname: mnam; first: frst fst; last: lst;
    middle: mid mdl midl mdle; nom: noms; nome: nomes; person: prsn;
    national: natl; beneficiary: bene benef; birth: brth bith brith birht; address: addrs adr;
    student: stu stud; insured: insd;
    masked: masque masker maskiert; surname: srname surnme; vehicle: vhcl; residence: resid
"""
ABBREVIATIONS = {
    form: word
    for word, _, forms in (entry.partition(":") for entry in " ".join(_SHORT_FORMS.split()).split("; "))
    for form in forms.split()
}
"""Short and plural forms of the words of phrases."""

_LIGATURES = str.maketrans(dict(zip("ßẞøØæÆłŁđĐ", "ss SS o O ae AE l L d D".split(), strict=True)))
_LOOK_ALIKES = str.maketrans(
    "аАеЕоОрРсСхХуУіІѕЅјЈԁһНкКмМтТвВпгѵԛԝӏαΑβΒεΕηΗιΙκΚΜνΝοΟρΡτΤυΥχΧΖɡıƖΙ",
    "aAeEoOpPcCxXyYiIsSjJdhHkKmMtTbBnrvqwlaAbBeEnHiIkKMvNoOpPtTuYxXZgilI",
)
_QUOTES = str.maketrans("", "", "'\u2019\u02bc`")
_PATH = re.compile(r"__|->|[./\[\]:>\\$]+")
_VOWELS = str.maketrans("", "", "aeiou")
_SHORT_PIECES = frozenset({"ss", "dl", "id", "no", "of", "pt", "cc", "ip", "nr", "dt", "nm"})
"""The only two-letter words that are looked for in words written together."""
_NEVER_PIECES = frozenset(
    "ename kin the col sha copy current cell home one two sin pin nino exp ind her info age lon lat hin news".split()
)
"""Words that ordinary words end or begin with: they count before a number or a long word only."""
_WHOLE_WORDS = frozenset({"ssid", "ssids", "colvin", "homeplate"})


def segments_of(name: str) -> list[list[str]]:
    """The words of a name in lower case; for a path, those of the whole and of its last part."""
    texts: list[str] = []
    for reading in (name,) if name.isascii() else dict.fromkeys(readings(name, _LOOK_ALIKES)):
        plain = reading.translate(_LIGATURES).translate(_QUOTES)
        parts = [part for part in _PATH.split(plain) if re.search("[A-Za-z]", part)]
        texts += [plain] if len(parts) < 2 or plain.count(" ") > 8 else [plain, parts[-1]]
    return [words for text in texts if (words := _words(text))]


def _words(text: str) -> list[str]:
    text = re.sub(r"([A-Z]{2})s(?![a-z])", r"\1", text)  # SSNs
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])", " ", text)
    words: list[str] = []
    lone = False
    for word in re.findall(r"[a-z]+|[0-9]+", text.lower()):
        is_lone = len(word) == 1 and word.isalpha()
        if is_lone and lone:  # single letters with separators are one abbreviation: S.S.N.
            words[-1] += word
        else:
            words.append(word)
        lone = is_lone
    return words


def without_vowels(word: str) -> str:
    """A word's first letter and its consonants, as abbreviations keep them."""
    return word[0] + word[1:].translate(_VOWELS)


def misspelled(words: AbstractSet[str]) -> dict[str, str]:
    """Of long words, by how they are misspelled with a letter too few or twice."""
    return {
        word[:at] + letters + word[at + 1 :]: word
        for word in words
        for at in range(1, len(word))
        for letters in (
            "",
            word[at] * 2,
            *(vowel for vowel in "aeiou" if word[at] in "aeiou"),
            word[at] + "a",
            word[at] + "e",
        )
    }


def _is_number_or_long(rest: str) -> bool:
    return len(rest) > 4 or ABBREVIATIONS.get(rest) == "number"  # homephone, pinno


def broken(word: str, vocabulary: AbstractSet[str]) -> tuple[str, ...]:
    """The known words that a word consists of, as few as possible; the word itself if there are none."""
    if len(word) < 4 or len(word) > 64 or word.isdigit() or word in vocabulary or word in _WHOLE_WORDS:
        return (word,)
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 20), end - 1):
            before, piece = best[start], word[start:end]
            if before is None or piece not in vocabulary:
                continue
            if piece in _NEVER_PIECES and (start or not _is_number_or_long(word[end:])):
                continue
            if len(piece) == 2 and piece not in _SHORT_PIECES:
                continue
            if best[end] is None or len(before) + 1 < len(best[end] or ()):
                best[end] = (*before, piece)
    return best[len(word)] or (word,)


def differs_by_one(word: str, target: str) -> bool:
    """Whether one letter is missing, added or another, or two beside each other are exchanged; never the first."""
    if word[0] != target[0] or abs(len(word) - len(target)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(word, target, strict=False)) if a != b), min(len(word), len(target)))
    rest, other = word[at:], target[at:]
    return (
        rest[1:] == other
        or rest == other[1:]
        or rest[1:] == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
