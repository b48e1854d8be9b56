"""Identifiers that languages and standards name by one rule: a noun, and one for what it is of, in any order."""

from __future__ import annotations

from qaseed.safety.people import PEOPLE

BIRTH = """birth born nacimiento nac nacim nascimento nasc nascita naissance naiss nais geburt geburts geb geboorte
    geboren fodsel fodsels fodt fodelse urodzenia ur dogum dgm lahir narozeni narozenia nasterii szuletesi szul
    rozhdeniya rojd rodjenja rodenja rojstva syntyma sinh"""
_DEATH = """death deceased muerte fallecimiento defuncion obito falecimento morte deces tod sterbe zgonu olum
    overlijden"""
_DATE = (
    "date data datum dato fecha dat dta tanggal tgl tarihi tarih datetime year anno ano annee jahr rok tahun ido ngay"
)
_PLACE = """place city town lugar ciudad local cidade luogo citta comune municipio lieu ville ort plaats sted miejsce
    mesto misto tempat yeri location village loc noi"""
_CARE = """consulting hospital checkup follow_up diagnosis vaccination examination consulta consultation
    internacion internacao hospitalisation hospitalizacion entlassung aufnahme ricovero cirugia"""
_DOCUMENT = """documento licencia licenca passeport pasaporte passaporte passaporto permis permiso patente
    habilitacao carnet ausweis reisepass fuehrerschein fuhrerschein rijbewijs identite identidad identidade identita
    identificacion cni cnh titre_sejour dowodu brp travel_doc"""
_CARD = "tarjeta cartao carte_bancaire carte carta_credito karten kreditkarten kreditkarte kaart"
_ACCOUNT = "cuenta compte conta conto konto kto rekening hesap konta uctu bankszamla"
_INSURED = """afiliacion assure assurance_maladie adherent securite_sociale versicherten versicherung
    tessera_sanitaria krankenkassen carte_vitale carte_sante obra_social cartao_sus sus_card health_card abha nhif
    nhis mutuelle egk ehic jkn carteirinha"""
_FUND = """umid nssf nsitf cnps cnas inss eobi gosi issste ivss iess igss ihss rssb napsa umid nida arc national
    melli"""
_CHART = """mrd medical historia_clinica historia expediente prontuario dossier dossier_patient patienten krankenblatt
    cartella_clinica kartoteka hospital ipd opd inp med_rec medrec mr emr pasien paciente pacjenta paziente pasient
    potilas benh_nhan"""
_STAFF = """employee personnel personal staff worker student pupil inmate offender prisoner booking membership
    loyalty frequent_flyer payroll mitarbeiter empleado funcionario colaborador trabajador dipendente salarie alumno
    aluno eleve schueler estudiante ogrenci okul customer legajo badge roll admission sicil personne persona adherent
    socio"""
_HOUSE = """house flat door plot apt calle rue rua ulica ulice domu mieszkania lokalu popisne haus hus huis casa
    exterior interior interieur kapi sokak"""
_VEHICLES = """moto camion carro bus coche vehiculo veicolo voiture remolque trailer auto automovil automobile camioneta
    motocicleta furgon taxi tractor unidad"""
_POLICY = "poliza polizza apolice polis polisa polisy"
_PERMIT = """permiso permis permesso permissao autorizacao titulo titre tarjeta carta carte carne carnet licencia
    licenca card karta"""
_PERMITTED = """residencia residence sejour soggiorno sedere trabajo travail lavoro conducir conduccion conducao
    conduire conducere guida manejo identidad identidade identite identita identitate nationale nazionale"""
_HEALTH = "sante salud sanatate sanitaria saude"
_CARDS = "tarjeta cartao carta carte"
_EXPIRY = "expiry scadenza vencimiento vencimento validade caducidad validite"
_SECURITY = "seguridad seguranca sicurezza securite verificacion verificacao verifica verification"
_IDENTIFYING = "identificacion identificacao identificazione identificativo identificare identification"
_FISCAL = """fiscal fiscale fiscala tributaria tributario tributari contribuyente contribuinte contribuente
    contribuable"""
_PERSONAL = "personal personale persona nacional nationale extranjero estrangeiro"
_CODE = "code codigo codice cod kod"
_POST = "postal pocztowy pos postale posta kodu postanski"


def _parts(words: str) -> str:
    return "/".join(words.split())


def _both(of: str, noun: str) -> str:
    """Phrases of a word of each list, in either order; that a number may precede what it is of goes for all phrases."""
    first = noun if noun != "number" else "" if of == _STAFF else "n"
    return " ".join(f"{one}_{noun} {first}_{one}" if first else f"{one}_{noun}" for one in of.split())


SURE = {
    "K": f"""{_both(_DOCUMENT, "number")} number_doc menkyo_bango carteira_habilitacao/identidade legitimatie_number
        legitimatienummer doc_identidad doc_identite doc_identidade government_issued_id
        government_issued_number aufenthaltstitel sevis_id dowod_seria seria_dowodu id_front/back front/back_id
        photo_id_front photo_id_back pan/aadhaar/ktp/dni/cnh/rg/passport/license_front/back tarjeta_identidad
        residence_permit {_parts(_PERMIT)}_{_parts(_PERMITTED)} documento_nacional documento_personal
        registro_geral/nacional/identidade number_soporte""",
    "J": f"""{_both(_CARD, "number")} {_both(_ACCOUNT, "number")} eft/ach/sepa/giro_account bankszamla bankszamlaszam
        bankn bankl koinh cbu cvu swift_bic bankkonto chave_pix pix_key norek crypto/btc/eth/bitcoin_address/wallet
        primary_account_number bank_info/information
        {_parts(_CODE)}_{_parts(_SECURITY)}_{_parts(_CARDS)}
        {_parts(_CARDS)}_{_parts(_EXPIRY)}
        {_parts(_CARDS)}_credito/debito/credit/debit/bancaria/bancaire
        {_parts(_CODE)}_cuenta/conto/conta/compte_cliente/client/corriente""",
    "I": f"""{_both(_INSURED, "number")} {_both(_INSURED, "id")} {_parts(_PERMIT)}_{_parts(_HEALTH)} kvnr
        krankenversicherten_number vsnr health_id""",
    "G": f"""stcd stceg stenr pf/epf_account pf/epf_account_number esi_number aadhaar_photo pan_card_photo
        {_both(_FUND, "number")} legal/fiscal_id/identifier/number ustid ust_id idnr steuernr sozialvers_number
        sv_number
        rvnr burger_service rsin siren siret rijksregisternr vkn ogrn fodselsnr cprnr thai_citizen mynumber code_melli
        national_code personal_code resident_id/number ctps pasep birth_number tc_number
        {_parts(_IDENTIFYING)}_{_parts(_FISCAL)} {_parts(_FISCAL)}_{_parts(_IDENTIFYING)}
        {_parts(_IDENTIFYING)}_{_parts(_PERSONAL)} {_both(_FISCAL, "number")} {_both(_FISCAL, "id")}
        {_parts(_CODE)}_unico_identificacion codice_personale registre/registro/cadastro_{_parts(_FISCAL)}
        registre/registro_national/nationale cadastro_pessoas matricule_national/nationale identifiant_national""",
    "L": f"""vehicle/car/auto/moto/camion/carro/bus/coche/vehiculo_matricula/placa/targa/regnumber
        matricula/placa/targa/plaque/patente_{_parts(_VEHICLES)}
        {_parts(_VEHICLES)}_matricula/placa/targa/plaque/patente
        serial/serie/number_motor/chasis matricula_vehiculo/coche/vehicle placa_vehiculo
        immatriculation immat kenteken vehicle_vrn/vrm/rego vehicle_reg_number rendszam number_rejestracyjny""",
    "M": "sim/hw_serial sim_number",
    "P": """palm_vein bio_template impronta/empreinte/empreintes/impressao/huella_digitale/digitales/digital
        huella_dactilar fingerabdruck parmak_izi odcisk_palca vingerafdruk fingeravtryck fingeravtrykk fingeraftryk""",
    "Q": "foto/photo/picture_perfil/profil avatar_photo/foto foto_profile/profil",
    "R": "va_file_number",
    "-": """verification/activation_code activation_key magic/reset/login_link hashed/user/member_pw
        pw_hash/salt reset_hash pswd psw motdepasse mdp contrasenia lozinka geslo salasana adgangskode private_pem
        clave_acceso mfa/totp_seed/key pin_block token_acceso/acesso/acces/accesso jeton_acces
        token_email/correo/sesion/usuario/recuperacion/verificacion/confirmacion/activacion/recuperacao/verificacao
        token_confirmacao/ativacao/redefinicao/sessao/reinitialisation/confirmation/verification/reset
        verify/authorization_code chiave_segreta geheime_sleutel geheimnis codice_pin chave_secreta gizli_anahtar""",
}
"""Phrases that name an identifier whatever unknown words stand beside them."""

MANAGED = {
    "A": """previous/former/prior/social/known/second/third/additional_name name_phonetic/kanji/romaji
        name_known/known_as/by middle_i/init vorna nachn mi nombres prenoms sobrenomes
        contact/contacto/contato/contatto_emergency/emergencia/urgence/emergenza/notfall familienname geburtsname
        rufname zuname ansprechpartner tussenvoegsel priezvisko prezime priimek eesnimi perekonnanimi uzvards vardas
        pavarde naam navn namn aka_name onoma eponymo adsoyad isim soyisim nominativo nama_depan/belakang furigana
        name_kana kana_sei/mei
        nom_jeune_fille nom_usage/naissance/complet nomcomplet meno ime nume vards fio ename ten_khach_hang
        ten_benh_nhan tenkh""",
    "B": f"""{_parts(BIRTH)}_{_parts(_PLACE)} {_parts(_PLACE)}_{_parts(BIRTH)} po_box pobox postfach postbus
        apartado
        casilla_postal boite_postale anschrift adresszusatz anschriftenzusatz ortsteil stadtteil
        {_both(_HOUSE, "number")}
        kod/code/codigo/cod/kode_{_parts(_POST)} {_parts(_POST)}_kodu/kod/broj adresse_postale lieu_dit
        distrito poblacion parroquia complemento residenza uprn stras pstlz pfach zip_ext/plus/suffix postal apt
        locality post_code eircode barrio huisletter miejscowosc obec hazszam iranyitoszam varos localitate
        judet mahalle
        sokak sehir gatenavn postort postnr vejnavn katuosoite postinumero postitoimipaikka kaupunki kabupaten
        todofuken jusho juso yubin youbian dizhi ulitsa kvartira gorod zonecode stad rue voie commune civico via
        lieudenaissance lugardenacimiento lugar_na dir_residencia/casa/cliente/recidencia post_office st_name
        st_number brgy oras cp taluk taluka tehsil mandal thana upazila upozila upazilla mohalla moholla gewog
        sitio purok woreda kebele naturalidade""",
    "C": f"""{_parts(BIRTH)}_{_parts(_DATE)} {_parts(_DATE)}_{_parts(BIRTH)} {_parts(_DEATH)}_{_parts(_DATE)}
        {_parts(_DATE)}_{_parts(_DEATH)} {_parts(_CARE)}_{_parts(_DATE)} {_parts(_DATE)}_{_parts(_CARE)} age_at
        gbdat idade
        leeftijd geburtstag gebtag sterbedatum b_date/day bdate f_nacimiento/nac fnac d_tarihi/tarih dtarihi
        dtarih gebdat
        gebdatum geburtsdat syntymaaika ddn csrq alter yas vozrast vek tuoi nianling chusheng seinengappi saengnyeon
        birthday_date date_birthday fecha_na datedenaissance datanaissance dog_tarih/tarihi
        fechadenacimiento datadenascimento datadinascita""",
    "D": """emergencia/urgencia/urgence/emergenza/notfall/darurat_number wa/seluler_number msisdn amsisdn bmsisdn
        caller/called/calling/callee/dialed/dialled/originating/terminating_number
        calling/called_party_number tfno alternate/alternative/emergency/home/work_number telf telnr handy handynr
        festnetz rufnummer portable telefonnr mobil mobilnr gsm_number gsm ph cellulare telemovel recapito
        ceptelefonu matkapuhelin puhelin telefonas dien_thoai mobitel telepon lxdh sjh dianhua keitai mobilszam
        telefoon tlf cel nohp hpno""",
    "E": "telfx",
    "F": "email/mail_id emailid mailid epost sahkoposti correo_e posta_elettronica youxiang pec mel gmail",
    "H": f"{_both(_CHART, 'number')} number_rm dossier_patient nhc hce ipp prontuario historia_clinica patnr fallnr",
    "I": f"""insurance/enrollee/dependent/policyholder_number enrollee/enrolee_id insured_number card_holder_id
        cardholder_id insurance_policy {_both(_POLICY, "number")}""",
    "N": "knurl blog/portfolio/twitter/instagram/github/social_url",
    "R": f"""{_both(_STAFF, "number")} matricula matricule legajo personalnummer personalnr persnr pers_number
        personnel_id emplid""",
}
"""Phrases of identifiers that have a safe form."""

SHARED = frozenset(
    """mi handy portable postal complemento residenza idade apt ph mobil alter poblacion meno ime nume vards fio
        rue voie commune civico via oras stad yas vek ddn recapito gsm cel pec mel locality barrio cp naam navn
        namn""".split()
)
"""Managed words with other meanings: they count only beside owners, forms and each other."""

OWNERS = PEOPLE | frozenset(
    """reception evening daytime fijo residencial res comercial kom stacjonarny prywatny sluzbowy dienstlich thuis werk
    rumah ufficio emergenza recado domowy institucional empresarial corporativo personale zakelijk maison
    travail oficina lavoro prace domu
    genitore""".split()
)
"""These, and words for which of their phones."""

FORMS = frozenset(
    """local pinyin kana kanji hiragana katakana latin native english arabic chinese phonetic soundex metaphone ascii
        eng geo rus arm ukr asc upper lower norm normalised formatted addition bis toevoeging zusatz left right full en
        ar ja zh bangla
        hindi urdu cyrillic prim seg initial perm pres""".split()
)
"""Words that say how a name is written."""

ASPECTS = frozenset(
    """issue issuance tipo tipus tur turu soort rodzaj vrsta jenis tyyppi pais pays verificado verifie geprueft
        caducidad vigencia expedicion emision delivrance ausstellung iv nonce tag kdf check
        requerido requerida richiesto richiesta requis requise sinif sinifi gecerlilik sayisi tarihi sorgu
        guncelleme""".split()
)
"""Words of aspect of other languages, and of cryptography."""

ORGANIZATIONS = frozenset(
    """sociedad sociedade institucion instituicao ecole escuela colegio escola scuola banco banque banca proyecto
    projeto projet progetto curso cours corso servicio servico servizio departamento departement dipartimento equipo
    equipe squadra evento evenement archivo fichier arquivo tienda loja magasin negozio sucursal marca marque
    medicamento medicament farmaco materia asignatura disciplina farmacia entidad entidade organismo sekolah barang toko
    empresa entreprise societe azienda firma bedrijf bedrijfs sirket perusahaan compania producto produit
        produto prodotto produk urun""".split()
)
"""Words for organizations and things that have a name."""

FOREIGN = frozenset(
    """nom nome nama nombre ort umur edad adi wiek mesto calle kota village idade rue voie complemento tuoi vek
    yas naam navn namn""".split()
)
"""Shared words that an abbreviation of a table may precede."""
