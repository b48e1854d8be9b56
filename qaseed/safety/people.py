"""Words for people in many languages: members of a family, and people by what they do.

A `name` after such a word is a person's, and a table called for one is of persons. Left out is what in software or
trade is as often a thing or a company: `handler`, `provider`, `host`, `contractor`.
"""

from __future__ import annotations

_FAMILY = frozenset(
    """kyc persona conductor chofer praticien praticienne soignant peminjam
    papa mama abuelo abuela hijo hija hermano hermana esposo esposa conyuge conyugue pareja familiar garante fiador
    pai mae avo filho filha irmao irma conjuge maman frere soeur garant figlio figlia coniuge tutore genitore
    vormund buerge bapak bapa anak istri suami pasangan saudara ortu cocuk kardes kefil ouder voogd ojca matki malzonka
    opiekuna dziecka coapplicant cosigner""".split()
)
"""Members of a family, and who answers for somebody."""

_BY_WHAT_THEY_DO = frozenset(
    """executive director president chairman secretary treasurer accountant auditor inspector broker pilot
        captain crew radiologist technician dietitian psychologist psychiatrist paramedic coroner pathologist
        examiner assessor underwriter adjuster surveyor engineer architect foreman dispatcher courier salesman
        salesperson cashier clerk receptionist assistant intern apprentice graduate alumni alumnus faculty professor
        lecturer dean headmaster librarian referee player athlete musician artist translator journalist photographer
        follower fiance bride groom widow cousin nephew niece grandson granddaughter elder leader boss mentor mentee
        councillor mayor senator minister governor prosecutor juror probation convict felon complainant petitioner
        accused deponent notary grantor grantee mortgagor occupant lodger attendee speaker presenter donee sponsor
        shopper consignor consignee shipper addressee interpreter babysitter nanny farmer sailor cadet recruit
        arzt hausarzt arztin lehrer medecin epoux epouse medico medica lekarza arts huisarts moeder vader ehepartner
        notfallkontakt titulaire titolare elev kunde pasient intestatario
        adherent adherant adh ogrenci ogretmen uye murid santri socio socia inquilino locataire mieter huurder
        breeder payee dr doctor specialist dermatologist cardiologist
        szemely szemelyek felhasznalo felhasznalok ugyfel ugyfelek dolgozo dolgozok tanulo tanulok beteg betegek vasarlo
        angajat angajati pacienti asistenti medici utilizator utilizatori
        ansatt ansatte kunder pasienter bruker brukere medarbejder medarbejdere patienter medlem medlemmer
        anstalld anstallda kund elever elev larare
        korisnik korisnici radnik radnici djelatnik djelatnici kupac kupci pacijent pacijenti ucenik ucenici zaposleni
        pracownicy pracownika klienci klient pacjenci osoby uczen uczniowie
        zakaznik zakaznici zamestnanec zamestnanci pacienti osoby zak zaci vlastnik
        hastalar musteriler calisan calisanlar kullanici kullanicilar kisi kisiler ogrenciler personeller
        benhnhan nhanvien khachhang sinhvien hocsinh nguoidung giaovien thanhvien bacsi
        pasien peserta mahasiswa anggota pengguna penduduk warga jemaat nasabah
        pacientes empleados trabajadores usuarios alumnos estudiantes clientes personas profesores funcionarios usuarios
        pessoas alunos professores colaboradores colaborador utilizadores utentes utente motoristas
        dipendenti pazienti clienti studenti utenti utente soci persone anagrafica
        salaries employes patients eleves etudiants etudiant clients adherents utilisateurs utilisateur personnes
        personne kunden mitarbeitern patienten schuelern nutzer benutzer mitglied mitglieder personen person studenten
        medewerker medewerkers werknemer werknemers klanten klant patienten leerling leerlingen leden lid gebruiker
        asiakas asiakkaat henkilo henkilot tyontekija potilas opiskelija
        sotrudnik sotrudniki klienty pacient pacienty studenty polzovatel polzovateli
        criminal criminals inmates voters citizens donors tenants guests passengers borrowers applicants beneficiaries
        acudiente apoderado encargado chief occupant receptor
        chauffeur conducteur livreur passager voyageur proprietaire bailleur referente referent fahrer beifahrer
        vermieter eigentuemer halter zeuge autista conducente proprietario affittuario passeggero conductor propietario
        arrendatario arrendador testigo remitente destinatario pasajero huesped motorista passageiro hospede locatario
        testemunha remetente kierowca pasazer surucu yolcu kiraci bestuurder eigenaar passagier huurder
        voditel passazhir vladelets pelapor saksi lurah camat pejabat petugas sopir supir kurir pengirim penerima
        pemohon scholar mechanic hoh signataire firmante assinante""".split()
)
"""Words for people by what they do."""

_BY_LANGUAGE = {
    "English": """investigator caretaker firefighter rescuer medic hospitalist internist psychotherapist counsellor
        optometrist optician podiatrist chiropractor audiologist phlebotomist sonographer radiographer anaesthetist
        anesthesiologist obstetrician gynecologist gynaecologist pediatrician paediatrician neurologist urologist
        oncologist orthodontist hygienist nutritionist dietician ophthalmologist endocrinologist nephrologist
        pulmonologist rheumatologist geriatrician homeopath acupuncturist masseur masseuse embalmer mortician
        undertaker neonate infant baby toddler child schoolchild orphan stepchild stepson stepdaughter stepfather
        stepmother godfather godmother godparent widower fiancee adopter fosterer barrister solicitor paralegal
        magistrate bailiff arbitrator mediator litigant appellee adjudicator ombudsman probationer parolee arrestee
        perpetrator culprit accomplice bystander eyewitness assailant hostage robber thief policeman policewoman
        constable sergeant detective sheriff lieutenant colonel serviceman landlady homeowner renter sublessee
        subtenant roommate flatmate boarder obligor obligee mortgagee trustor settlor testator legatee devisee
        conservator coinsured cobuyer coowner codebtor comaker remitter depositor accountholder cardmember bidder
        auctioneer pledgor alumna schoolboy schoolgirl freshman headteacher educator invigilator proctor researcher
        scientist economist statistician historian curator archivist hairdresser beautician stylist tailor carpenter
        plumber electrician welder bricklayer gardener janitor housekeeper butler waiter waitress bartender barista
        butcher fisherman trucker cyclist jockey wrestler boxer swimmer singer actress poet novelist columnist blogger
        priest pastor bishop imam rabbi nun deacon chaplain parishioner congregant bachelor spinster groomsman
        officiant chairperson chairwoman shareholder stockholder investor cofounder freelancer consultant advisor
        adviser saleswoman telemarketer canvasser recruiter interviewer interviewee jobseeker elector politician
        congressman congresswoman ambassador diplomat benefactor philanthropist fundraiser veterinarian beekeeper
        angler pilgrim skipper steward stewardess purser postman enumerator villager householder panelist immigrant
        emigrant expatriate evacuee""",
    "Spanish": """abogado abogada juez jueza notario contadora maestro maestra profesora psicologo psicologa enfermero
        enfermera dentista odontologo odontologa cirujano cirujana pediatra ginecologo terapeuta psiquiatra
        farmaceutico veterinario veterinaria vendedor vendedora comprador compradora repartidor mensajero cajero
        cajera gerente jefe jefa supervisora ingeniero arquitecto obrero albanil jugador jugadora entrenador
        entrenadora arbitro afiliado afiliada asegurado asegurada beneficiarios postulante aspirante candidato
        candidata egresado egresada tutor tutora acompanante difunto fallecido fallecida demandante demandado
        demandada denunciante acusado imputado victima testigos detenido recluso votante ciudadano ciudadana
        donante voluntario voluntaria vecino vecina dueno duena inquilina deudor deudora acreedor avalista codeudor
        madrina padrino novio novia bautizado sacerdote recepcionista visitante pasajeros doctora medicos doctores
        abogados vendedores choferes huespedes invitado invitada""",
    "Portuguese": """advogado advogada juiz juiza promotor tabeliao professora enfermeiro enfermeira cirurgiao
        entregador carteiro caixeiro chefe engenheiro arquiteto operario pedreiro jogador treinador associado segurado
        segurada formando orientador orientadora acompanhante falecido reu vitima preso detento eleitor cidadao doador
        vizinho dono dona devedor credor madrinha padrinho noivo noiva cuidador cuidadora doutor doutora advogados
        socios moradores morador moradora condomino sindico""",
    "French": """avocat avocate juge procureur notaire comptable enseignant enseignante professeur professeurs
        psychologue infirmier infirmiere dentiste chirurgien pediatre gynecologue therapeute psychiatre pharmacien
        pharmacienne veterinaire vendeur vendeuse acheteur caissier caissiere gerant directeur directrice ingenieur
        architecte technicien ouvrier joueur joueuse entraineur arbitre assuree candidat candidate stagiaire apprenti
        apprentie etudiante parrain marraine accompagnant accompagnateur defunt defunte demandeur demanderesse
        defendeur plaignant accuse prevenu victime temoin detenu electeur citoyen donneur benevole voisin voisine
        proprietaires locataires debiteur creancier pretre visiteur collaborateur collaboratrice formateur formatrice
        monitrice gardien nourrice aidant medecins docteur postulant""",
    "Italian": """avvocato avvocata giudice notaio commercialista insegnante professore professoressa infermiere
        infermiera chirurgo psichiatra fisioterapista farmacista venditore venditrice acquirente fattorino postino
        cassiere direttore direttrice ingegnere architetto operaio giocatore giocatrice allenatore assicurato
        assicurata tirocinante apprendista studentessa alunno alunna accompagnatore defunto attore convenuto imputato
        vittima testimone detenuto elettore cittadino donatore volontario volontaria proprietari debitore creditore
        fidanzato sposa sposo visitatore impiegato impiegata impiegati amministratore amministratrice segretario
        segretaria badante educatore educatrice dottore dottoressa autisti iscritto iscritti tesserato tesserati""",
    "German": """anwalt anwaltin anwaeltin rechtsanwalt richter richterin notar steuerberater lehrerin dozent dozentin
        professorin psychologe psychologin psychiater therapeut therapeutin pfleger pflegerin pflegekraft
        krankenschwester zahnarzt chirurg kinderarzt frauenarzt apotheker tierarzt verkaeufer verkaufer kaeufer kaufer
        postbote kassierer leiter leiterin direktor chefin architekt techniker handwerker spieler spielerin trainerin
        schiedsrichter versicherte versicherter bewerber bewerberin praktikant azubi lehrling schuelerin schulerin
        studentin absolvent betreuer betreuerin begleiter verstorbener klaeger klager beklagter angeklagter opfer
        zeugen haeftling waehler buerger spender ehrenamtliche nachbar mieterin vermieterin schuldner
        glaeubiger pate patin braut brautigam pfarrer besucher angestellter arbeiter sachbearbeiter sachbearbeiterin
        berater beraterin ansprechpartnerin kundin patientin mitarbeiterin aerzte arzte benutzerin
        erziehungsberechtigter sorgeberechtigter""",
    "Dutch": """advocaat rechter notaris boekhouder leraar lerares docent docente psycholoog verpleegkundige verpleger
        tandarts kinderarts dierenarts verkoper koper bezorger postbode kassier monteur arbeider speler speelster
        scheidsrechter verzekerde sollicitant kandidaat stagiair leerlinge studente mantelzorger begeleider overledene
        eiser gedaagde verdachte slachtoffer getuige gedetineerde kiezer donateur vrijwilliger buurman buurvrouw
        verhuurder huurders schuldenaar schuldeiser bruid bruidegom dominee pastoor bezoeker behandelaar zorgverlener
        clienten deelnemer deelnemers inwoner bewoner bewoners kinderen echtgenoot echtgenote""",
    "Polish": """adwokat sedzia notariusz ksiegowy nauczyciel nauczycielka nauczyciele wykladowca psycholog psychiatra
        pielegniarka pielegniarz dentysta stomatolog ginekolog aptekarz weterynarz sprzedawca kupujacy listonosz
        kasjer kierownik dyrektor inzynier technik robotnik zawodnik zawodniczka trener trenerka ubezpieczony
        ubezpieczona kandydat kandydatka stazysta praktykant uczennica studentka opiekun opiekunka zmarly pozwany
        oskarzony pokrzywdzony swiadek osadzony wyborca obywatel darczynca wolontariusz sasiad najemca wynajmujacy
        dluznik wierzyciel proboszcz ksiadz gosc goscie lekarz lekarze pacjentka klientka pracownica uzytkownik
        uzytkownicy czytelnik czytelnicy mieszkaniec mieszkancy rodzic rodzice kierowcy czlonek czlonkowie autor
        wypozyczajacy""",
    "Turkish": """avukat hakim savci muhasebeci ogretmenler egitmen psikolog psikiyatrist terapist hemsire dishekimi
        doktor doktorlar cerrah eczaci veteriner satici alici kurye postaci kasiyer mudur yonetici yoneticiler
        muhendis mimar teknisyen isci oyuncu oyuncular antrenor hakem sigortali aday adaylar stajyer veli veliler
        refakatci vefat davaci davali sanik magdur tanik mahkum secmen vatandas vatandaslar bagisci gonullu komsu
        evsahibi borclu alacakli gelin damat ziyaretci sekreter hekim hekimler sporcu sporcular soforler uyeler
        calisanlari yetkili personel memur danisan""",
    "Indonesian and Malay": """pengacara jaksa akuntan guru dosen psikiater terapis perawat bidan dokter apoteker
        penjual pembeli kasir manajer direktur insinyur arsitek teknisi buruh pemain pelatih wasit tertanggung calon
        pelamar kandidat pendamping almarhum penggugat tergugat terdakwa korban narapidana pemilih donatur relawan
        tetangga penyewa penghuni debitur kreditur penjamin pengantin pendeta tamu pengunjung orangtua lansia balita
        bayi pekerja pelajar penjaga pesakit pelanggan kakitangan majikan pengurus""",
    "Vietnamese": """luatsu thamphan ketoan giaoviens giangvien hocvien benhnhans nguoimua nguoiban nguoithan nguoinha
        nhanvienbanhang taixe khachthue khachmoi docgia phuhuynh ungvien chunha yta duocsi canbo congdan nguoilaodong
        khach""",
    "Swedish, Norwegian, Danish": """advokat domare dommer revisor laerer laerere psykolog psykiater sjukskoterska
        sykepleier sygeplejerske tandlakare tannlege tandlaege lakare lege laege kirurg veterinar selger saljare
        saelger kjoper kopare kober postbud kassor leder arkitekt tekniker arbetare spelare spiller tranare forsikrede
        sokande soker ansoger larling laerling studerande studerende vardnadshavare anhorig parorende avdod avliden
        tilltalad vittne vitne vidne velger valjare borger medborgare giver givare frivillig nabo granne leietaker
        hyresgast lejer utleier brud brudgum prest prast besokare besoker medlemmar deltaker deltakere deltagare
        deltager foresatt foresatte innbygger""",
    "Czech and Slovak": """soudce sudca ucetni uctovnik ucitel ucitelia ucitele ucitelka psychiatr terapeut sestra
        zubar lekar lekari lekarnik prodavac predavac prodejce kupujici reditel riaditel inzenyr delnik hrac
        hraci rozhodci pojisteny poistenec uchazec uchadzac stazista zemrely zosnuly zalobce zalovany obvineny obet
        svedek svedok vezen volic obcan obcania darce dobrovolnik soused najemce najomca veritel nevesta zenich knez
        navstevnik uzivatel uzivatele pouzivatel pouzivatelia ctenar clen clenove rodic rodice ridic vodic pacientka""",
    "Hungarian": """ugyved biro kozjegyzo konyvelo tanar tanarok oktato pszichologus pszichiater apolo fogorvos orvos
        orvosok sebesz gyogyszeresz allatorvos elado vevo vevok futar postas penztaros vezeto igazgato mernok munkas
        jatekos jatekosok edzo biztositott jelentkezo palyazo gyakornok hallgato hallgatok gondviselo elhunyt felperes
        alperes vadlott aldozat tanu valaszto allampolgar adomanyozo onkentes szomszed berlo berbeado ados hitelezo
        menyasszony volegeny lelkesz latogato alkalmazott alkalmazottak tagok szulo szulok sofor""",
    "Romanian": """judecator contabil profesor profesori psiholog psihiatru asistenta dentist pediatru farmacist
        vanzator cumparator curier casier sef inginer arhitect tehnician muncitor jucator jucatori arbitru asigurat
        candidati stagiar elevi insotitor decedat reclamant inculpat martor detinut alegator cetatean cetateni donator
        voluntar vecin chirias chiriasi debitor mireasa preot vizitator locatar locatari sofer soferi membru membri
        parinte parinti doctori""",
    "Finnish and Estonian": """asianajaja tuomari kirjanpitaja opettaja opettajat psykologi psykiatri hoitaja
        sairaanhoitaja hammaslaakari laakari laakarit kirurgi myyja ostaja kuljettaja johtaja esimies insinoori
        pelaaja pelaajat valmentaja vakuutettu hakija harjoittelija oppilas oppilaat huoltaja vainaja kantaja vastaaja
        uhri todistaja vanki aanestaja kansalainen lahjoittaja vapaaehtoinen naapuri vuokralainen vuokranantaja
        velallinen pappi vieras kayttaja kayttajat jasen jasenet tyontekijat asukas arst opetaja opilane tootaja
        patsient kasutaja omanik""",
    "Serbian, Croatian, Slovenian": """odvjetnik odvetnik sudija sudac sodnik beleznik racunovodja nastavnik
        nastavnici ucitelj psihijatar ljekar lijecnik zdravnik hirurg farmaceut prodajalec kupec postar blagajnik
        inzenjer radnica igrac igraci igralec osiguranik zavarovanec pripravnik student staratelj skrbnik pokojnik
        tuzilac tuzeni osumnjiceni zrtva svjedok zatvorenik birac volivec gradjanin drzavljan volonter sused sosed
        stanar najemnik duznik mlada svestenik posetilac clanovi roditelj roditelji vozac vozaci vlasnik lastnik gost
        gosti uporabnik uporabniki zaposlenik""",
    "Russian and Ukrainian, in Latin letters": """sudya notarius bukhgalter buhgalter uchitel prepodavatel psikholog
        psikhiatr vrach vrachi medsestra khirurg aptekar prodavets pokupatel kurer pochtalon kassir rukovoditel
        inzhener rabochiy igrok zastrakhovanny stazher uchenik ucheniki opekun umershiy istets otvetchik obvinyaemyy
        poterpevshiy svidetel zaklyuchennyy izbiratel grazhdanin donor arendator zhilets dolzhnik svyashchennik
        posetitel chitatel chleny roditel roditeli likar vykladach""",
}
"""People by what they do and are, language by language: of words that languages share, the first has them."""

PEOPLE = _FAMILY | _BY_WHAT_THEY_DO | frozenset(" ".join(_BY_LANGUAGE.values()).split())
"""Words for people."""
