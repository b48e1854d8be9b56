"""The words of names of fields: identifiers by class and strength, and the words around them.

`a/b_c` means the phrases `a c` and `b c`. An identifier is declared in the plainest spelling: `spelling.py` undoes
abbreviations and plurals before.
"""

from __future__ import annotations

from typing import Literal

SURE = {
    "G": """epf/socso/esi/pf_number socso perkeso kwsp pension/labor/labour/employment/unemployment_insurance_number
            ssn ss_number social_security social_number
            social_insurance social_code national_insurance itin
            aadhaar aadhar personnummer tax_id/identifier/identification/number/payer tax_payer_id taxvat
            tax_reference/file_number taxpayer_id/identifier/identification/number/reference
            federal/fed/state_tax_id
            national/civil/personal_id/identifier/identification/identity
            national/citizen/resident/civil/personal_identity/registration/identification_number
            national/citizen_number nhs/sin/vat/ein/tin_number employer_id/identification/identifier_number fein
            employer_identification vat_id/identification/registration bsn burgerservicenummer ppsn pps_number
            cpf cnpj curp pesel codice_fiscale partita_iva p_iva piva steuer_id/nummer/identifikationsnummer
            steuernummer steuerid sozialversicherungsnummer rentenversicherungsnummer versichertennummer
            numero/num/number/no_securite_sociale securite_sociale numero/num/number_secu
            numero/num/number_seguridad/seguro_social seguro/seguridad_social segurança_social nis_pis pis_pasep
            cuil cuit cedula cedula_identidad cedula_ciudadania numero_identidad kimlik_number/numara/numarasi
            kimlik tckn tck vergi_number nric mykad npwp kartu_keluarga kk_number nik number_kk/ktp/nik/npwp
            sss/gsis/pagibig/hdmf/umid_number pagibig pag_ibig gsis philsys cnic hkid emirates_id iqama
            teudat_zehut omang ssnit kra_pin ghana_card bvn rsa_id sa_id snils inn_number rnokpp edrpou regon
            jmbg rodne_cislo cnp_number egn_number oib_number emso isikukood personas_kods asmens_kodas
            hetu henkilotunnus samordningsnummer fodselsnummer foedselsnummer kennitala rijksregister
            rijksregisternummer niss_number insz tfn ird_number nhi_number nino utr_number chi_number my_number
            jumin rrn resident_registration citizenship_number svnr nir_number cod_fiscale nif nie_number
            cns_number imss_number number_imss run_number ruc_number uan/esic/ic/huduma/rc/cpr/ahv_number
            thai_id cccd cmnd gstin taj_szam taj_number adoszam afm_number amka personnr fnr niss nrn_number
            lbo_number gmc_number cnaps cnss ssnum ref_sy ni_number gst_number btw_number fiscal_code
            tax_registration_number tax_registration_id ssa/ppo_number fed_id/number
            israeli/saudi/qatari/kuwaiti/bahraini/omani/egyptian/jordanian/malaysian/emirati/lebanese/iraqi_id
            iranian/turkish/pakistani/indian/nepali/bhutanese/chinese/korean/japanese/thai/lao/khmer/burmese_id
            indonesian/filipino/vietnamese/mongolian/kenyan/ugandan/tanzanian/rwandan/rwanda/nigerian/ghanaian_id
            ethiopian/moroccan/tunisian/algerian/zimbabwean/zambian/namibian/german/french/spanish/italian_id
            portuguese/dutch/belgian/swiss/austrian/polish/czech/greek/romanian/bulgarian/serbian/croatian_id
            maltese/icelandic/irish/cypriot/taiwanese/singaporean/australian/canadian/luxembourgish_id
            south_african_id hong_kong_id hongkong/taiwan_id permanent_account_number national_health_index
            unified_multi_purpose vatandaslik_number personal/public_public/services/service_number
            public_service/services_number/card individual_health/healthcare_identifier/id/number
            bank_verification_number
            swedish/norwegian/danish/finnish/estonian/latvian/lithuanian/ukrainian/russian/georgian/armenian_id
            brazilian/argentine/chilean/peruvian/colombian/mexican/cuban/dominican_id
            gst/vat/tva/btw/iva/kdv_registration hst/qst/pst/gst/mva/moms/alv/tva/iva/kdv_number
            individual_1099 number_1099""",
    "K": """driver/drivers/driving/operator/operators/chauffeur_license license_number
            certificate/certification_number birth/death/marriage_certificate_number
            medical/state/nursing/professional/pharmacy_license
            pharmacist/physician/nurse/prescriber/provider/therapist_license dea_number federal_drug upin
            clia_number/id naturalization/naturalisation_number/certificate seafarer/seaman/seamans_book
            global_entry_number
            passport_number/series/serial/book/copy/scan visa/permit_number
            alien_number/registration uscis_number green_card military/dod/government/govt/gov/voter_id
            dod_identifier edipi voter_registration/number/card election_card state_issued_id
            state_id_number/card id_card_number controlled_substance_license/registration/number
            identity_document/card/number/proof identification_number/document id_document/doc/proof_number
            identity_cliente/paciente/titular/responsavel/motorista/condutor/portador
            document_front/back/recto/verso front/back_document front/back_side_document document_front/back_side
            national_identity_card residence/residency/stay/work_permit residence_card personalausweis
            ausweisnummer numero_carte_identite carte_identite carta_identita documento_identita
            documento_identidad passeport_number numero_passeport numero_pasaporte pasaporte reisepass paspor
            titulo_eleitor carteira_trabalho carteira_motorista cnh_number dowod_osobisty surat_izin ktp_number
            ktp rg_number travel_document document_identity sfzh shenfenzheng licencia_conducir permis_conduire
            fuehrerschein fuhrerschein passport_seria/photo dea_registration medical_council_number nmc_pin
            military_number military_service_number dodid ration/rashan/bpl_card ration/rashan/bpl_number pan_card
            pasaport_number police/seafarer/postal_id machine_readable_zone laissez_passer_number
            alien_resident_certificate resident_certificate permanent_resident_card exit_entry_permit
            macau/travel/compatriot_permit gmc/nmc_reference""",
    "L": """vehicle/car/cab/taxi/truck/bus/bike/motorcycle_number
            vehicle_identifier/identification/registration/plate/vin/tag license/registration_plate/tag
            plate_number car/truck/auto/motor/motorcycle/trailer/van_plate/registration/reg/tag/tags
            number_plates no_plate reg_plate veh_reg vehicle_reg chassis/engine_number chassis hull_id/number
            license_disc/disk boat/yacht/vessel/aircraft_registration
            kennzeichen nomor_polisi number_plat""",
    "P": """voiceprint voice_print palm_print palmprint faceprint face_print
            face/facial/voice/speaker_recognition/template/embedding/encoding/geometry
            iris/retina/retinal/fingerprint_recognition/template/embedding/encoding/geometry
            face/facial/voice/speaker_vector/descriptor/signature/shape/pattern/minutiae
            iris/retina/retinal/fingerprint_vector/descriptor/signature/shape/pattern/minutiae
            finger/thumb/palm/gait_recognition/template/embedding/encoding/geometry
            ear/hand/vein/biometric_recognition/template/embedding/encoding/geometry
            finger/thumb/palm/gait_vector/descriptor/signature/shape/pattern/minutiae
            ear/hand/vein/biometric_vector/descriptor/signature/shape/pattern/minutiae
            iris/retina/retinal/fingerprint/finger_scan/code/print/image/profile
            thumb/palm/ear/vein/hand/biometric_scan/code/print/image/profile voice_recognition_profile
            face/facial/voice_hash/data/feature/sample/identifier
            fingerprint/finger/iris/biometric_hash/data/feature/sample/identifier biometric_id/number/key
            thumbprint dna_profile/sequence/sample finger_primary/secondary fp_template/data/image
            thumb/finger_impression
            keystroke/typing_profile/dynamics/pattern/rhythm handwriting_sample genome/genetic_sequence/profile
            biometric_signature face_id thumb_left/right fingerprint_left/right""",
    "Q": """headshot mugshot mug_shot selfie profile/personal/face/facial/full_picture/photo/image/face/photograph""",
    "J": """card_data/info/details/detail bank/checking/savings/ach/check_account bank/check/ach/aba_routing
            routing_number/transit iban
            sort_code pan_number credit/debit/payment/bank_card_number card_number/cvv/cvc/security/pin
            cc_number/expiry/cvv cvv ccv cvn card_expiry card_expiry_date cc_expiry_date card/cc_expiry_month/year
            bank/institution_transit transit/institution_number bank_identifier/identification/number/details
            direct_deposit_details/account/number account_number_bank bank_key bsb bank_state_branch ifsc micr clabe
            kontonummer kontonr
            konto_number bankleitzahl bank_account_number numero/num/number_compte compte_bancaire
            numero/num/number_cuenta cuenta_bancaria conta_bancaria/corrente numero_conta numero_konta
            rekening_number nomor_rekening bank_rekening rib_number cle_rib code_banque
            payroll/salary/giro/deposit/payout/settlement/beneficiary_account_number bic_swift card_pan
            iban_prefix swift_code wallet/crypto/bitcoin/btc/ethereum/eth/solana/stellar/tron/usdt_address
            upi_id clave_interbancaria debit_account_number card_verification
            vpa/ethereum_address track_data
            magnetic_stripe""",
    "I": """hicn hic_number medicare/medicaid/tricare/champva_number/id/identifier/hic/mbi/case/card
            medicare_beneficiary medicaid_recipient_id/number health_insurance_claim_number medi_cal_id/number
            philhealth/bpjs/ohip/ramq_number/id philhealth id_bpjs number_bpjs bpjs bpjskes bpjsket bpjstk medcard
            health_card/insurance_number
            ihi_number dva_number cartao_sus numero_sus cartao_nacional_saude krankenversichertennummer
            krankenversicherungsnummer
            carte_vitale health_service_number""",
    "R": """number_beneficio beneficio_number benefit/benefits_number/case
            va/disability/unemployment/compensation/ssi/snap/wic/welfare_claim/case_number/id
            snap/wic/ssi/ssdi/tanf/welfare/medicaid_number/id ssdi/tanf/comp_claim/case_number/id universal_credit_id
            food_stamp/stamps_number/id/case""",
    "M": """device_serial/id/identifier/uuid/uid/udi/fingerprint/hardware unique_device serial_number udi imei
            imsi meid udid idfa gaid android/advertising_id device_sn seriennummer serienr serienummer
            numer_seryjny wifi/bluetooth/bt/ethernet/wlan_mac
            onesignal_player_id onesignal_id fcm/gcm/apns_registration/registration_id
            push_endpoint/subscription installation_id google/apple_ad_id device_mac bt/bluetooth_address
            implant/pacemaker/pump/monitor/sensor/meter_serial
            prosthesis/stent/valve/glucometer/ventilator/cgm/aid/wearable/tracker/watch/wheelchair_serial
            wearable/tracker/watch_id install_id machine_guid mac_address/addr iccid
            handset/phone/mobile/tablet/laptop_serial handset_id/identifier hardware_id/serial
            browser/canvas/machine_fingerprint idfv aaid esn_number""",
    "A": """real/actual/true/live/prod_name real/actual/true/live/prod_first/last/full_name
            real/actual/true/live/prod_email/phone/address/dob""",
    "-": """atm/card/login/security/access/upi_pin kubeconfig wifi_key password passwd passphrase passcode passwort
            kennwort sifre contrasena senha mot_de_passe kata_sandi mat_khau matkhau wachtwoord losenord passord
            heslo haslo parola jelszo
            encrypted_credentials
            api/private/secret/signing/encryption/decryption/encrypt/enc/crypt/crypto/access_key
            master/auth/jwt/ssh/gpg/pgp/aes/rsa/hmac/des/session/shared_key
            symmetric/wallet/recovery/reset/deploy/storage/stripe/aws/webhook/vapid/tls/ssl_key
            kms/preapproval/secure/wrapping/psk/server_key cipher/token/cookie/bot/encrypted/hashed_key
            key_encrypted/hash recovery/backup/scratch/access/reset/otp/mfa/tfa/totp/login/security/magic_code
            encrypted/enc/master/hd/bip/root_seed seed_encrypted/enc/hash pinhash hashpin
            recovery_phrase seed_phrase mnemonic security_stamp security_answer connection_string client_secret
            secret_question_answer secret/challenge_answer totp/otp/wallet_seed
            access/refresh/auth/bearer/session/push/device/api/reset/csrf/oauth/id_token
            fcm/apns/confirmation/invitation/unlock/remember_token
            verification/activation/login/security/webhook/bot_token
            access/refresh/auth/bearer/session/push/device/api/reset/oauth_tokens password_salt pwd_salt
            pass_hash/crypted/temp/word user/usr/db/database/smtp/admin/adm/login/ftp/email/mail_pass
            root/proxy/ldap/ssh/sftp/wifi/mqtt/redis/mysql/vpn/router/server/imap/pop/snmp/keystore_pass
            wifi_psk preshared/pre_shared_key consumer/provisioning_key connection_str snmp_community
            community_string door/gate/alarm_code safe/locker_combination totp_recover
            credential_json service_account_key pem_key authtoken
            api/oauth/login/aws/user/db/database/smtp/service/account/admin_credentials
            bcrypt/argon/scrypt/ntlm/nt/lm/salted/pwd/pw/code/refresh/session/answer_hash
            pass_enc/encrypted credential_hash/encrypted
            sms/unlock/puk/lockbox/locker_code app/vpn/remember_key private_seed service_account_json credentials_json
            code/oauth/pkce_verifier saml_assertion kerberos_ticket totp_backup
            http/session/auth_cookie auth/authorization_header storage_account_key shared_access_signature
            gcp/azure/gcloud/s/cloud_credentials""",
}  # fmt: skip
"""Phrases that name an identifier whatever unknown words stand beside them."""

OPEN = {
    "G": "tin ein sin cpr ahv ruc cnp cns hic_claim dni rfc",
    "K": "passport drivers dln cdl dea rg_card voterid id_card",
    "L": "vin vrn vrm",
    "I": "mbi hic",
    "J": """scadenza_carta vencimiento/caducidad_tarjeta vencimento/validade_cartao expiry/validite_carte expiry_card
        payroll/salary/payout/refund/disbursement/payee/beneficiary_account""",
    "-": "secret token salt pwd mpin akey nonce_secret",
}
"""Phrases that name an identifier if they end the name, but for words of form: `crm_tin`, not `tin_roof`."""

SOFT = {
    "G": """cif qid esi cni cie dpi cui dui nuit cpf_cnpj ss cf fin nie nir uan afm nrn ipn nis nit inn nip nin
        nid nic rut rif avs nss pis sss tc utr cin
            federal_tax fed_tax egn cnp oib abn fodnr""",
    "K": "passport drivers dl dln cdl dea clia rg visa_document document_number mrz",
    "L": "vin plate placa targa spz",
    "P": "biometric fingerprint retina iris dna genome",
    "Q": "photo photograph portrait foto fotograf",
    "M": "mac esn",
    "J": "upi vpa pan ccn blz swift bic aba ach cvc credit_card debit_card rib bank_id user_bank_id",
    "I": "bhyt sus hcn phn tricare ramq ihi",
    "-": "pin puk otp totp otp_secret pw jwt psk",
}
"""Phrases with other meanings: they count only if all other words of the name say whose, or in which form."""

WITH_OWNER = {"K": "license id_number id_image id_scan id_copy id_url vote_id", "Q": "picture image", "G": "tax_code"}
"""Phrases that count only beside a word for a person, and without other words."""

WHOLE = {
    "G": "pid_19 gt_1_12 in_2_2 nk_1_37",
    "K": "state_id a_number pid_20 id_number",
}
"""Phrases that count only as the whole name, but for numbers after them."""

MANAGED = {
    "A": """name_first/last/middle/given/family/maiden/full billing/shipping/signature_name middle_initials
            first/given/last/family/middle/maiden/full_name
            preferred/legal/birth/alternate/other/display/nick_name middle_initial fname lname mname
            f/l/m/v/n_name surname nom nome nombre nickname firstname lastname forename initials patronymic
            displayname emergency_contact next_of_kin alternate/alternative/kin_contact contact_person
            person_contact apellido apellido_paterno/materno prenom
            nom_famille vorname nachname cognome sobrenome imie nazwisko soyad soyadi nama_lengkap nama_ibu
            nama_ayah nama nome_mae nome_pai nome_completo nombre_completo nome_social nome_pessoa nome_conjuge
            nome_responsavel primer_nombre primer_apellido segundo_apellido vname nname baba_adi
            alias_name principal_name account/card/policy/license/title/ticket/plan/contract/certificate/permit_holder
            passport/lease/share_holder name/surname/lastname_at_birth family/last_name_at_birth kontoinhaber
            ap_paterno/materno apellidos_nombres
            ho_ten hoten voornaam achternaam voorletters fornamn efternamn fornavn etternavn efternavn adi soyadi
            anne_adi panggilan nama_panggilan jmeno prijmeni prenume vezeteknev keresztnev etunimi sukunimi
            familiya imya otchestvo shimei xingming""",
    "B": """municipality municipio comune address addr addressline street city town county precinct zip
            zipcode postal_code postcode pincode
            latitude longitude lat lon lng geo/gps/location_lat/lon/lng/long/latitude/longitude geocode
            coordinates coordinate census_tract fips birthplace birth_place place_of_birth geolocation geo_location
            village township neighborhood neighbourhood district subdistrict suburb parish barangay ward_name
            ship_street house_number place_name adress adresse direccion calle colonia ciudad codigo_postal endereco
            bairro cep cidade_natal indirizzo citta strasse plz postleitzahl wohnort ort alamat kota kecamatan
            kelurahan tempat_lahir adres miasto rua cidade logradouro domicilio localidad comuna localite ville
            code_postal codepostal luogo_nascita/residenza dia_chi diachi que_quan quequan straat huisnummer
            gemeente woonplaats hausnummer wohnort geburtsort ilce dogum_yeri tmp_lahir desa kode_pos
            alamat_lengkap ulica ulice mesto psc strada oras utca lakcim postnummer gatuadress postadress
            poststed""",
    "C": """dob dob_date dob_year/month/day birth_date birthdate birthday date_of_birth born
            month/day/year/date/time_born death_datetime/time death_date deathdate date_of_death dod birth
            birth_year/month/day/datetime/time/dt year/month/day/time_of_birth yob
            admission/admit/discharge/visit/service/surgery/procedure_date/datetime
            encounter/operation/hospitalization_date/datetime
            appointment/vaccination/immunization/treatment_date/datetime
            admission/admit/discharge/visit/appointment_time service/admission/treatment_start/end/from/to
            visit/service_start/end/begin/from/to_date/datetime/time
            encounter/appointment/admission_start/end/begin/from/to_date/datetime/time
            visit/service/encounter/appointment/admission/treatment_detail_start/end_date
            treatment/procedure/hospitalization/admission_start/end_date/datetime
            date_of_visit/service/admission/discharge date_of_surgery/procedure/encounter/operation/treatment
            service_from/to from_date_of_service admittime dischtime deathtime dos age
            age_at_visit/encounter/diagnosis/death/onset/intake/admission/enrollment
            age_at_event/index/exam/test/procedure/surgery/discharge/service/registration age_year/month/day
            age_in_year/month/day fecha_nacimiento data_nascimento data_nasc date_naissance geburtsdatum
            data_di_nascita data_nascita data_urodzenia data_ur dogum_tarihi dogumtarihi tanggal_lahir tgl_lahir
            dt_nascimento data_obito umur edad nascimento nascita wiek geburtsjahr ngay_sinh ngaysinh
            geboortedatum fodelsedatum fodselsdato datum_narozeni admitted/discharged_date
            consultation_start/end/date consultation_start/end_time dta_nascimento data_nasterii
            szuletesi_datum data_rozhdeniya""",
    "D": """phone telephone tel cell cell_number mobile sms telecom pager voicemail contact_number whatsapp
            landline telefon telefono telefone telefonnummer handynummer celular celulare movil telp telpon
            numero_telephone telefonico number_hp hp_number so_dien_thoai sdt telefoonnummer mobiel
            mobilnummer mobiltelefon numer_telefonu telefonszam shouji denwa""",
    "E": "fax",
    "F": "email e_mail mail direct_address correo correo_electronico courriel surel e_posta eposta",
    "H": "mrn medical_record chart_number record_number patient_number pubpid uhid ur_number",
    "I": """member/subscriber/beneficiary/insurance/insured_id member/subscriber/policy/group_number health_plan
            hin""",
    "J": "account_number account_id invoice_number",
    "N": """url website web/home_page portal/telehealth/personal/profile/linkedin/facebook_url web_site homepage
            web_address""",
    "O": "ip ip_address ip_addr ipaddress ipv ip_v client_ip remote_addr x_forwarded_for",
    "R": """npi national_provider employee/customer/unique_id matriculation_number claim_number/reference
        claim_control_number insurance/medical/health/auto/accident/payer_claim_number""",
}
"""Phrases of identifiers that have a safe form: never refused by name, only by a value that is not in that form."""

SHARED = frozenset(
    """age alias cell mail tel lat lon town born hin ward nom nome nama nombre ort umur edad adi wiek mesto birth
            village url website homepage coordinates coordinate district calle kota""".split()
)
"""Managed words with other meanings: they count only beside owners, forms and each other."""

LEADING = frozenset({"address", "tel", "ip", "street", "city", "county", "phone", "mobile", "telephone", "district"})
"""Shared words that an unknown word may precede: what it is of."""

PERSONAL = frozenset(
    """first_name last_name middle_name maiden_name family_name given_name firstname lastname surname fname
        lname mname
    birth_date birth_year birth_month birthdate date_of_birth dob vorname nachname apellido prenom""".split()
)
"""Managed phrases that count whatever unknown words follow: `first_name_local`."""

RELATIONS = frozenset(
    """relation relationship relazione parentela parentesco lien verwandtschaft verhaeltnis hubungan
    pokrewienstwo relacao relacion vinculo yakinlik""".split()
)
"""Words that before a person say what that person is to another: `relazione_contatto_emergenza`."""

DECISIONS = frozenset("daily weekly monthly marketing not dont notify allow disallow hide show prefer opt".split())
"""Words before a phone number or an address that say whether it is used: `do_not_email`."""

LONG = frozenset(
    """address postcode telephone passport password firstname lastname surname birthdate birthday guarantor
        residence mobile
    security registration beneficiary emergency maiden guardian insurance""".split()
)
"""Words that are known misspelled too."""

CLOSED = frozenset(
    {
        "account_id",
        "previous_name",
        "former_name",
        "prior_name",
        "second_name",
        "social_name",
        "display_name",
        "other_name",
        "full_name",
        "preferred_name",
        "alternate_name",
        "birth_name",
    }
)
"""Managed phrases before which an unknown word makes the name one of a thing: `role_display_name`."""

MOMENTS = frozenset(
    "intake anchor baseline index diagnosis onset enrollment enrolment entry admission visit death".split()
)
"""Words that say when an age was."""

BLOCKED = {
    "tax_id": """purchase sale sales line excise item invoice order product shipping default import output input
            custom customs service""",
    "tax_code": "purchase sale sales line item product default",
    "card_number": "library loyalty membership",
    "url": "source feed redirect callback webhook",
    "account_id": "parent partner child",
    "phn": "home work cell day evening office business mobile",
    "address": """court courthouse insurer booth polling mac bluetooth bt memory email wallet contract bus base start
            end register web payment_method ip""",
    "token": """prompt completion input output total max maximum min minimum num count cached text reasoning nft
            image security""",
    "salt": "sea table iodized bath road rock low total dietary added",
    "certificate_number": "ssl tls gift product calibration stock share",
    "serial_number": "ssl tls certificate cert product item part equipment asset",
    "registration_number": "company business course",
    "age": "page average avg mean min max minimum maximum median coverage account average",
    "phone": "has use",
    "city": "capital issue license licence passport permit certificate issuing issued licencia",
    "birth": "country nationality weight order control",
    "nacimiento": "estado edo entidad provincia pais departamento",
    "legal_name": "company business entity organization organisation org",
    "vin": "red",
    "license_number": "trade software product",
    "service_date": "next",
    "device_id": "storage",
    "fingerprint": """data file key ssh cert certificate tls ssl public schema asset content query error event request
            commit image""",
}
"""By phrase: words before it with which it is of no person."""

OWNERS = frozenset(
    """beneficiario beneficiaria favorecido favorecida representante responsable titular trabajador alumno aluno aluna
            docente usuario solicitante padre madre funcionario funcionaria professor dependente requerente
            beneficiaire
            salarie assure eleve conjoint pere mere tuteur versicherter schueler vater mutter inhaber kontoinhaber
            paziente dipendente titolare intestatario pacjent ojciec matka wlasciciel ayah ibu wali pemilik siswa
            musteri anne baba veli personel empresa pro perso contato contacto responsavel trabalho casa fixe fixo
            domicile bureau patient pt
            client member subscriber guarantor guardian parent mother mothers father fathers spouse spouses
            partner child insured employee emp provider user person contact emergency dependent beneficiary
            responsible party primary main secondary tertiary home work cell legal current prior previous prev alt my
            the us state federal govt new old last first bene benef subscr kin nok next husband wife applicant
            candidate caregiver carer doctor physician physn practitioner prov prescriber clinician therapist
            counselor staff nurse customer cust holder policyholder cardholder billing individual resident donor
            recipient newborn relative mom dad sibling mailing residential permanent temporary temp business
            curr rendering referring attending ordering supervising operating rfr prf facility clinic practice
            pharmacist demographic demographics admin owner personal profile caller callee payee payer payor
            cosigner cosignor signer signatory borrower coborrower lender debtor creditor tenant landlord lessee
            lessor buyer seller shopper purchaser student pupil teacher tutor trainee trainer instructor coach
            driver passenger traveler traveller guest visitor witness victim suspect defendant plaintiff
            attorney lawyer judge officer agent manager supervisor employer approver reviewer requester
            requestor reporter author sender receiver surgeon dentist midwife anesthetist worker volunteer
            participant subject respondent informant insuree proband veteran citizen voter taxpayer claimant
            appellant executor trustee nominee assignee heir son daughter brother sister aunt uncle grandmother
            grandfather grandparent friend roommate neighbor household family head mum maiden principal
            representative rep proxy shipping ship delivery bill residence postal physical office private
            company alternative alternate official location present hospital pasien pessoa pracownik hasta
            cliente paciente empleado employe mitarbeiter kunde osoba insurer lab registered login signin
            account paziente pacjenta pacient pacienta patiente klient karyawan pegawai consumer householder
            notfall emergencia urgence cli
            inmate offender detainee soldier intermediate intermediary correspondent deceased decedent keeper
            fault injured
            opposing prisoner patron survivor refugee migrant pensioner retiree gesch privat privado particular pro
            registrant enrollee personnel traveller""".split()
)
PEOPLE = OWNERS - frozenset(
    """primary main secondary tertiary home work cell current prior previous prev alt my the new old last first
            next party business mailing permanent temporary temp billing contact operating owner admin state
            federal govt us facility clinic practice shipping ship delivery bill residence postal physical
            office private company alternative alternate official location present hospital lab registered login
            signin passport empresa pro perso trabalho casa fixe fixo domicile bureau account principal family
            subject legal personal maiden household profile user_agent agent head prf rfr""".split()
)
"""Owners that are people, by whatever role."""

ORGANIZATIONS = frozenset(
    """column col field fld part file form source company payer payor faculty employer insurer facility clinic
            practice hospital business office lab laboratory department bank school
            agency vendor organization state federal court courthouse""".split()
)
"""Owners that are no people, so that their names are of no person."""

ROLES = (PEOPLE | {"contact"}) - frozenset(
    """provider user person customer client tenant partner owner agent insurer employer driver lender creditor payer
            payor lab seller buyer subscriber registered executor worker sender receiver""".split()
)
"""People who are named even after an unknown word: `incident_officer_name`."""

LINKS = frozenset("de di do da del della dos du tal tat tas na za".split())
"""Words that only link two others in Romance and Slavic languages and Maltese."""

FORMS = frozenset(
    """number id identifier identification code value val text txt str string field fld column col digits
            digit last last4 four full raw encrypted enc encr crypted plain plaintext ciphertext cipher masked
            unmasked hashed hash hmac md sha salted digest token tokenized scrambled formatted info data
            original orig first second third primer primero segundo tercer premier deuxieme primeiro erster ext
            yyyy mm
            dd yyyymmdd mmddyyyy ccyymmdd ddmmyyyy tmp temp pending sz psz vch nvch chr dtm dte lng n i input
            entered attr attribute one two three of s c r current new old prev card part
            details detail numeric yomi sanitized clear cleartext decrypted normalized cleaned obfuscated stg src
            hist legacy
            crm ehr emr erp staging source imported tbl form copy line lines x int num fingerprint""".split()
)
COUNTRIES = frozenset(
    """nl dk ch ie fr de it es pt br mx ar cl co pe ec ve in cn hk tw jp kr sg my id ph th vn pk bd lk tr
            sa ae eg il za ng ke gh ru ua pl cz sk hu ro bg gr hr si rs ee lv lt fi se no is be at au nz ca uk
            gb us usa uy ge bh ao bt kz uz kg tj az al ba rs mk xk cr pa gt hn sv ni cu bo ht jm tt bb gy sr cy mt lu
            np mm kh mn qa kw om jo lb iq ir af tz ug rw bi mz cm sn bf gn zm zw bw sz ls mw mu py sc
            uganda nigeria kenya ghana algeria algerie senegal cameroon cameroun morocco maroc tunisia tunisie egypt
            rwanda tanzania ethiopia zambia zimbabwe india pakistan bangladesh nepal sri lanka china japan korea taiwan
            singapore malaysia indonesia philippines thailand vietnam turkey russia ukraine poland germany france spain
            italy portugal brazil brasil mexico argentina chile colombia peru ecuador uruguay venezuela bolivia canada
            australia ireland netherlands belgium sweden norway denmark finland greece romania hungary ugandan
            nigerian""".split()
)
PLACES = frozenset(
    """line area of residence name code part village division cell or and colony kab kel lengkap composite livraison
            facturation entrega cobranca envio facturacion spedizione fatturazione kantor rumah fiscal""".split()
)
"""Words that go on after an address or a place."""

USES = frozenset(
    """pribadi kantor kampus rumah tinggal orangtua seluler trabajo laboral oficina casa institucional particular
    professionnel professionnelle perso domicile profissional pessoal comercial residencial empresa aziendale ufficio
    lavoro personale privato privat dienstlich geschaeftlich prive werk zakelijk kisisel ev prywatny sluzbowy""".split()
)
"""Words after an address, a phone or an e-mail that say whether it is for home or work."""

PAPER_NOUNS = {
    "name": "A",
    "nama": "A",
    "address": "B",
    "alamat": "B",
    "pos": "B",
    "dob": "C",
    "birth": "C",
    "lahir": "C",
}
"""What is on a paper, by class: `alamat_ktp`, `name_as_per_aadhaar`."""
BEFORE_PAPER = frozenset({"alamat", "nama", "pos", "lahir"})
"""Of these, those that a paper follows without another word."""
ON_PAPER = frozenset("per on in as sesuai".split())
"""Words between what is on a paper and the paper."""

CARRIERS = frozenset(
    """image img url uri path file filename scan pdf blob base binary bytes jpeg jpg png thumb thumbnail copy
            document picture photo photograph foto lien chemin ruta enlace pfad link fichier archivo arquivo caminho
            percorso front back upload uploaded attachment photocopy fotocopia verso recto anverso reverso dorso frente
            fronte retro depan belakang vorderseite rueckseite""".split()
)
LOCATORS = frozenset("url uri path file filename dir directory".split())
"""Words that at the end of a name say where something is."""

ASPECTS = frozenset(
    """required flag enabled disabled verified unverified validated consent type kind format label mask days
            regex pattern count counts status policy help placeholder template visible optional redacted
            supported allowed config setting settings reminder country class date year month at on by expiry
            issuer issuing issued authority state province error errors message hint length verification
            validation validator confirmed waived provided collected declined refused exists present missing
            reason category score level fee amount total title description section tab page permission
            permissions access audit changed reset updated expired indicator ind valid invalid schema option
            options choice rule rules match matched matches mismatch duplicate checked available desc yn result
            results response quality system seen origin refresh ts timestamp unique not income benefit benefits
            disability balance opening currency wages administration payment iteration iterations iter lifetime
            ttl scope scopes method algorithm algo version strength history_count cost name names index position
            suffix area uses used usage limit requirement requirements column width height footer header subject
            body sent view submit submission color chart colour opt in notification allowance insurance_type
            deadline owner_type counter interval timeout rotation expires entropy success failure failures
            requested received submitted viewed deleted removed revoked approved rejected blocked skipped
            completed failed flagged locked created acknowledged signed consented notified granted denied
            suspended renewed resolved ignored hidden displayed shown included excluded needed accepted reused
            searched queried compared edited modified imported synced unsubscribed subscribed bounced
            attempt attempts retry requestor quantity rate risk rank size sort order location site service
            linked klasse klassen gueltig gultig ablauf vencimiento vencimento validade
            scadenza services agency uf emissor emissao expedicao estado data_emissao emisor source estimated
            estimate precision accuracy confidence approximate change changes births deaths followers likes
            posts remark remarks note notes comment comments seeded seeding""".split()
)
"""Words that after an identifier make the name one of something about it."""

ABOUT_BEFORE = frozenset(
    """must force feature is has har hat heeft tiene tem have had was needs requires require allow can should show
            hide validate check mask redact no consent consentimiento consenso consentement zustimmung einwilligung
            expiry without skip missing include exclude enable disable display accepts accept verify confirm collect
            use using num count total triggers trigger send receive issued want requested max min""".split()
)
"""Words that at the beginning make a name one of something about an identifier."""

KEYS = frozenset("id ids uuid guid fk pk seq key ref".split())
"""Words that make a name one of a row that holds the identifier: `address_id`."""

TRAITS = frozenset(
    """gender sex sexo sexe genre genero geschlecht genero geslacht plec cinsiyet marital civil_status estado_civil
    nationality nationalite nacionalidad nacionalidade nationalitaet ethnicity race religion blood pronouns civilite
    anrede geschl familienstand hispanic
    kelamin agama perkawinan kawin kewarganegaraan spol neme pohlavi pohlavie sukupuoli kjonn lytis dzimums gioitinh
    dantoc tongiao sesso narodowosc obcanstvi drzavljanstvo allampolgarsag kansalaisuus statsborgerskap
    uyruk""".split()
)
"""Words for what only persons have: two such columns make a table one of persons."""

ORDINARY = frozenset(
    """direction contract contracts nation national statement protocol drive listname varname subname mainid getcode
    patent media pearson matrix exename nohelp factor finder quarter pozice licensed parole staat staaten parente
    parentela nocni soc karno karnofsky paino painoindeksi smena smene employes""".split()
)
"""Words that are one letter from a word of identifiers, or its beginning, and are others."""

NOUNS_FIRST = frozenset(
    """telefono telefone telefon telephone tel celular cellulare mobil movil portable fax correo courriel adresse
    direccion endereco indirizzo adres adresa address domicilio domicile ciudad ville cidade date fecha data number
    matricule matricula legajo expediente dossier poliza polizza apolice""".split()
)
"""Nouns before which languages have no adjective: `telefono_acudiente`, `adresse_corrigee`."""

STREETS = frozenset(
    "street calle rua logradouro strasse rue ulica ulice straat sokak indirizzo via endereco bairro direccion".split()
)
"""Words beside which a column that is called `number` is of a house."""
ADDRESSES = frozenset("address city state district village house".split())
"""Words beside which a `pin_code` is a postcode."""

CATALOGS = frozenset(
    """document plan type category kategori kategoria kategorie categoria categorie role
    permission department team project task course class room template
    setting tag group level branch bank skill position title policy program service clinic hospital school company
    file media report form vaccine medicine drug medication disease event campaign
    city country region province state district village commune municipality zone area continent governorate county
    ciudad pais provincia estado departamento municipio distrito ville pays departement cidade bairro citta nazione
    regione comune stadt bundesland sehir ilce ulke kota negara provinsi kecamatan kabupaten kelurahan miasto
    wojewodztwo grad drzava mesto
    specialty speciality especialidad especialidade specialite specializzazione fachgebiet uzmanlik brand color colour
    currency language genre profession occupation subject degree symptom diagnosis allergy ingredient feature amenity
    species breed gateway""".split()
)
"""What a table is of whose `name` is no person's, if none of its other columns is."""

ANIMALS = frozenset(
    """pet animal dog cat horse cow cattle livestock goat sheep mascota animale animaux chien chat cheval perro gato
    cachorro cavalo caballo haustier tier hund katze pferd hewan kucing anjing hayvan zwierze pies kot koni zivotinja
    huisdier hond kat paard puppy kitten hevonen hevoset koira kissa lemmikki elain hast katt husdjur kjaeledyr kaeledyr
    ljubimac pas macka domaci_mazlicek mazlicek pes kocka kisallat kutya macska caine pisica kedi kopek""".split()
)
"""What a table is of whose names and ages are of no person."""

PREMISES = frozenset(
    """restaurant hotel school hospital clinic pharmacy branch store shop company organization organisation airline
    airport university college library warehouse factory restaurante ecole lycee hopital clinique pharmacie magasin
    entreprise societe escuela colegio universidad clinica farmacia tienda empresa escola universidade loja scuola
    ospedale farmacia negozio azienda schule krankenhaus klinik apotheke firma unternehmen sekolah apotek toko
    perusahaan okul hastane eczane sirket szkola szpital apteka skola nemocnice location site facility office
    department division ward negocio ubicacion sede sucursal filial filiale abteilung departamento departement
    dipartimento reparto ufficio standort betrieb oficina bureau aziende negozi scuole ospedali cliniche farmacie
    societa imprese firmen schulen kliniken apotheken key token webhook charity ngo ong foundation nonprofit club
    church parish plantel planteles aseguradora aseguradoras court tribunal hospice fundacion fundacao fondation
    fondazione fundacja stiftung stichting yayasan vakif dernek asociacion associacao associazione association
    verein vereniging orderitem lineitem cartitem shelter gym salon bakery cafe pub theater theatre museum cinema
    gallery station agency ministry embassy consulate council committee league institute institution academy
    kindergarten daycare nursery laboratory dispensary depot garage dealership workshop terminal venue stadium arena
    beach campus dormitory hostel motel resort building farm ranch headquarters outlet kiosk mall supermarket
    grocery temple mosque synagogue cemetery prison jail precinct orphanage iglesia ayuntamiento juzgado ministerio
    instituto academia guarderia laboratorio gimnasio museo biblioteca almacen fabrica edificio prision carcel
    igreja prefeitura creche armazem predio presidio ubs eglise mairie ministere institut academie laboratoire
    bibliotheque entrepot usine batiment gymnase musee chiesa ministero istituto accademia asilo magazzino fabbrica
    carcere palestra gemeinde kirche gericht ministerium akademie bibliothek fabrik gebaeude gefaengnis kerk
    gemeente rechtbank ministerie instituut bibliotheek magazijn fabriek gebouw gevangenis ziekenhuis apotheek
    kosciol urzad ministerstwo instytut przedszkole laboratorium biblioteka magazyn fabryka budynek wiezienie
    restauracja oddzial cami belediye mahkeme bakanlik enstitu kres laboratuvar kutuphane depo fabrika bina cezaevi
    restoran sube masjid gereja pengadilan kementerian lembaga puskesmas posyandu perpustakaan gudang pabrik gedung
    cabang rumahsakit instansi kampus benhvien truong phongkham congty nhathuoc chinhanh server device camera
    maquinaria machinery maquina machine vehiculo vehicle sensor printer router machine equipment product item book
    movie song album game medicine drug vaccine disease course subject producto libro pelicula curso materia
    medicamento vacuna enfermedad equipo produto livro filme disciplina vacina doenca equipamento produit livre
    cours maladie prodotto corso farmaco malattia produkt buch kurs medikament krankheit boek cursus ksiazka lek
    choroba urun kitap ders ilac hastalik produk buku obat penyakit barang mapel matkul pelajaran""".split()
)
"""What a table is of whose `name` is no person's, also beside the addresses of those who work there or use it: places,
organizations, and things that one makes or buys.
"""

EMPLOYERS = frozenset(
    """company business firm enterprise office location site facility building store shop farm ranch branch venue place
    entreprise societe empresa negozio azienda firma unternehmen perusahaan sirket negocio betrieb oficina bureau
    ufficio ubicacion standort sede sucursal filial filiale department division abteilung departamento departement
    dipartimento reparto loja tienda magasin toko workshop garage dealership terminal campus dormitory""".split()
)
"""Of these, those whose address may be a person's: of an employer (45 CFR 164.514), of a trader, of where one lives."""

UNTELLING = frozenset(
    """data info detail details list lists export extract import dump report reports sheet table tables t tbl x
    results result scores score records record test tests sample samples attendance roster entries entry rows row
    file files log logs view views main master output input temp tmp stage raw full all new old people ranking
    standings profile profiles contact contacts lead leads family families staff team crew household households
    signup signups registration registrations rsvp rsvps application applications account accounts""".split()
)
"""Titles that do not say what a table is of, or of whom."""

PAPERS = {
    **dict.fromkeys("picture image img photo photograph selfie portrait".split(), "Q"),
    **dict.fromkeys("document certificate".split(), "K"),
}
"""Pictures and papers, by class: in a table of persons any that is of nothing else is of a person."""

OF_OTHERS = frozenset("other cover background banner logo icon header".split())
"""Words before a picture or papers that say that they are of no person, or of what is not known."""

GOODS = frozenset(
    """price prix precio preco prezzo preis prijs cena harga fiyat sku stock stok quantity qty barcode upc ean isbn
    dosage unit units slug iso symbol manufacturer brand marque marca category categorie categoria kategori supplier
    weight discount reorder warehouse capacity permalink description descripcion descricao descrizione beschreibung
    omschrijving deskripsi aciklama menu item product produit producto produto prodotto produk urun article
    code specimen bedrooms sqft retry""".split()
)
"""Words in names of goods, catalogs and their columns: two of them, and none of a person, make a name no person's."""

NUMBERED = frozenset(
    """figli hijos filhos enfants kinder kids children dependents dependientes dependentes emprunt emprunts pret
    prets loans election polling electoral station charity claim emprestimos prestamos issue room flight seat bed ward
    booth jersey cabin contract receipt invoice
    order ticket token queue table floor gate train bus coach platform part item line row page section chapter step
    seq sequence batch lot model version build slot shift visit episode session class grade semester term week day
    month year hour minute season round lap people person pax child children son daughter dependent sibling guest
    adult kid bathroom bedroom room unit locker parking shelf rack bin box case docket complaint incident accident
    pregnancy parity gravida dose refill attempt hora heure stunde ora godzina saat timme dia jour tag semana
    semaine woche mes mois monat ano annee jahr or vlr hlr hss sgsn ggsn gmlc smsc msc mme partner socio branch
    department team group level rank position job project task course lesson exam question answer booking
    reservation transaction reference ref tracking shipment delivery route trip tour load check cheque bill payment
    installment deposit loan draw bid offer quote notice letter form report test sample specimen accession lab study
    trial site arm cycle phase wave no_show flug zimmer sitz bett rechnungs auftrags bestell artikel vertrags beleg
    raum tisch stations buch projekt bilet bileti billet billete boleto bilhete biglietto tiket jegy recibo recu
    ricevuta kwitansi makbuz paragon factura facture fattura fatura faktur faktura pedido commande ordine siparis
    pesanan zamowienie objednavka narudzba habitacion chambre quarto kamar pokoj pokoju soba szoba phong huone
    asiento siege poltrona koltuk kursi mesa meja vuelo volo ucus penerbangan cama letto leito yatak contrat
    contratto kontrak sozlesme umowa smlouva ugovor trade""".split()
)
"""Things, events and people that are counted or have numbers of their own: their number is no person's."""

THINGS = (
    ("""make model vehicle fuel engine chassis mileage odometer car marka marca modele modelo modell merk marke
        merkki malli
     bouwjaar baujahr kilometraje chilometraggio przebieg yakit vehiculo veiculo veicolo voiture fahrzeug pojazd arac
     kendaraan""", {
        "L": """placa plaka plaque patente targa telaio chassi rejestracja kennzeichen reg registreringsnummer regnummer
                regnr rekisterinumero matricula immatriculation kenteken registration registration_number reg_number
                plate plate_number number_plate identification_number tag""",
    }),
    ("rut comuna nombres nombre apellidos apellido direccion telefono correo", {"G": "run"}),
    ("blz bankleitzahl iban bic konto kto kontonummer kontonr", {"J": "konto kto"}),
    ("bank branch ifsc iban bic swift sort routing", {"J": "account"}),
    ("pernr begda endda nachn vorna gbdat", {"G": "perid"}),
    ("card cc cardholder brand cvv payment gateway expiration", {
        "J": "last4 first_six cvv cvc expiry security_code pan number",
    }),
)  # fmt: skip
"""Things with numbers of their own: words of which two columns of their tables have, and by class what is called so."""

TITLES: tuple[tuple[str, Literal["reject", "managed"], str, str], ...] = (
    ("""passport passports visa visas pasaporte pasaportes passeport passeports passaporto passaporti passaporte
     passaportes pasport paspor reisepass kyc identity identities ktp""", "reject", "K",
     """number series serial seria serie seriya document document_number front back front_side back_side scan copy
     upload id_document id_proof id_front id_back front_image back_image proof_of_id"""),
    ("""driver drivers chauffeur chauffeurs conductor conductores motorista motoristas autista autisti fahrer sofor
     surucu suruculer kierowca kierowcy sopir doctor doctors physician physicians nurse nurses pharmacist pharmacists
     dentist dentists veterinarian veterinarians""", "reject", "K", "license licencia licenca permis patente"),
    ("""vehicle vehicles car cars truck trucks vehiculo vehiculos veiculo veiculos voiture voitures veicolo veicoli auto
     autos fahrzeug fahrzeuge""", "reject", "L", "license plate registration number_plate"),
    ("OWNER image images photo photos picture pictures foto fotos portrait portraits", "reject", "Q",
     "image path url image_path image_url photo picture file file_path data blob"),
    ("""OWNER license licenses permit permits certificate certificates licencia licencias permis permiso permisos
     licenca licencas patente patenti""", "reject", "K", "number series serial scan copy front back"),
    ("fingerprint fingerprints biometric biometrics faceprint voiceprint", "reject", "P",
     """template data descriptor embedding encoding vector image hash minutiae thumb finger_data left_thumb right_thumb
     index_finger middle_finger ring_finger little_finger pinky_finger index_left index_right"""),
    ("""reset resets recovery verify verification verifications otp otps totp mfa activation activations confirmation
     confirmations magic secret secrets""", "reject", "-", "code value hash secret_hash code_hash"),
    ("wallet wallets coin coins crypto blockchain", "reject", "J", "address public_address primary_address wallet"),
    ("insurance insurances", "managed", "I", "number policy policy_number"),
)  # fmt: skip
"""Words of the names of tables of papers, biometrics and secrets, and the class of what is there called so; after
`OWNER` they count beside a word for a person.
"""

ENDS_OF_TITLES = frozenset(
    """code document session request template address token scan image upload validation verification link key number
    submission detail kyc""".split()
)
"""Words that follow those in the name of a table that is still of papers, biometrics or secrets."""

MEANINGS = (
    ("nama alamat lahir agama siswa pegawai jabatan kelamin karyawan guru murid", {"R": "nip nis nisn nidn nrp"}),
    ("nome cpf bairro cns cidade", {"": "cid"}),
    ("ime prezime djelatnik radnik", {"": "placa"}),
    ("etunimi sukunimi syntymaaika", {"": "ala paino pituus"}),
    ("siege societe entreprise entreprises salaries employes effectif", {"": "nombre"}),
    ("flight airport terminal boarding", {"": "gate"}),
    ("hdl ldl chol cholesterol trig triglycerides", {"": "tc"}),
    ("miasto ulica", {"B": "kod dom"}),
    ("debut trimestre semestre", {"": "fin"}),
)
"""Words of a language, and by class (none: of no person) short words that beside them mean something else."""
