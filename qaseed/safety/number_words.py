"""Words that name a number of a record, plan, account, license or travel document, by language.

A noun that means other things, too, needs a mark of number; others stand alone.
"""

from __future__ import annotations

from qaseed.safety import other_scripts
from qaseed.safety.addresses import STATE_NAMES, STATES
from qaseed.safety.alternatives import any_spelling
from qaseed.safety.messages import places

_DEGREE, _NUMERO = "[\u00b0\u00ba]", "\u2116"
NO = (
    rf"(?:'s)?\.?,?(?:[ _-]?ident(?:ification)?\.?)?(?:[ _-]?(?:no|n0|nr|nro|n|num|number|nbr|nummer|numer"
    rf"|n[u\u00fa]m[e\u00e9]ro|ref|id|i\.d"
    rf"|identifier|code)\b"
    rf"| ?#| ?n{_DEGREE}| ?{_NUMERO})"
)
"""What says that the word before it has a number."""


def _words(text: str) -> str:
    """Alternatives of one line each, in any case, with and without marks of letters."""
    return "|".join(any_spelling(line.strip()) for line in text.strip().splitlines())


def _numbered(nouns: str) -> str:
    """Nouns with a mark of number after them."""
    return f"(?:{nouns}){NO}"


def ending(nouns: str) -> str:
    """Nouns, and what says that the last digits follow."""
    return (
        rf"(?:{nouns})(?:{NO}|s)?[ ,:(]{{1,3}}(?:ending|ends|last ?(?:4|four))(?: (?:in|with|digits|is"
        rf"|are))*\)?"
        rf"|last ?(?:4|four)(?: digits)?(?: of| in)?(?: the| her| his| their"
        rf"| my| your| patient'?s?)?[ _]?(?:{nouns})(?:{NO})?(?: is| are)?"
    )


_CASES = "(?:n\u00b0|n\u00ba|no|nr|nro|num\u00e9ro|n\u00famero|numero|numer|n\u00fam|\u010d\u00edslo|nomor|n)\\.?"
"""Marks of number that precede a noun."""

RECORD = "|".join(
    (
        _numbered(
            "patient(?: (?:file|record|reg(?:istration)?\\.?|chart))?|pt|chart|hosp(?:ital)?"
            "|(?:hospital )?unit(?: record)?"
            "|med(?:ical)?\\.?[ _-]?rec(?:ord)?s?|m\\.?r|emr|ehr|ur|file|client|consumer|epi|enterprise|ip|ipd"
            "|opd|op|cr"
            "|clinic|inpatient|outpatient|admission|ed|register"
            "|chi|hn|patient reg\\.?|h\\.?c|journal|dosya|hasta|protokol|dossier|krankenakte|case notes?|mpi"
        ),
        "record ?(?:#|no\\b)|folder (?:number|no\\b)|m r n|(?:our|patient) file",
        "(?:hrn)(?: ?#| no\\b)|h/n",
        (
            r"e?mrn(?:'?s)?(?: ?/ ?(?:csn|fin|har|acct|account|visit|encounter))?"
            r"|m\.r\.n\.?|empi|uhid|medical[ _-]?(?:records?|chart)|med\.? ?rec|health record"
            r"|urn|u\.r\.|ipp|nhc"
        ),
        (
            r"no\. of record|record number|patient.: ?\{ ?.(?:id|number)|(?:patient|medical record)[ _-]?identifier"
            r"|reg\. no\. \(patient\)"
        ),
        places("record"),
        _words(
            rf"""(?:fall|patienten|pat\.|pat)[- ]?(?:nummer|nr|id)
            aktenzeichen
            (?:patienten|kranken)akte
            {_CASES} ?(?:de )?dossier
            dossier (?:du )?(?:patient|médical)
            {_CASES} ?(?:de )?patient
            nip (?:du )?patient
            {_CASES} ?(?:de |do )?processo
            {_CASES} ?(?:de )?historia
            historia clínica
            h\.c\.
            expediente(?: clínico)?
            prontuário
            processo clínico
            {_CASES} ?de utente
            cartella(?: clinica)?
            id paziente
            patiënt(?:en)?-?(?:nummer|nr)
            dossier-?(?:nummer|nr)
            id (?:pasien|pacjenta|del? paciente|do paciente|hasta)
            numer pacjenta
            kartoteki
            krankenblatt(?: ?nr\.?)?
            (?:numer|nr) (?:karty|historii choroby|księgi(?: głównej)?)
            journal-?(?:nummer|nr)
            potilasnumero
            číslo pacienta
            rekam medis
            (?:no|nomor)[. ]{{1,2}}rm
            mã (?:bệnh nhân|bn)
            nr\.? fișă
            {_CASES} ?dosar
            {_CASES} ?d'hospitalisation
            kartonszám"""
        ),
        other_scripts.RECORD,
    )
)
_INSURERS = (
    "bcbs|blue ?cross(?: blue ?shield)?|aetna|cigna|humana|kaiser|uhc|united ?healthcare|anthem|tri-?care"
    "|masshealth"
    "|medi-?cal|tenncare|medicaid|medicare"
)
_HOLDERS = "member(?:ship)?|subscriber|policy|beneficiary|insured"
PLAN = "|".join(
    (
        _numbered(
            f"(?:{_HOLDERS}|mbr|mem|card ?holder|subscriber/member|policy ?holder|enrollee|recipient|dependent|coverage"
            "|subscr|(?:dod|va) benefits?"
            f"|insurance|insur|ins"
            f"|medical (?:aid|scheme)|scheme|nhis|nhif|tpa|ayushman|pm-?jay|abha|cghs|esic?|philhealth"
            f"|health ins(?:urance)?|health card|(?:health )?plan(?: beneficiary)?|hmo|ppo"
            f"|{_INSURERS})\\.?(?:[ _](?:card|recipient|member|policy))?"
            "|(?:medicare|pps|gms|dva)(?: card| file)?|msp|ahcip|sub|rx|(?:policy/)?group|grp|afiliado"
            "|p[o\u00f3\u00d3]liza|carteirinha"
            "|police|polisa|mutuelle"
        ),
        '(?:member|subscriber)": ?\\{ ?"(?:id|number)',
        (
            "hrn|hicn?|policy/group|rx ?grp|grp(?: ?:)|cin|client index|ohip|ramq|ehic|kvnr|bpjs|health card"
            "|insurance:[^0-9\n]{0,12} id"
        ),
        places("plan"),
        _words(
            rf"""(?:kranken)?versicherten-?(?:nummer|nr|id)
            (?:kranken)?versicherungs-?(?:schein-?)?(?:nummer|nr|id)
            (?:kv|krankenkassen|policen|mitglieds)-?(?:nummer|nr|id)
            {_CASES} ?(?:d'|de )?(?:adhérente?|assuré|afiliado|afiliación|mutuelle|contrat|police|póliza|beneficiário)
            tarjeta sanitaria
            {_CASES} ?(?:da |de )?(?:carteirinha|carteira do plano)
            apólice
            cartão sus
            tessera sanitaria
            {_CASES} ?polizza
            polizza(?: (?:rca?|auto|vita|casa|infortuni|sanitaria))?
            contrat d'assurance
            polis-?(?:nummer|nr)
            verzekerden-?(?:nummer|nr)
            klantnummer verzekering
            relatie-?(?:nummer|nr)
            (?:numer|nr) polisy
            forsikringsnummer
            försäkringsnummer
            poliçe
            číslo (?:pojištěnce|pojistky)
            thẻ bhyt"""
        ),
        other_scripts.PLAN,
    )
)
LONG_PLAN = f"{_HOLDERS}|enrollee|insurance(?: policy)?|grp|{_INSURERS}|carteirinha|p[o\u00f3\u00d3]liza|ci[np]|cns"
ACCOUNT = "|".join(
    (
        _numbered(
            "account|acct|a/c|ac|acc|loan|mortgage|customer|guarantor|(?:bank|credit|ira) (?:account|acct)"
            "|konto|bankkonto|compte|cuenta|conta|hesap"
        ),
        r"(?:bsb|sort code|s/c):? ?[0-9]{2,3}[- ]?[0-9]{2,3}[- ]?[0-9]{0,2},? (?:acct?|account)",
        (
            "acct|a/c|account in (?:her|his|my|their) name, number"
            "|(?:bank|checking|savings|deposit|guarantor|patient|pt|hospital|billing|electric|utility"
            "|customer|brokerage|mortgage"
            "|hsa|fsa|ira|401k|credit|money market) (?:account|acct|a/c)"
        ),
        places("account"),
        _words(
            rf"""kto
            (?:kunden|klant|kund|kunde|client)-?(?:nummer|nr)
            {_CASES} ?(?:de |du )?cliente?
            (?:numer|nr) klienta(?: i konta)?
            asiakasnumero
            müşteri no
            číslo zákazníka
            ügyfélszám
            (?:kunden-?)?konto-?(?:nummer|nr)
            bankkonto
            compte (?:bancaire|courant|d'épargne)
            bankgiro
            plusgiro
            rib
            {_CASES} ?(?:de |da |di )?(?:compte|cuenta|conta|conto|konta|rachunku|rekening|rek)
            cuenta (?:bancaria|corriente|de ahorros?)
            clabe(?: interbancaria)?
            conta corrente
            conto corrente
            (?:ag|agência)\.? [0-9]{{3,5}},? (?:conta|c/c)
            c/c
            rekening-?(?:nummer|nr)
            rek\.? ?nr
            tilinumero
            číslo účtu
            účet
            hesap numaras(?:i|\u0131)
            số tài khoản
            stk
            bankszámlaszám
            cont bancar"""
        ),
        other_scripts.ACCOUNT,
    )
)
LONG_ACCOUNT = "account|acct|a/c|checking|savings|har|dda|guarantor|konto|compte|cuenta|conta|conto|rekening"
_PROFESSIONS = (
    "medical|nurs(?:e|ing)|pharmac(?:y|ist)|dental|professional|operator'?s?|chauffeur'?s?|physician|therapist"
    "|state|board"
    "|rn|lpn|np|md|do|pa|dds|lcsw|lmft|lpc"
)
LICENCE = "|".join(
    (
        (
            r"driver.?s?.?[ _]?lic(?:en[sc]e)?\.?|drv\.? ?lic|driving licen[sc]e|drivers|\bdln?|\bcdl|d/l|d\.l\.|oln"
            r"|learner'?s? permit"
        ),
        (
            rf"(?:state|photo|government)(?:-issued)? id(?: card)?|id shown"
            rf"|(?:{_PROFESSIONS}) lic(?:en[sc]e)?\.?"
        ),
        r"(?:state |attorney )bar (?:no\b|number|#|id)|bar (?:no\.|number|#)",
        _numbered(
            "lic(?:en[sc]e)?|gmc(?: reference)?|nmc|ahpra(?: reg)?|big|cnh|crm(?:[-/][a-z]{2})?|carry permit"
            "|permis|ehliyet"
        ),
        r"(?:medical|nursing|dental|pharmacy) council reg(?:istration|\.)?(?: (?:no\.?|number))?",
        (
            r"(?:(?:birth|death|marriage|board|professional|medical|nursing|registration)[ _])?"
            r"cert(?:ificate)?\.?(?: ?#| (?:no\b|number|nbr))|(?:birth|death|marriage|professional)[ _]cert(?:ificate)?"
            r"|cert(?:ificate)? of (?:birth|death|marriage|naturalization)"
        ),
        places("licence"),
        (
            "gmc|nmc pin|lanr|rpps|adeli|cnh(?: do motorista)?:? registro|cnh"
            "|crm(?:[-/][a-z]{2})?|pwz|registration number \\(gmc\\)"
        ),
        _words(
            r"""führerschein(?:-?(?:nummer|nr))?
            fuehrerschein(?:-?(?:nummer|nr))?
            fs-nr
            permis de conduire
            licencia(?: de (?:conducir|conducción|manejo))?
            permiso de conducir
            cédula profesional
            colegiado
            carteira de motorista
            carta de condução
            patente(?: di guida)?
            rijbewijs(?:-?(?:nummer|nr))?
            big-nummer
            praw[oa] jazdy
            kørekort(?:nummer)?
            körkort(?:snummer)?
            førerkort(?:nummer)?
            ajokortti
            řidičský průkaz
            řidičského průkazu
            sürücü belgesi
            giấy phép lái xe
            vezetői engedély
            permis de conducere"""
        ),
        other_scripts.LICENCE,
    )
)
PASSPORT = "|".join(
    (
        (
            r"passports?(?: (?:card|book))?|passport[\"']?[ ,;]{1,3}[\"']?doc(?:ument)?[_ ]?(?:no|num(?:ber)?)"
            r"|ppt|travel doc(?:ument|\.)?|laissez-passer|(?:residence|resident) permit"
            r"|permanent resident card|green card"
            r"|i-94|a-number|a#|alien(?: reg(?:istration|\.)?)?|uscis|brp|sevis|immigration receipt"
        ),
        places("passport"),
        _numbered("pp|visa(?: (?:foil|control))?|visum|receipt"),
        _words(
            """reisepass(?:-?(?:nummer|nr))?
            pass[- ]?(?:nummer|nr)
            aufenthaltstitel
            passeport
            (?:titre|carte) de séjour
            pasaporte
            passaporte
            passaporto
            permesso di soggiorno
            paspoort(?:-?(?:nummer|nr))?
            verblijfsvergunning
            pas-?(?:nummer|nr)
            passinumero
            paszport(?:u)?
            cestovní pas
            číslo pasu
            pasaport
            paspor
            hộ chiếu
            útlevél
            pașaport"""
        ),
        other_scripts.PASSPORT,
    )
)

_MARK = r"\.?(?: ?#| ?(?:no\b|number|nbr|num\b))"
CASE = "|".join(
    (
        places("case"),
        f"(?:(?:insurance|disability|va|auto|accident|wc|workers'? comp(?:ensation)?) )?claim(?:{_MARK}| id)",
        f"docket{_MARK}|(?:cause|matter|adversary|bankruptcy case|court ?file){_MARK}|index no\\.",
        "bankruptcy case|court ?file",
        f"(?:police|their|deputy'?s?) report{_MARK}|(?:state|county|federal) case{_MARK}",
        (r"(?:wc|bwc|workers'? comp(?:ensation)?|va|disability|unemployment|injury) claim|(?:our|your) claim ref"),
        (
            rf"(?:court|criminal|civil|police|snap|tanf|cps|welfare|benefits?|incident) case{_MARK}"
            r"|case\.? (?:no\b|number)"
        ),
        (
            r"(?:snap|tanf|cps|welfare|benefits?|court|police|incident) case(?: id)?"
            rf"|(?:police|trooper|sheriff'?s?|incident|crime|accident|crash|arrest|offense|theft) report(?:{_MARK})"
        ),
        f"(?:inmate|offender|prisoner|booking|detainee|employee|staff|badge|student|pupil|military|service){_MARK}",
        (
            r"(?:inmate|offender|student|pupil|employee)[ _]id|(?:frequent (?:flyer|traveler)|loyalty|rewards)"
            rf"(?: (?:card|account|member))?(?:{_MARK})"
        ),
        _words(
            rf"""(?:schadens?|schade|skade)-?(?:nummer|nr)
            {_CASES} ?(?:de |del )?(?:sinistre|siniestro|sinistro)
            (?:sinistre|siniestro|sinistro) {_CASES}
            (?:n° |numéro )rg
            (?:procedimento )?r\.g\.
            autos
            process[oa] {_CASES}
            (?:diligencias previas|procedimiento|juicio|autos|rôle|procès-verbal) {_CASES}
            (?:numer|nr) szkody"""
        ),
    )
)
"""Numbers of a person at an insurer, a court, a school, an employer, an airline."""
_DEVICES = (
    "device|pacer|pacemaker|a?icd|defibrillator|implant|pump|cpap|bipap|apap|ventilator|hearing aid|(?:glucose )?meter"
    "|glucometer|cgm|sensor|(?:neuro)?stimulator|prosthesis|stent|valve|lead|loop recorder|lens|wheelchair|phone"
    "|transmitter|(?:pulse )?generator|receiver|transponder|(?:cochlear|sound)[ _]processor"
    "|(?:hip|knee|shoulder|tibial|femoral)(?: [a-z]+)? (?:insert|component|implant)"
    "|concentrator|tablet|laptop|watch|handset|nebuli[sz]er"
    "|cochlear implant"
)
_DEVICES_ABROAD = any_spelling(
    "(?:herz)?schrittmacher|hörgerät|implantat|insulinpumpe|prothese|stimulateur|prothèse|marcapasos|audífono|prótesis"
)
_SERIAL_ABROAD = any_spelling(
    "serien-?(?:nummer|nr)|(?:numéro|n°) de série|número de serie|numero di serie|numer seryjny|serienummer"
)
_MAKERS = "medtronic|abbott|boston scientific|st\\.? jude|biotronik|dexcom|tandem|omnipod|resmed|respironics|cochlear"
DEVICE = (
    rf"(?:{_DEVICES}|{_MAKERS})(?: device)?(?: ?\([a-z ]{{1,20}}\)|[:,]? [a-z: -]{{1,30}})?[,.]? ?"
    rf"(?:serial|s/n|sn)(?:{_MARK})?"
    rf"|(?:{_DEVICES}|{_DEVICES_ABROAD}),? (?:{_SERIAL_ABROAD})|device[ _](?:id|identifier)"
    r'|resourcetype" ?: ?"device"[^{}]{0,200}"(?:serialnumber|distinctidentifier)"'
    rf"|serial (?:number|no\.?|#) of (?:(?:the|a|his|her) )?(?:{_DEVICES})"
)
_CARS = (
    "car|truck|van|suv|sedan|pickup|vehicle|subaru|toyota|honda|ford|chevy|chevrolet|nissan|hyundai|kia|bmw|audi|jeep"
    "|dodge|mazda|volvo|tesla|lexus|altima|camry|civic|corolla|volkswagen|mercedes"
)
PLATE = "|".join(
    (
        (
            rf"(?:licen[sc]e|lic\.?|licen[sc]e/tag) ?plate(?:{_MARK})?|number plate|registration plate"
            "|licen[sc]e tag|plates?:|vehicle (?:tag|plate)"
            rf"|(?:plate|tag){_MARK}|(?:{STATES}|reg\.?|his|her|their|my|our|your|'s) plates?"
            rf"|(?:{STATE_NAMES}|{_CARS}),? (?:tag|plates?)"
            rf"|(?:vehicle|veh|car) reg(?:istration)?\.?(?:{_MARK})?|rego"
        ),
        _words(
            r"""(?:kfz-?)?kennzeichen
            kfz-?kennz\.?
            immatriculation
            immatriculée?
            matrícula
            targa
            kenteken
            placa"""
        ),
    )
)

OTHER = (
    "order|invoice|inv|ref|reference|po|claim|ticket|case|tracking|part|sku|model|lot|batch|isbn|ndc|upc"
    "|timestamp|epoch|ts|unix|receipt|ean|gtin|trace|span|"
    "clause|dfars|serial|decimal|confirmation|transaction|txn|job|build|commit|encounter|visit|accession|specimen"
)
"""Words directly before a number that make it the number of something else."""
