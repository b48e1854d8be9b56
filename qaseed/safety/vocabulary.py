"""Words for personal data by language and class, and the numbers by which countries know persons and companies.

A line is a language or country by its ISO code, a class (a Safe Harbor letter, `-` for secrets) and phrases in plain
letters. A phrase with `?` has other meanings, too: it counts in a table of persons only.
"""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_SAFE_FORMS = """
en A care_manager? case_manager? caretaker? caregiver? carer? treating_doctor treating_physician family_physician
en B staircase_number plot_number? flat? apartment? current_residence permanent_residence previous_residence
   present_residence
en H mr_id? emr_id? ehr_id? pid? pid_number?
tl R lrn? lrn_number
en R sid_number tdcj_number fbi_number
es A paterno? materno? contacto_cliente
es D numero_contacto numeros_contacto
pt A medico_responsavel nome_rappresentante? pnome? unome? minicial?
it A nome_rappresentante cognome_rappresentante rappresentante? tessera?
it C data_nascita_rappresentante
pt C datansc data_nsc dt_nsc
pt B cidade_estado cidade_uf
sk C dat_narodenia datum_narodenia
sk B adresa_tr_pobyt adresa_pr_pobyt adresa_trvaleho_pobytu tr_pobyt? pr_pobyt?
id D wa_orang_tua wa_ortu no_wa_ortu no_wa_orang_tua
de A geschwisternamen geschwistername?
de R schuelerkennzahl schuelernummer bildok_nummer
de B wohnortkennzahl gemeindekennzahl strasse_a strasse_b hausnummer_a hausnummer_b postleitzahl_a postleitzahl_b
   wohnort_a wohnort_b wohnortkennzahl_a wohnortkennzahl_b gemeindekennzahl_a gemeindekennzahl_b
de D vorwahl? vorwahl_a? vorwahl_b?
de F mailadresse mailadresse_a mailadresse_b
en A passport_name? card_name? def_name? defendant_name plaintiff_name received_by?
en B birth_at? constituency? principal_constituency proxy_constituency
en C birth_on?
en N tumblr? portfolio_url portfolio?
pt B latitude_atual longitude_atual latitude_cliente longitude_cliente
es B latitud_actual longitud_actual latitud_domicilio longitud_domicilio
en B address_json? address_data? address_text?
tr B uavt_adres_kodu adres_kodu acik_adres
cs B nazev_obce nazev_casti_obce cast_obce nazev_ulice
tr A acil_iletisim? acil_kisi? ad_soyad_unvan
cs A jednajici_osoba dalsi_jmena dalsi_jmeno zastupce?
hr A vlasnik? skrbnik? staratelj?
fi A huoltaja? huoltajat? huoltajan_nimi
sv A vardnadshavare?
es A tutor_legal? nombre_joven nombre_menor representante_legal?
hu A anyja_szuletesi_neve anyja_csaladi_neve anyja_szuletesi_csaladi_neve anyja_utoneve anyja_szuletesi_utoneve
ko A name_kor name_kr kor_name korean_name
ja A nama_romaji romaji_name? kanji_name? kana_name?
en A judicial_officer? reported_by? submitted_by? witnessed_by? signed_by? signer? witness? attn? bank_account_name?
en D phone_direct direct_phone direct_line? contact_information?
hr D br_telefona brtelefona br_mobitela br_mobilnog
id D kontak_ortu kontak_ortu_hp hp_ortu no_hp_ortu
fi E faksi? faxi? faksinumero
fr C derniere_consultation prochaine_consultation derniere_visite prochain_rdv?
de C therapiebeginn therapieende behandlungsbeginn behandlungsende letzter_besuch aufnahmedatum entlassungsdatum
es C ultima_consulta proxima_consulta
vi H ma_benh_nhan? ma_bn? ma_ho_so
fr I numero_contrat_assurance numero_adherent
es A encargado? encargada? medico_tratante medico_cabecera
fr A medecin_traitant medecin_referent medecin_famille
de A hausarzt? behandelnder_arzt
nl A huisarts?
it A medico_curante medico_base
pt A encarregado? medico_assistente
en A plaintiff? defendant? magistrate? guarantor?
fr A conseiller? entraineur?
tr A ogretmen?
es N redes_sociales
pt N redes_sociais
fr N reseaux_sociaux
pt D ramal?
es B interior? exterior? barrio_vereda vereda?
fr B residence?
en B gps? pick_lat pick_long pick_lng drop_lat drop_long drop_lng pickup_lat pickup_long pickup_lng dropoff_lat
   dropoff_long dropoff_lng
nl A psychiater? therapeut? behandelaar?
pl A nauczyciel? wychowawca?
en A psychiatrist? psychologist? therapist? dentist? surgeon? department_head? head_of_department? hod? used_name?
en R employee_code? staff_code? student_code? patient_code? member_code?
tr A soy?
tr B semt semti
no B postkode? byen?
pl B ulica_dom
vi A ten_hoc_vien
vi F email_ca_nhan
en A doctor? physician? renter? co_renter? nominee? co_applicant? co_borrower? cosigner?
tr A doktor?
es A medico?
fr A medecin?
de A arzt?
cs A prijm rod_prijm
id A kepala_keluarga kep_kel nm_pegawai?
id B alamat_utama alamat_kedua alamat_tempat_tinggal kota_kelahiran tempat_kelahiran daerah_mengundi lokaliti?
id D kontak? kontak_darurat telepon_utama telepon_kedua no_telepon_utama no_telepon_kedua
id F email_utama email_kedua
id R no_karpeg no_karis no_karsu
es B direccion_vivienda
es A gerente? ingeniero_soporte ingeniero?
it C ultima_visita
fr G num_cni numero_cni
pt I carteira_saude
en A subfname sublname ship_to_name bill_to_name name_display name_formal pid_5 pid_6 pid_9 nk_1_2 namev nach_2 rufnm
   gbnam
en B addrln addrlin pid_11 pid_12 nk_1_4 gbort pstl_2 hsnmr locat? what_3_words pluscode plus_code?
   patient_zip_postal_zone
en C subdob depdob pid_7 gbjhr gbmon gbtag gesbdt bday bthdate bthdt date_of_appointment serv_date admitting_date
   exam_date? admitdt
   admdate admdt dischdt disdate svcdate svcdt deathdt birthyr birthdt birth_ymd
en R pernr class_roll class_rollno class_roll_no
en D homephn workphn hmphone wkphone hmphn wkphn cellphn pid_13 pid_14 nk_1_5 home_phn work_phn cell_phn day_phn
   telnr_long
en H pid_3 unit_number? urn_number?
en I primary_ins_id secondary_ins_id
en R worker_id? applicant_number? npw_number? alter_emplid
en B landmark bplace birth_plc add_1? add_2?
en D alternative_no? alternate_no? alt_no? primary_no? secondary_no?
es H historial_clinico numero_historial_clinico codigo_historial_clinico codigo_historia? ficha_clinica
fr A nom_enfant prenom_enfant
th H hn? hn_number patient_hn
es B numero_vivienda nro_vivienda num_vivienda numero_domicilio nro_domicilio
pt B numero_residencia nr_residencia num_residencia numero_imovel nr_imovel numero_domicilio
fr B numero_maison num_maison no_maison
de B wohnadresse zustelladresse heimadresse heimatort buergerort burgerort laengengrad langengrad
de C todestag impfdatum aufnahmetag unfalldatum diagnosedatum
fr C date_entree_hopital date_sortie_hopital
es A ape_nom apenom nom_completo ap_pat ap_mat
es C fecha_alta_medica
pt C data_alta_hospitalar dt_alta_hospitalar data_cirurgia dt_cirurgia
pt R ra?
it B latitudine longitudine
it C data_appuntamento data_intervento data_ammissione
it I polizza?
it R codice_dipendente
es I numero_asegurado num_asegurado nro_asegurado
pt I apolice?
nl A geboortenaam noodcontact initialen
nl C afspraakdatum behandeldatum
pl C data_urodz
pl A nazwisko_lekarza
tr A adisoyadi yakin_adi
tr C dogum? dogum_tar randevu_tarih muayene_tarih yatis_tarih taburcu_tarih taburcu_tarihi
tr D is_tel ev_tel
id C tgl_masuk_rs tgl_keluar_rs
hi A pati_ka_naam pita_naam mata_naam pati_naam
hi B janm_sthan sthayi_pata shahar? dak_ghar
hi C janam_tithi janm_din mrityu_tithi umar?
hi D durbhash dur_bhash
ja A kokyaku_mei tantousha_mei hogosha_mei kanja_mei
ja B tatemono_mei
ja C nyuin_bi taiin_bi shinryo_bi raiin_bi
ja D renrakusaki
ja F meru_adoresu
en A mother? father? guardian? spouse? husband? wife? emergency?
pt A mae? pai? conjuge?
es A madre? padre? tutor? acudiente? apoderado?
fr A mere? pere? tuteur? conjoint?
it A padre? madre?
de A mutter? vater? vormund?
tr A anne? baba? veli?
id A ibu? ayah? wali? ibu_kandung ayah_kandung
en A co_maker? comaker?
ne B vdc? vdc_name? tole?
vi B noi_o_hien_tai cho_o_hien_tai noi_cu_tru thuong_tru tam_tru
en F email_add emailadd
en B home_add? permanent_add? present_add? current_add? res_add?
en D con_number?
en H urn?
en I membership_id membership_number membership_code
tr A ana_adi ana_ad anne_ad baba_ad anne_isim baba_isim
tr B adresi adres_bilgisi
tr D telefonu telefon_numarasi
id B domisili
fr B adresse_corrigee adresse_complete
fr C date_visite date_derniere_visite
hu A csaladi_nev szuletesi_neve leanykori_nev vez_nev ker_nev felhasznalo_nev?
hu B lakhely irszam ir_szam szuletesi_helye helyseg kozterulet hazsz? emelet_ajto
hu R oktatasi_azonosito diakigazolvany_szam tanuloi_azonosito dolgozoi_azonosito
tr C dog? dog_tar dogtarih d_tar?
de B adz? adrzusatz adr_zusatz ortsname
fr D telprof telprive tel_prof tel_professionnel portable_pro
no B post_nummer post_nr
en A owner_name admin_name authorized_person criminal_name account_owner_name family_head proprietor_name
   signatory_name beneficial_owner_name occupant_name
en B residence_info address_info location_address
en D ext_mobile extmobile helpline hotline? contact?
en H nupn? unique_patient_number
en R permanent_id? admn_no
it D telefono_aziendale telefono_ufficio
pt A nome_razao
de A maedchenname madchenname mittelname zweitname vorsatzwort spitzname kontaktperson ansprechperson notfallkontakt
   bezugsperson erziehungsberechtigter vollstaendiger_name namen? ehename
de B hnr? stadt gemeinde landkreis bezirk adresszeile wohnanschrift lieferadresse rechnungsadresse lieferanschrift
   rechnungsanschrift ortschaft breitengrad laengengrad str? zusatz? kreis?
de C geburtsmonat todesdatum aufnahmedatum entlassungsdatum entlassdatum behandlungsdatum untersuchungsdatum
   einweisungsdatum geb? geboren geb_am geboren_am gestorben_am termin_datum op_datum besuchsdatum
de C verstorben?
de R mnr?
pl D kontakt?
de D tel_nr tel_privat tel_gesch tel_dienst tel_mobil fernsprecher telnummer mobilfunk mobilfunknummer
de E telefax
de F mailadresse
de H fallnummer aktenzeichen? patientenid aufnahmenummer
de I versicherungsnummer versicherungsnr policennummer versnr vers_nr
de J kundenkonto?
de R personalnummer personalnr mitarbeiternummer mitarbeiternr matrikelnummer matrikelnr matrnr kundennummer kundennr
   mitgliedsnummer mitgliedsnr schuelernummer ausweisnr? kdnr
fr A nom_marital nom_epouse nom_patronymique patronyme pseudo? surnom personne_a_prevenir personne_contact pnom?
fr B cpostal adresse_complement quartier arrondissement? code_commune domicile? lieu_residence lieudit type_voie?
   nom_voie libelle_voie
fr C datnaiss dtnaiss dtn? ddn jour_naissance mois_naissance date_hospitalisation date_consultation date_admission
   date_rdv date_rendez_vous naissance ne_le nee_le age_patient date_intervention date_visite date_accident
fr D tel_portable tel_fixe num_tel no_tel tel_domicile tel_bureau tel_pro numtel portables
fr E telecopie telecopieur
fr F adresse_mail adresse_email adresse_courriel mail_pro adresse_electronique adr_mail adr_email
fr H numero_patient num_patient nip_patient iep?
fr I numero_mutuelle num_mutuelle numero_adherent num_adherent no_adherent numero_assure num_assure numero_police
   num_police numero_contrat?
fr R matricule numero_matricule numero_etudiant num_etudiant numero_employe num_employe numero_client num_client ine?
   code_etudiant code_massar cne_etudiant numero_licencie num_licencie numero_allocataire num_allocataire
es A apodo? persona_contacto ape_paterno ape_materno ape_pat ape_mat appaterno apmaterno nombre_social ape? prim_ape
   seg_ape nombre_conyuge apepat apemat
es B codpostal num_ext num_int no_ext no_int direccion_residencia lugar_residencia ciudad_residencia dir? piso?
   puerta? escalera? entre_calles vereda? corregimiento latitud longitud urbanizacion? manzana? ubigeo dpto? direcc
   direcion domic? depto?
es C fec_nac fec_nacimiento fecnac fechanac fnacimiento fch_nac fecha_naci anio_nacimiento mes_nacimiento
   dia_nacimiento fecha_ingreso_hospital fecha_egreso? fecha_consulta fecha_cita fecha_atencion fecha_hospitalizacion
   fecha_cirugia fecha_visita fecha_internacion nacimiento fecha_deceso hora_nacimiento
es D telefono_trabajo tel_casa tel_cel tel_contacto fono? telef? fono_contacto
es F direccion_correo mail_contacto
es H expediente? hc? numero_historial
es I numero_afiliado nro_afiliado num_afiliado poliza? num_afiliacion
es R nro_legajo num_empleado numero_empleado nro_empleado codigo_estudiante codigo_alumno num_control numero_control
   no_control no_empleado cod_empleado? boleta? numero_socio nro_socio num_socio nro_cliente numero_cliente
pt A ultimo_nome apelido? pessoa_contato nm_cliente nm_paciente nm_aluno nm_funcionario nm_mae nm_pai nm_social no_mae
   no_pai no_pessoa no_cidadao filiacao? responsavel? no_usuario? nome_usual nomemae nomepai ds_nome
pt B morada localidade freguesia? concelho? ds_complemento ponto_referencia? lote? quadra? porta? andar? codigo_ibge?
pt C dtnasc dtnascimento data_nascto data_internacao dt_internacao data_consulta dt_consulta data_atendimento
   dt_atendimento nasc? nascto? dt_sin_pri? dt_interna? dt_coleta? data_visita nu_idade
pt D fone? ddd? fone_residencial fone_comercial tel_residencial tel_comercial nu_fone contato? fone1? fone2?
   fax_comercial
pt F correio_eletronico email_pessoal no_email_pessoal
pt I carteirinha numero_carteira_plano numero_carteirinha carteira_plano nr_carteirinha numero_beneficiario
pt R numero_matricula nr_matricula num_matricula nu_matricula registro_academico ra_aluno siape matricula_siape
   cd_matricula numero_processo_aluno? crachat cracha
it A soprannome secondo_nome cognome_nubile referente? nomi?
it B numero_civico num_civico cap? localita cap_residenza via_residenza frazione? luogo?
it C eta? data_decesso data_ricovero data_dimissione nato_il nata_il
it D telefono_fisso cellulari
it F indirizzo_email indirizzo_mail mail_personale
it H cartella_clinica numero_cartella num_cartella nosologico numero_nosologico
it R matricola matricola_studente numero_matricola num_matricola matricola_dipendente numero_tessera num_tessera
nl A voorvoegsel roepnaam volledige_naam meisjesnaam geslachtsnaam voornamen contactpersoon naam? naam_partner vnaam
   anaam familienaam partnernaam voorv?
nl B straatnaam plaats? adresregel toevoeging? woonadres bezoekadres factuuradres gemeentenaam verblijfplaats wpl?
   wijk? breedtegraad lengtegraad
nl C geboortejaar overlijdensdatum opnamedatum ontslagdatum consultdatum geboortedag
nl D gsmnummer tel_prive tel_werk telefoon_prive
nl F mailadres
nl I verzekeringsnummer verzekeringsnr verzekerdennummer
nl R personeelsnummer personeelsnr studentnummer studentnr leerlingnummer klantnummer klantnr lidnummer lidnr
   debiteurnummer? medewerkernummer stamnummer? relatienummer?
sv A mellannamn tilltalsnamn smeknamn namn? fullstandigt_namn flicknamn anhorig enamn fnamn
sv B kommun? gata? bostadsort hemort fodelseort husnummer hemadress lan? hemkommun folkbokforingsadress gatunamn
   bostadsadress
sv C fodelsear fodd? dodsdatum alder? fodelsedag inskrivningsdatum utskrivningsdatum besoksdatum vardtillfalle_datum
sv D hemtelefon tel_hem tel_arbete arbetstelefon
sv F e_post mejl? mailadress
sv R anstallningsnummer kundnummer kundnr medlemsnummer medlemsnr anstnr elevnummer
no A mellomnavn fullt_navn navn? kallenavn parorende fulltnavn kontaktnavn
no B gateadresse sted? kommune? gate? fodested bosted kommunenummer? kommunenr? bostedsadresse
no C fodselsar fodt? dodsdato innleggelsesdato utskrivningsdato fodselsdag
no D tlfnr
no R ansattnummer ansattnr kundenummer kundenr studnr
da A mellemnavn fulde_navn kaldenavn paaroerende
da B husnr bynavn etage? bopael vej? gadenavn postdistrikt
da C foedselsdato foedselsdag doedsdato indlaeggelsesdato udskrivningsdato
da D mobiltlf
da R medarbejdernummer loennummer
fi A etunimet kutsumanimi nimi? koko_nimi lempinimi lahiomainen yhteyshenkilo toinen_nimi
fi B postinro postitmp
fi B osoite lahiosoite kotikunta kunta? syntymapaikka katu? paikkakunta postiosoite talonumero asuinpaikka kotiosoite
fi C syntymapaiva syntymavuosi syntaika ika? kuolinpaiva syntymapvm pvm?
fi D puh? kannykka puhnro puhelinro
fi F sahkopostiosoite
fi R henkilonumero opiskelijanumero asiakasnumero jasennumero tyontekijanumero
pl A imiona nazwisko_rodowe nazwisko_panienskie imie_ojca imie_matki osoba_kontaktowa pseudonim?
pl B gmina? powiat? poczta? adres_zamieszkania adres_zameldowania miejsce_zamieszkania adres_korespondencyjny klatka?
   lokal? mieszkanie? dom? kodpocztowy
pl C data_przyjecia data_wypisu data_wizyty urodzony
pl D nr_tel tel_kom telefon_komorkowy komorka? tel_kontaktowy
pl F adres_email adres_mail
pl R numer_pracownika nr_pracownika numer_indeksu nr_indeksu nr_albumu numer_albumu numer_klienta nr_klienta
   numer_legitymacji nr_legitymacji
cs A prezdivka kontaktni_osoba jmeno_otce jmeno_matky
cs B adresa cislo_orientacni okres? bydliste trvale_bydliste posta? adresa_bydliste
cs C dat_nar datnar narozen datum_umrti datum_prijeti datum_propusteni narozeniny
cs D telefonni_cislo tel_cislo
cs F emailova_adresa mailova_adresa
cs R osobni_cislo zamestnanecke_cislo cislo_zamestnance cislo_klienta cislo_studenta
sk A krstne_meno prezyvka kontaktna_osoba cele_meno
sk B supisne_cislo miesto_narodenia bydlisko trvaly_pobyt
sk C datum_narodenia narodeny rok_narodenia
sk D telefonne_cislo
sk R osobne_cislo cislo_zamestnanca
hu A csaladnev utonev nev? teljes_nev szuletesi_nev anyja_neve becenev kapcsolattarto veznev kernev knev? vnev?
hu B cim? irsz telepules szuletesi_hely szulhely emelet ajto? lakohely tartozkodasi_hely
hu C szulido eletkor kor? halal_datuma
hu D tel_szam
hu F emailcim email_cim
hu R torzsszam neptun_kod neptunkod dolgozo_azonosito tanulo_azonosito ugyfelszam
ro A nume_familie nume_complet nume_tata nume_mama porecla persoana_contact numele prenumele initiala_tatalui
ro B bloc? scara? apartament? loc_nastere locul_nasterii domiciliu etaj? resedinta
ro C data_nastere varsta an_nastere data_decesului data_internarii data_externarii
ro F adresa_mail
ro R marca_angajat numar_matricol nr_matricol
hr A nadimak ime_oca ime_majke kontakt_osoba imeprezime
hr B kucni_broj grad? mjesto? mjesto_rodjenja mjesto_rodenja prebivaliste mjesto_stanovanja opcina? mesto_stanovanja
   opstina?
hr C godina_rodjenja godina_rodenja starost? datum_smrti datum_prijema datum_otpusta
hr D broj_telefona broj_mobitela mobilni? tel_broj brtel
hr F email_adresa mail_adresa
hr R maticni_broj_studenta broj_indeksa brindeksa broj_kartona
sl A vzdevek
sl B naslov? hisna_stevilka postna_stevilka obcina? kraj_rojstva
sl C leto_rojstva
sl D telefonska_stevilka telefonska
bg A familia? imena? bashtino_ime
bg B poshtenski_kod mestorozhdenie naseleno_myasto
bg C data_na_razhdane data_razhdane rozhdena_data vazrast
bg D telefonen_nomer mobilen?
ru A familija imja otchestvo_klienta
ru B kv? indeks? pochtovyi_indeks propiska adres_registratsii adres_prozhivaniya raion?
ru C data_rozhdenija data_rojdeniya den_rozhdeniya god_rozhdeniya data_smerti
ru D nomer_telefona mobilnyi tel_nomer sotovyi
ru F pochta? el_pochta elektronnaya_pochta
ru R tabelnyi_nomer tab_nomer nomer_zachetki tabnum
uk A prizvyshche imia? po_batkovi pib?
uk C data_narodzhennya data_narodzhennia
el A onomateponymo patronymo mitronymo onoma_patera onoma_miteras epitheto
el B diefthinsi dieythynsi odos? poli? tk? taxydromikos_kodikas topos_gennisis
el C imerominia_gennisis hmerominia_gennisis etos_gennisis ilikia
el D tilefono thlefono kinito kinhto stathero?
tr A ad? anne_ad baba_ad takma_ad yetkili_kisi? hasta_ad kullanici_adi?
tr B cadde il? bina_no daire_no semt? koy? ev_adresi is_adresi ikamet ikametgah nufusa_kayitli_il
tr C dogtar dogum_yili yatis_tarihi muayene_tarihi randevu_tarihi tedavi_tarihi dogum_gunu
tr D tel_no cep_telefonu ceptel cep_tel telefonu ev_telefonu is_telefonu cep_no evtel istel
tr F eposta_adresi mail_adresi mailadresi email_adresi
tr H protokol_no hasta_no dosya_no?
tr R sicil_no ogrenci_no okul_no personel_no musteri_no uye_no sicilno ogrencino
id A nama_ibu_kandung nama_pelanggan nama_mahasiswa nama_anggota nama_orang_tua nama_ortu nama_penumpang nama_dokter
   nama_guru nm_pasien nm_siswa nama_suami nama_istri nama_peserta nm_lengkap
id B alamatktp kotalahir kota_lahir
id B alamat_rumah alamat_domisili alamat_ktp kodepos tmpt_lahir rt? rw? rt_rw dusun jalan? kampung? lintang? bujur?
   asal_kota?
id C tgllahir ttl? usia? tanggal_masuk_rs tgl_kunjungan tanggal_kunjungan tgl_periksa tanggal_periksa tgl_meninggal
   tanggal_meninggal bulan_lahir
id D no_seluler nomor_seluler seluler? no_tlp hp? no_wa nomor_wa tlp? no_hp_ortu no_hape
id F alamat_email
id H norm? no_rekam_medis nomor_rekam_medis no_rekmed norekmed no_rkm_medis rekam_medis
id I no_peserta nomor_peserta no_asuransi
id R nip? nis? nisn nim? npm? nidn nuptk no_induk nomor_induk nrp? no_anggota nomor_anggota nik_karyawan nip_pegawai
   nomor_induk_siswa nbi?
ms A nama_penuh nama_bapa nama_pelajar nama_pesakit nama_pekerja
ms B poskod bandar? negeri?
ms C tarikh_lahir
ms D telefon_bimbit
ms F emel? alamat_emel
ms R no_pekerja no_pelajar no_matrik nombor_matrik no_ahli
vi A hovaten ho_va_ten ten_nv tennv ten_bn tenbn ten_sv tensv ten_hs ten_nhan_vien ten_sinh_vien ten_hoc_sinh
   ten_nguoi_dung? ho? ten? ten_dem tendem ten_cha ten_me hoten_nv hoten_bn tendaydu nguoi_lien_he hotennv hotensv
   hotenbn hotenkh tennhanvien tenkhachhang tenbenhnhan
vi B tinh_thanh_pho xa_phuong
vi B dchi? noisinh phuong_xa quan_huyen tinh_thanh? phuong? quan? huyen? xa? duong? so_nha thuong_tru tam_tru ho_khau
   hokhau thanhpho? nguyen_quan dia_chi_thuong_tru noi_o
vi C nam_sinh namsinh ngay_nhap_vien ngay_xuat_vien ngay_kham ngaykham ngay_mat ngsinh ngay_thang_nam_sinh
vi D sodienthoai so_dt sodt dthoai di_dong didong sdienthoai
vi R ma_nhan_vien manhanvien ma_nv? manv? ma_bn? mabn? ma_sv? masv? mssv ma_so_sinh_vien ma_hoc_vien? ma_so_nv
th A chue chue_sakul namsakul chuelen
th B thiyu tambon amphoe changwat
th D boe_tho
tl A pangalan apelyido
tl B tirahan lugar_ng_kapanganakan
tl C petsa_ng_kapanganakan
sw A jina? jina_kamili jina_la_kwanza jina_la_ukoo majina?
sw B anuani mtaa? kijiji? kata?
sw C tarehe_ya_kuzaliwa tarehe_kuzaliwa umri
sw D simu? namba_ya_simu
hi A pita_ka_naam mata_ka_naam poora_naam upnaam
hi B pata? gaon? zila? pin_code
hi C janm_tithi janmtithi umra
ne A thar? buwa_ko_naam
ne B thegana tole? wada? janma_sthan permanent_ward? temporary_ward?
ne C janma_miti
zh A zhenshixingming xm? lianxiren xsxm yhxm ygxm brxm hzxm jsxm
zh B zhuzhi jiatingzhuzhi jiguan? youzhengbianma jtzz? lxdz xzz? hkdz chushengdi
zh C chushengriqi shengri csny ruyuanriqi chuyuanriqi ryrq? cyrq?
zh D shoujihao shoujihaoma lianxidianhua sjhm lxfs?
zh F dianziyouxiang
zh H binganhao zhuyuanhao menzhenhao zyh? blh? bah?
zh R xuehao gonghao xh? gh?
ja A namae? sei? mei? seimei kanji_name kana_name sei_kana mei_kana myouji
ja B juusho yubin_bango yuubin_bangou yubinbango shikuchoson banchi shusshinchi
ja C tanjobi tanjoubi nenrei? umare?
ja D denwa_bango denwa_bangou keitai_bango
ja R shain_bango shainbangou gakuseki_bango shain_no
ko A seongmyeong irum ireum
ko B upyeonbeonho woopyun
ko C saengnyeonworil saengil
ko D jeonhwa jeonhwabeonho hyudaepon
ar A ism? al_ism laqab? kunya? ism_al_ab ism_al_umm
ar C tarikh_milad tarikh_al_milad
et B aadress postiindeks sunnikoht linn? vald? tanav
et C sunniaeg synniaeg vanus? sunnikuupaev
et D telefoninumber mobiiltelefon
lv B adrese pilseta? iela? pasta_indekss dzivesvieta
lv C dzimsanas_datums dzim_datums
lv D talrunis telefona_numurs talruna_numurs
lt B adresas gatve? miestas? pasto_kodas gimimo_vieta namo_nr buto_nr
lt C gimimo_data gim_data amzius?
lt D tel_numeris mobilusis
sq A emri? mbiemri emer? mbiemer atesia
sq B vendlindja qyteti? rruga?
sq C datelindja ditelindja mosha?
ca A primer_cognom segon_cognom cognom cognoms
ca B adreca carrer? poblacio? codi_postal lloc_naixement
ca C data_naixement datanaixement edat
eu A izena abizena abizenak
is A nafn? fornafn eftirnafn
is B heimilisfang heimili? postnumer
af A voorname van? noemnaam
xh A igama ifani
en A other_names othernames fullname full_names known_as aka? customer_name cust_name client_name driver_name
   tenant_name attending_doctor referring_doctor family_doctor primary_care_physician pcp_name father_s_name
   emergency_person
en B town_of_birth house_name apartment_number building_name? building_number? block_no? landmark? nearest_landmark
   postbox town_of_residence place_of_residence hometown home_town native_place locality gps_coordinates gps_location
   lat_long latlng place_of_death lga_of_residence lga? ward? sublocation traditional_authority hh_location?
   subcounty? residential_area
en C birthdt dayofbirth dobirth admitted_on discharged_on date_admitted date_discharged date_of_consultation
   date_of_injury date_of_accident accident_date injury_date date_of_diagnosis diagnosis_date diagnosed_on
   date_diagnosed onset_date date_of_onset symptom_onset_date date_of_test specimen_date specimen_collection_date
   date_of_vaccination date_of_marriage wedding_date wedding_anniversary anniversary? lmp_date edd? lmp? date_of_exam
   dos_from dos_to date_enrolled? deceased_on died_on date_died transplant_date date_hospitalized hospitalized_date
   treatment_start_date art_start_date
en D home_tel work_tel cellphone tel_home tel_work telno ph_no phno office_tel cellular viber? skype? telegram?
   wechat? line_id? contact1? contact2? callback_number tel_number
en F skype_id? twitter? facebook? instagram? linkedin? social_media? messenger?
en H patno hosp_no hospital_id_number case_number? file_number? folder_number? folder_no? medical_rec_no op_number?
   op_no? cr_no? art_number art_no unique_art_number ccc_number upi_number? specimen_number? lab_number? lab_no?
   pathology_number registration_no? reg_no? patient_code? nhs_no_patient
en I ins_no? medical_aid_number medical_aid_no insurance_card_number
en J loan_number? loan_no? folio_number? acno?
en R employee_no emp_no empno employee_num staff_no staff_number staffno payroll_no payroll_number badge_no
   badge_number student_no student_number student_num studentno roll_no rollno roll_number enrollment_no
   enrollment_number enrolment_no admission_no admission_number customer_no customer_number cust_no custno
   membership_no membership_number personnel_no personnel_number clock_number service_number? force_number?
   army_number? inmate_no inmate_id docket_number? library_card_no card_no? licensee_number? household_number?
   unique_student_identifier matric_no matric_number index_number? registration_number? regno? reg_number?
   sevis_number candidate_number? exam_number? frequent_flyer_no loyalty_number loyalty_card_number offender_id
   offender_number prisoner_number person_number? person_no? client_no client_number participant_no worker_number
"""

_REFUSED = """
ms K new_ic old_ic ic_number guarantor_ic customer_ic applicant_ic spouse_ic pic_ic? no_ic
th K house_register house_registration borrower_house_register guarantor_house_register
id K file_kk scan_kk kk_file foto_kartu_keluarga
en P applicant_signature customer_signature signature_data signature_image client_signature parent_signature
en J sepa_bic
en - email_verify_string verify_string verification_string pin_acceso pin_acceso_rapido
en K kyc_document document_kyc dlicense dlicence
nl - paswoord
pl Q awatar?
vi Q anh_ca_nhan
tr I sigorta_no
en P face_subject face_subject_id
us G subssn depssn soc_security_no sinid
es G nass naf? dni_nie nif_nie
fr G num_sec_soc insee_nir numero_insee
de G renten_vers_nr sozvers_nr sozversnr ahvn soz_vers_nr
nl G sofinr
gb G nat_ins_no
se G samordningsnr
cz G rodc?
bg G egn_lnch lnch_egn
ru G inn_fl inn_ul
ua G drfo
pl G nip_firmy
hk G hkic
pk G nicop
ir G code_meli kodmeli kod_melli codmeli
ae G trn_no trn_number
in G pranno
za G tax_ref_no
ca I sip_number? cip_sns
ca G business_number?
jp G individual_number?
in K kyc_id_number kyc_doc_number kyc_document_number
en K tribal_id_number mil_id_number visa_id? license_id? id_proof? visa_wrkpmt_nbr
es L bastidor num_bastidor numero_bastidor
it L telaio?
pl L numer_nadwozia nr_nadwozia
en M hwid adid? eid_esim imeisv imei_sv supi? suci? gpsi? tmsi?
it J conto_bancario
fr J carte_bancaire cb_numero
no J postgiro
ja J kouza_bango kouza_no ginko_kouza zengin_code
ja I hihokensha_no
hi J khata_sankhya khata_number bank_khata_no
en J zelle_id pix_chave agencia_conta exp_month? exp_year? expiry_year?
en R pension_payment_order housing_benefit_ref c_file_number
en - dbpass kerberos_keytab keytab sms_otp tfa_code two_factor_code mfa_code? conn_string
ru K pasport_number pasport_series
in G pan_image pan_photo pan_doc aadhaar_image aadhaar_photo aadhaar_doc
en J bank_swift bank_bic bank_swift_code swift_number
ph L conduction_number conduction_sticker
tr - parolasi sifresi parola_hash
hu K szig_szam szigszam szem_ig_szam szig_szama
ro K serie_certificat numar_certificat
ca G nas? numero_assurance_sociale
ke I nhif_insurance_number nhif_insurance_no nhif_card_number
es G rfc_receptor rfc_emisor rfc_cliente rfc_empleado
th G citizen_id?
vi Q anh?
en Q img_url? image_path? img_path?
lk G nic_holder nic_chief_occupant
tr G tcn?
en K registered_number?
in G samagra samagra_id samagraha_id bhamashah_id jan_aadhaar eshram eshram_number
in R apaar_id abc_id?
en G id_card_number id_card_no idcard id_card_num idcardno idcard_no identity_no identity_number identity_card
   identity_card_no identity_document identification_no identification_number identification? civil_number
   social_ins_number vatno gstno government_id_number gov_id pension_number national_register_number nat_id natid
   pan_no panno nrc_no nrc_number nrc? voters_number family_card_number
en K docno? id_document? pp_no? dl_number residency_number immigration_number refugee_id refugee_number unhcr_number
   practicing_number? registration_council_number? gmc_no
en L registration_mark? rego? rego_number
en J card_code? expiry_month? paypal_account paypal_id venmo upi_vpa bank_acno acc_number? bankaccno
   beneficiary_account mobile_money_number momo_number mpesa_number wallet_number last4_card bank_card bankcard
en I healthcard health_number? abha_address veteran_card_number pension_card_number concession_card_number
   healthcare_card_number hcc_number?
en Q avatar? avatar_url? avatar_path? avatar_image? display_picture? dp_url? signature_data?
fi Q kuva? profiilikuva valokuva kasvokuva
sv Q profilbild bild? fotografi? passfoto
no Q bilde? profilbilde
da Q billede? profilbillede
et Q pilt? profiilipilt
lv Q attels? fotografija?
lt Q nuotrauka? profilio_nuotrauka
hr Q slika? putanja_slike? slika_profila fotografija?
sl Q slika_profila fotografija?
cs Q fotka? fotografie? profilova_fotka profilovy_obrazek
pl Q fotografia? zdj_profilowe
hu Q kep? fenykep? profilkep_url
ro Q poza? poza_profil fotografie?
tr Q profil_foto_url vesikalik?
it P firma_digitale firma_grafometrica
en K document_scan? document_scan_front document_scan_back id_series? id_card_number_masked
hu K szemelyi_igazolvanyszam szemelyigazolvanyszam szemelyigazolvany_szam szemelyigazolvany? szemelyigazolvanya
cs K cislo_op_pasu op_cislo
pt K cnh? numero_cnh cnh_numero
en P left_thumb right_thumb left_index_finger signature_image? palm_data face_image_vector
en Q passport_photo profile_img profilepic profile_img_url image_url? picture? picture_url? pic? img? image?
   photo_link user_image emp_image student_image passport_size_photo face_img photo_name? signature? id_card_photo
en M device_token device_tokens macaddress advertising_identifier push_token fcm_id gcm_id apns_id gcm_token
    firebase_token expo_push_token
en R medicaid_case_number
en - upass upwd pword pass? appsecret privkey security_question_answer otp_hash pin_code_hash pin_hash transaction_pin
   confirmation_code? authcode? auth_code? sms_code? email_code? emailcode? captcha? activate_code
de G steueridentifikationsnummer svnummer ahvnr ahvnummer umsatzsteuer_id uid_nummer sozialversicherungsnr rvnummer
   personenkennzahl rv_nummer
de K passnummer passnr identitaetskarte lanr arztnummer bsnr dokumentennummer? approbationsnummer
de L kfzkennzeichen fahrgestellnummer fahrgestellnr fin_nummer nummernschild
de J bankverbindung kreditkarte pruefziffer? kontoverbindung
de I versichertennummer kv_nummer gesundheitskarte kassennummer? kvk_nummer
de Q lichtbild passbild bild? profilbild passfoto fotoupload
de - geheimfrage_antwort pin_nummer sicherheitscode? zugangscode
fr G numero_securite_sociale numss num_ss numero_ss insee_number? numero_fiscal num_fiscal identifiant_fiscal
   numero_tva num_tva tva_intra tva_intracom tva_intracommunautaire matricule_fiscal mat_fiscale identifiant_unique?
   nina? cnps? num_nat registre_national niu? numero_cni num_cni carte_identite num_carte_identite
   numero_carte_identite ice?
fr K passeport piece_identite num_piece_identite numero_piece_identite numero_piece? num_piece? carte_sejour
   titre_sejour numero_licence? numero_rpps rpps adeli numero_adeli numero_ordre? num_ordre? permis? numpiece?
fr L plaque? num_serie_vehicule matricule_vehicule
fr J code_guichet cryptogramme num_cb numero_cb domiciliation_bancaire
fr I numero_amo numero_immatriculation_assure num_cnam numero_cnam numero_cnamgs
fr Q photo_identite
fr - motpasse jeton? cle_api cle_secrete code_confidentiel mdpasse
es G ci? carnet_identidad  imss? nro_identificacion numero_identificacion num_identificacion no_identificacion
   identificacion? identificacion_fiscal documento_identidad nro_documento numero_documento num_documento documento?
   num_doc nro_doc numdoc nrodoc numero_doc ced? ident_fiscal rtn? numero_identidad num_identidad codigo_fiscal cuspp
   cod_identificacion ife_number ine_number clave_elector clave_unica folio_ine ife? ci_paciente doc_identidad nuip
   nro_ci num_ci cedpac? docidentidad
es K licencia_conduccion licencia? matricula_profesional nro_matricula_profesional carnet_conducir colegiado?
   num_colegiado numero_colegiado nro_colegiatura cedula_profesional tarjeta_profesional registro_medico cmp_medico
   libreta_militar tarjeta_residencia licencia_medica
es L patente? numero_chasis num_chasis nro_chasis nro_motor numero_motor num_motor numero_serie_vehiculo
   dominio_vehiculo
es J cuenta_banco cta_bancaria cci? tarjeta_credito tarjeta_debito cuenta_ahorros cuenta_corriente codigo_seguridad?
   cvc_tarjeta cuenta_interbancaria numero_cta nro_cta num_cta ccc?
es I numero_seguro nro_seguro? num_seguro? tarjeta_sanitaria num_tarjeta_sanitaria cip? cuss? carnet_afiliado? nuss
   nuhsa numero_iess sis_numero
es Q fotografia imagen_perfil ruta_foto imagen?
es P huella? huella_digital huella_dactilar huellas? firma_digital? plantilla_facial
es - contrasenna contra? clave? clave_usuario pass_usuario token_recuperacion respuesta_secreta codigo_verificacion
   codigo_recuperacion pin_seguridad clave_secreta passw
pt G nr_rg nu_rg num_rg numero_rg rg_numero nu_nis carteira_trabalho num_contribuinte numero_contribuinte
   carteira_identidade documento_identidade nr_documento nu_documento num_identidade inscricao_estadual?
   insc_estadual? inscricao_municipal? titulo_eleitor titulo_eleitoral nr_titulo_eleitor bi? numero_bi num_bi
   bilhete_identidade cartao_cidadao numero_cc nr_identidade numero_identificacao nu_inscricao?
pt I registro_sus numero_sus cadastro_sus
pt K crc? crp? crn? cref? crefito crfa crbm crmv? cau? registro_crm registro_crc registro_crp registro_crn registro_cro
   registro_crea registro_coren registro_cref registro_conselho
pt K passaporte cnh? nu_cnh carta_conducao habilitacao? registro_cnh rne? rnm? crm? crm_medico coren? crea? oab?
   certidao_nascimento nr_certidao certidao_casamento numero_certidao reservista certificado_reservista
   numero_reservista registro_profissional? cro? crp? numero_conselho? carta_conducao_numero num_certidao
pt L placa_veiculo renavam chassi? numero_chassi nr_chassi matricula_veiculo placa_carro nu_placa
pt J agencia? numero_agencia? nr_agencia? cartao_credito dados_bancarios conta_poupanca codigo_seguranca? nib? pix?
pt I nr_cns nu_cns num_cns numero_utente num_utente nr_utente sns? cartao_saude cns_paciente numero_sns
pt Q imagem_perfil imagem? caminho_foto
pt P biometria? digital_polegar impressao_digital
pt - palavra_passe palavrapasse codigo_acesso? chave_acesso? codigo_verificacao chave_api
it G codfisc cod_fisc codfiscale partitaiva p_iva piva? numero_inps codice_sdi? documento_identita matricola_inps
it K passaporto patente? patente_guida permesso_soggiorno numero_permesso iscrizione_albo? num_iscrizione_albo
   documento?
it L targa_auto targa_veicolo numero_telaio num_telaio telaio?
it J conto_corrente carta_credito numero_carta num_carta coordinate_bancarie abi? cab? cin_bancario
it I tessera_sanitaria codice_sanitario codice_assistito
it Q foto_profilo immagine_profilo immagine?
it - pwd_utente codice_segreto
nl G sofinummer sofi_nummer kvk_nummer? kvknummer? kvk_nr? fiscaal_nummer
nl K paspoort paspoortnummer paspoortnr rijbewijs identiteitskaart identiteitsnummer idkaart idkaartnummer
   identiteitsbewijs agb_code agbcode agb? big_nummer bignummer vreemdelingennummer
nl L kentekenplaat nummerplaat
nl J pasnummer? rek_nr bankgegevens
nl I zorgverzekeringsnummer zorgpas zorgnummer
nl Q pasfoto profielfoto
nl - ww? toegangscode geheim? pincode_kaart
sv G persnr? pnr? organisationsnummer? orgnr? persorgnr reservnummer pers_nr?
sv K korkort korkortsnummer legitimation? id_kort idkort
sv L registreringsnummer? regnr? chassinummer
sv J clearingnummer clearingnr bankgiro plusgiro kortnummer
sv - losen? hemlighet?
no G d_nummer dnr? organisasjonsnummer? h_nummer
no K forerkort forerkortnummer hpr_nummer hprnr
no L skiltnummer skiltnr kjennetegn? bilnummer bilnr registreringsnr kjoretoynummer kjoretoynr understellsnummer
da G cprnummer cvr? cvrnr? cvr_nr? cvr_nummer? se_nummer
da K pasnummer pas_nr koerekort koerekortnummer korekort korekortnummer autorisations_id
da L nummerplade stelnummer
da J registreringsnr?
da I sygesikringsnummer sygesikring_nr sygesikringsnr
da - kodeord
fi G sotu? y_tunnus? ytunnus? veronumero sosiaaliturvatunnus henkilokoodi
fi K passinumero ajokortti ajokorttinumero henkilokortti sv_numero
fi L rekisterinumero? rekisteritunnus alustanumero rekkari
fi J tilinumero pankkitili luottokortti korttinumero pankkitilinumero
fi I kela_numero kela_kortti
fi - tunnusluku
pl G krs?
pl K nr_paszportu numer_paszportu paszport prawo_jazdy nr_prawa_jazdy numer_prawa_jazdy pwz nr_pwz numer_pwz dowod?
   karta_pobytu
pl L rejestracja? tablica_rejestracyjna nr_rej numer_rej
pl J konto_bankowe nr_rachunku numer_rachunku rachunek_bankowy nr_karty numer_karty karta_kredytowa
   numer_karty_kredytowej rachunek?
pl I nr_ubezpieczenia numer_ubezpieczenia nr_ekuz karta_ekuz
pl Q zdjecie? zdjecie_profilowe
pl - kod_pin sekret?
cs G rc? rod_cislo dic? ico? cislo_pojistence cislo_pojistenca ic_dph
cs K cislo_obcanskeho_prukazu obcansky_prukaz cislo_pasu cestovni_pas cislo_ridicskeho_prukazu
   ridicsky_prukaz cislo_dokladu? obciansky_preukaz cislo_obcianskeho_preukazu vodicsky_preukaz cop?
cs L statni_poznavaci_znacka registracni_znacka rz? ecv? cislo_podvozku
cs J ucet? bankovni_ucet cislo_karty cislo_bankovniho_uctu kod_banky? bankovy_ucet platebni_karta
cs I cislo_pojistky? rodne_cislo_pojistence
hu G taj? tajszam adoazonosito adoazonosito_jel adoazon szemelyi_szam szemelyi_azonosito szemelyi? tajszama
hu K szemelyi_igazolvany szemelyi_igazolvany_szam igazolvany_szam igazolvanyszam szemelyi_szama utlevel utlevelszam
   jogositvany jogositvany_szam vezetoi_engedely lakcimkartya
hu L alvazszam
hu J szamlaszam kartyaszam bankkartya szamla_szam bankkartya_szam
hu - jelszava titkos_kod
ro G cod_numeric_personal cod_fiscal cod_unic cnp_angajat cod_numeric
ro K serie_buletin serie_ci numar_ci serie_numar_ci carte_identitate buletin? serie_act nr_act? pasaport
   numar_pasaport permis_conducere nr_buletin serie_nr_ci act_identitate seria_ci parafa cod_parafa
ro L numar_inmatriculare nr_inmatriculare inmatriculare serie_sasiu nr_auto numar_masina
ro J cont_bancar numar_card numar_cont nr_cont
hr G mbo? mbs? broj_osobne_iskaznice jmb? pib? maticni_broj? osobni_identifikacijski_broj davcna_stevilka davcna
   maticni_broj_osiguranika broj_osiguranika broj_zdravstvene mbo_broj umcn davcnastevilka
hr K osobna_iskaznica broj_osobne broj_osobne_karte licna_karta broj_licne_karte brlk? broj_pasosa pasos? putovnica
   broj_putovnice vozacka_dozvola broj_vozacke broj_vozacke_dozvole osebna_izkaznica potni_list broj_dokumenta?
hr L registracija? registarska_oznaka broj_sasije registarski_broj tablice? registrske_tablice
hr J broj_racuna ziro_racun tekuci_racun racun_banke broj_kartice tekuciracun zirorracun ziroracun trr?
hr I broj_zdravstvene_knjizice lbo? zdravstvena_kartica kzz? zdravstvena_iskaznica brknjizice
hr - sifra_korisnika? zaporka
bg G lnch? bulstat? eik?
bg K lichna_karta nomer_lichna_karta shofyorska_knizhka
bg L registracionen_nomer?
ru G inn_klienta kpp? identifikatsionnyi_nomer
ru K pasport_seriya seriya_pasporta nomer_pasporta seriya_nomer pasport_nomer seria_pasporta pasportnye_dannye
   voditelskoe_udostoverenie passport_issued? propusk? pasport_vidan? nomer_prav
ru L gosnomer gos_nomer nomer_avto nomer_mashiny gos_number
ru J raschetnyi_schet nomer_karty nomer_scheta bik? korr_schet bank_schet rs? lits_schet raschet_schet
ru I polis? oms? nomer_polisa polis_oms oms_number enp? polis_number oms_polis dms_polis
ru - parol parol_hash
el G ar_taftotitas arithmos_taftotitas adt? ama? am_ika arithmos_mitroou?
el K diavatirio arithmos_diavatiriou diploma_odigisis
el L pinakida arithmos_kykloforias pinakida_kykloforias
el J logariasmos arithmos_logariasmou
el - kodikos_prosvasis kwdikos? synthimatiko
tr G tcno tckimlik tckimlikno sgk_no sgkno ssk_no ssk_sicil_no bagkur_no tckimliknumarasi mersis mersis_no
   sgk_sicil_no
tr K ehliyet ehliyet_no ehliyetno nufus_cuzdan_no cuzdan_seri_no cuzdan_no diploma_no? diploma_tescil_no
   surucu_belgesi surucu_belge_no kimlik_seri_no
tr L plaka? plaka_no arac_plaka plakano arac_plakasi sasi_no saseno sasi_numarasi motor_no ruhsat_no
tr J kart_no kartno kredi_karti kredi_kart_no kart_numarasi banka_hesap kredikarti guvenlik_kodu
tr Q resim? profil_resmi profil_foto fotografi
tr - sifresi gizli_cevap dogrulama_kodu guvenlik_cevap sfr?
id G noktp nokk noidentitas? kartu_tanda_penduduk niknpwp
id K no_sertifikat nomor_sertifikat sertifikat_number
id K sim? no_sim nomor_sim no_str? str_dokter no_sip sip_dokter no_akta_lahir akta_kelahiran no_akta_kelahiran
   no_ijazah no_seri_ijazah kitas no_kitas
id L plat? plat_nomor nopol no_rangka nomor_rangka no_mesin nomor_mesin no_stnk plat_no no_kendaraan nomor_kendaraan
   no_bpkb
id J rek_bank no_rek_bank no_rek_bpd no_rek_bri no_rek_bca no_rek_bni no_rek_mandiri nomor_rek
id J rekening? no_kartu_kredit nomor_kartu_kredit rekening_bank
id I no_kis no_askes no_jamkesmas no_kpj no_jamsostek no_kartu_indonesia_sehat
id Q foto_ktp foto_kk pas_foto gambar? foto_diri swafoto
id P sidik_jari
id - sandi? kode_otp pass_user
ms G no_kp no_ic nokp kad_pengenalan no_kad_pengenalan ic? kp? no_epf
ms K lesen_memandu no_lesen
ms L no_pendaftaran_kenderaan no_kenderaan
ms J no_akaun akaun_bank no_akaun_bank
ms - kata_laluan katalaluan
vi G socmnd socccd cmt? so_cmt ma_so_thue masothue mst? can_cuoc so_can_cuoc chung_minh_nhan_dan chung_minh_thu
   so_bhxh bhxh? sobhxh ma_bhxh so_so_bhxh cmtnd
vi K ho_chieu hochieu so_ho_chieu giay_phep_lai_xe gplx so_gplx bang_lai? bang_lai_xe banglaixe
vi L bien_so bienso bien_so_xe biensoxe bien_kiem_soat so_khung so_may bks?
vi J so_tai_khoan sotaikhoan stk so_tk tai_khoan_ngan_hang taikhoannganhang so_the?
vi I ma_bao_hiem so_bao_hiem mabaohiem sobaohiem
vi I so_bhyt ma_bhyt so_the_bhyt bao_hiem_y_te mathebhyt thebhyt sobhyt ma_the_bhyt
vi Q anh_dai_dien? anhdaidien? hinh_anh? hinhanh? anh_chan_dung hinh_the anh_the
vi - mk? mat_ma
tl G philhealth_no crn_number psn_number phic_no phic_number
sw G namba_ya_nida namba_ya_kitambulisho kitambulisho? nhif_namba
sw - neno_la_siri
zh G shenfenzheng shenfenzhenghao sfzh sfz sfzhm zjhm zjh? sfzjh shenfenzhenghaoma yhsfzh gmsfhm shbzh? sbkh?
   shebaohao nsrsbh zjhaoma zhengjianhao zhengjianhaoma
zh K huzhao huzhaohao jiashizheng
zh L chepai chepaihao cph? cphm chejiahao
zh J yinhangka yinhangkahao yhkh yhkahao yhzh kahao? yinhangzhanghao
zh I yibaohao yibaokahao ybkh ybh?
zh Q zhaopian? touxiang?
zh - mima mm? yonghumima yhmm
ja G mai_nanba kojin_bango kojinbango juminhyo
ja K ryoken menkyosho unten_menkyo ryoken_bango zairyu_card
ja J koza_bango kouza_bangou kozabango
ja I hokensho hokensho_bango hihokensha_bango hokensha_bango? hihokenshabango
ja - pasuwado anshobango
ko G juminbeonho
ko J gyejwa gyejwabeonho
ko - bimilbeonho userpw memberpw m_pw
et K passi_number id_kaart juhiluba
et - parool salasona
lv G perskods pers_kods
lv K pase? pases_numurs
lt G asm_kodas sodros_numeris
lt K paso_numeris asmens_tapatybes_korteles
lt - slaptazodis
sq G numri_personal nid_shqiptar nipt? numri_identitetit
sq - fjalekalimi
ca - contrasenya
eu - pasahitza
is - lykilord
af G id_nommer identiteitsnommer
af - wagwoord
ne G nagrita_number nagarikta_no nagarikta nagrikta_number citizenship_certificate_no
hi K epic_id voters_id voters_card
hi G uidai pan_card pan_card_no pancard pancardno pan_number uid_number samagra_id samagra? bhamashah epic_no
   epic_number voter_id_card ration_card
us G ptin atin
us M machine_id? ad_id?
it - codice_accesso
es - codigo_acceso clave_acceso
fr - code_acces
de - zugangscode zugangskode
id - kode_akses
pl - kod_dostepu
us L tail_number? rego?
al G nuis?
at G vnr?
az G voen? voen_number fin_code
be G bis_number bis_nummer
bg G pnf? lichen_nomer lichny_nomer
by G unp? lichny_nomer
cl G resident_identity
cn G ric?
cy G arc_number arc_no? arimt?
do G rnc? rnc_number
ee G kmkr?
fr G spi? insee?
gn G nifp?
id G no_kk_ktp kk_no?
in G vid_number aadhaar_vid
md G idnp? idno?
mk G edb? embg?
lt G pvm_number? pvn_number?
pa G ncf?
ph G psn? pcn? psn_id philsys_pcn
sk G dph_number? ic_dph?
sn G ninea?
bf G cnib? ifu?
cm G niu?
tw G ubn? arc_number
af G tazkira e_tazkira tazkira_number tazkera
zw G zimra_bp
tz G nida? nida_number namba_nida
ug G lin?
mn G rd?
us K uscis? i_94 oci_card pio_card npdb? hazmat_license
fr K finess?
es K matricula_medica tarjeta_profesional
us I champva? medi_cal?
ca I ohip? ahcip?
de I egk? gesundheitskarte
gb I ehic? ghic?
co I sisben?
ke I shif?
nl I uzovi?
tr I sosyal_guvenlik sosyal_guvenlik_no
in I abha? pmjay? ayushman_card cghs? echs? echs_card cghs_card
us J cashapp? cash_tag cashtag venmo_handle
pl J nrb?
ir J shomare_kart kart_no?
us K npdb? rn_license ead_card i94_number i94_no selective_service_number tsa_number known_traveler_number ktn?
   redress_number
ca G care_card_number
ca I ahcip? mcp_number msi_number health_no? carecard
gb G chi? h_c_number
gb K gmc_number gmc? nmc? dvla_number driver_number? share_code
ie G pps? ppsno
au G acn? ihi_no ihi_number crn? centrelink_crn medicare_irn? usi? usi_number centrelink_number hpii hpio
au I dva_card dva_file_number
nz G ird? nhi?
za G id_number_rsa said? id_book
in J gpay phonepe paytm gpay_number paytm_number phonepe_number
in G pran pran_no udid_number shram_id abha_no tan_number? msme_number? udyam_number?
pk G nicno ntn? ntn_number strn? b_form b_form_no bform nadra_number
lk G etf_no
bd G nidno birth_reg_no birth_registration_no birth_registration_number bin_number? etin brn? birth_reg_number
ng G rsa_pin rsa_pin_number nhf_number pencom_number
ng K frsc_number
ke G kra_number krapin
ke I shif_number sha_number shif_no
gh G snnit gh_card
rw G rwandan_id nid_rwanda
et G kebele_id fayda fayda_id fan_number?
eg G raqam_qawmi raqam_qaumi
ma G cnie? numero_cnie cnie_number num_cnie
dz G num_chifa numero_chifa
ae G eid? eid_number eid_no labour_card_number labor_card_no
sa G absher muqeem_number
qa G qatar_id qatar_id_number
il G mispar_zehut tz? tz_number zehut
ir G kodemelli melli_code kode_melli shenasname shenasnameh shomare_shenasname
ir J shaba sheba shaba_number sheba_number shomare_kart shomare_hesab kart_number?
jo G raqam_watani
sg G uen?
tw G tw_id
th G cid? id_card_th idcard13 card_id13 cardid?
ph G bir_number bir_id bir_no prc_number prc_license prc_license_no prc_no prc_id
kz G iin? iin_bin iin_number bin_iin
uz G pinfl jshshir
am G soccard psn_armenia
mn G register_no? registr_number rd_number
ge G piradi_nomeri personal_no? personal_number?
ua G edr_number itn?
ar G clave_fiscal
cl G run_paciente rut_dv
co G cc_number_co tarjeta_identidad
pe G carnet_extranjeria nro_ce
mx G num_ine clave_ine
lv G nodokla_number nodoklu_id nodoklu_number nodoklu_maksataja nodoklu_identifikacijas identifikacijas_number
   pvn_number pvn_registracijas
lv K pase_number autovaditaja_aplieciba autovaditaja_apliecibas personas_aplieciba personas_apliecibas
mt G taxxa_number id_taxxa identifikazzjoni
mt K passaport licenzja_sewqan licenzja_number karta_identita
lu G matricule_luxembourg cns_matricule steier_number steier_id steier_identifikatiounsnummer
de K fahrerlaubnis fuehrerausweis fuhrerausweis auslaenderausweis aufenthaltsbewilligung
de I versichertenkarte
da G centrale_personregister skat_id skat_kode skattenummer identifikationsnummer
da I sundhedskort sygesikringskort rejsesygesikringskort sundhedsforsikringskort
fi G tunnistenumero verotunnus verotunniste personbeteckning socialskyddssignum henkilokohtainen_tunnus
fi I sairausvakuutuskortti
fi K ajokortin_numero henkilokortin_numero passin_numero
el G forologikou_mitroou forologiko_mitroo mitroou_koinonikis koinonikis_asfalisis
el K tautotita taftotita tautotitas taftotitas adeia_odigisis adeias_odigisis
it G codice_fisc codice_iss codice_operatore_economico
ro G cod_tva personal_unic number_unic identificare_personal cod_identificare
ro K serie_permis pasaportului
ro I cid_asigurat
cs G identifikacni_cislo identifikacne_cislo danove_cislo socialniho_pojisteni cislo_pojisteni cislo_osoby
cs K cestovniho_pasu cestovneho_pasu vodicskeho_preukazu ridicskeho_prukazu cestovny_pas cislo_op
pl G identyfikacji_podatkowej ubezpieczenia_spolecznego numer_nip nip_klienta
pl K dowod_tozsamosci dowodu_tozsamosci dowodu_osobistego
es I cip_autonomico
es J ccc_number
is G kennitolu vsk_number virdisaukaskattsnumer
is K vegabref vegabrefs vegabrefsnumer okuskirteini okuskirteinisnumer
pt G nit_trabalhador
hk G hkidc
tw I jianbaoka jianbao_kahao
in I pmjay_id
vi G dinh_danh
he J mispar_heshbon heshbon_bank
he K mispar_darkon rishyon_nehiga
ar G alhawiya hawiya_number qawmi_number alqawmi_number watani_number alwatani_number raqam_iqama aliqama
fa G shomare_melli
ua G kod_ipn identyfikatsiinyi_kod identyfikatsiinyi_nomer rntrc
ua K pasport_hromadyanyna unzr id_kartka
uz G stir_raqami
az G fin_kod vergi_nomresi sv_seriya
ad G nrt_number registre_tributari
li G peid
fo G p_tal v_tal vinnutal
mn G registriin_dugaar regdugaar
hn G dni_hondureno
ph G umid?
de G versicherungs_nr bpk? bereichspezifisches_personenkennzeichen personenkennzeichen zmr_zahl
bg G grazhdanski_nomer bucn chuzhdenec nacionalen_nomer idnomer_dds dds_nomer eik_nomer
bg G natsionalen_number lichnyi_number lichen_number
bg K shoforska_knizhka
el K taytotita diavatiriou
ru K voditelskogo_udostovereniya voditelskoe_udostoverenie voditelskoi_prava
ru J bankovskoi_karty bankovskoy_karty bankovskaya_karta
uk K pasportu_number posvidchennya_vodiya
sr K lichne_karte lichna_karta pasosha pasosh vozachka_dozvola
bg K pasporta_number sumps svidetelstvo_upravlenie
hr G porezni_broj osobni_id maticni_gradana nacionalni_broj osobni_identifikacijski porezni_identifikacijski
et G maksunumber maksukohustuslase_number maksu_id
et K id_kaardi_number juhiloa_number dokumendi_number
fr G code_secu
hu G tarsadalombiztositasi_azonosito afa_szam
hu K szemelyazonosito_igazolvany szemigszam szig_szam
ga G phearsanta_number aitheantais_phearsanta seirbhise_poibli uimh_psp rsi_number
ga K ceadunas_tiomana psc_number
lt G skaitmeninis_kodas mokesciu_number mokesciu_moketojo pvm_kodas pvm_moketojo mokesciu_identifikavimo
   socialinio_draudimo
lt K paso_number vairuotojo_pazymejimas vairuotojo_pazymejimo tapatybes_kortele tapatybes_korteles
pt K documento_identificacao
pt I cartao_utente
sl G drzavljana_number maticna_stevilka identifikacijska_stevilka davka zzzs_stevilka osebna_stevilka
sl K osebne_izkaznice voznisko_dovoljenje vozniskega_dovoljenja potnega_lista potni_list
sv K svenskt_pass
no G dnummer
ca I phin
es J bancaria_uniforme
es K libreta_enrolamiento libreta_civica permiso_proteccion registro_civil? credencial_elector credencial_ine
   ocr_ine credencial_civica
es G rol_unico dimex nite? unico_identidad federal_contribuyentes homoclave
es J cuenta_interbancario cuenta_interbancaria
zh G shenfen_haoma baozhang_haoma shehui_baozhang
ja G hoken_bango nenkin_bango
ja J ginko_koza
ko G deungnok_beonho oegugin_deungnok saeopja_deungnok
ko K yeogwon_beonho myeonheo_beonho
ko J kadeu_beonho
pk G nadra_id
id G induk_kependudukan
ms G mykid mypr mytentera
ms K pasport_number
th G bat_prachachon lek_prajamtua lek_prachachon prachachon
th K laser_id? laser_code?
ar G bitaqa_wataniya
rw G indangamuntu
zm G tpin
mu G nic_mauritius
ru G inn_nomer strahovoy_nomer nomer_nalogoplatelshchika
ru K voditelskie_prava voditelskih_prav zagranpasport vnutrenniy_pasport
kz G zhsn nomiri_zheke zheke_sauetendiru
am G hvhh tsarayutyunneri
md G idnp_persoana cod_personal
al G numri_identifikimit
es K licencia? licencia_conductor licencia_chofer
tl K valid_id?
en L registration_certificate? rc_book vehicle_rc rc_number?
en K right_to_work_document right_to_rent_document visa_permit visa_copy visa_scan visa_document visa_page
en K birth_certificate? death_certificate? marriage_certificate? labour_card? labor_card? alien_card asylum_card
   refugee_card student_visa kyc_document? kyc_doc? nin_slip?
en I insurance_card? health_card?
es K acta_nacimiento acta_matrimonio acta_defuncion ine?
fr K livret_famille acte_naissance acte_mariage acte_deces extrait_naissance
tr K nufus_cuzdani nufus_cuzdan
pt K crlv?
id G kk?
cs G rod_cis
hu Q profilkep arckep igazolvanykep
rs G poreski_broj jib_broj pib_broj
"""


def _lines(text: str) -> list[str]:
    """The lines of a table, each with those that go on with it."""
    return text.strip().replace("\n ", " ").splitlines()


def _by_class(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The phrases of each class that count anywhere, and those that count in a table of persons only."""
    plain: dict[str, str] = {}
    in_table: dict[str, str] = {}
    for line in _lines(_DIGITS.sub("_", text)):
        _, letter, *words = line.split()
        for phrases, some in (
            (plain, [word for word in words if not word.endswith("?")]),
            (in_table, [word[:-1] for word in words if word.endswith("?")]),
        ):
            phrases[letter] = " ".join([phrases.get(letter, ""), *some])
    return plain, in_table


LANGUAGES = tuple(dict.fromkeys(line.split()[0] for line in _lines(_SAFE_FORMS)))
MANAGED, MANAGED_IN_TABLE = _by_class(_SAFE_FORMS)
REFUSED, REFUSED_IN_TABLE = _by_class(_REFUSED)
