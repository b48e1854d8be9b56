"""How addresses are written: in the United States with a street or a box, and mostly with a ZIP code or a state; in
other countries with a postcode.
"""

from __future__ import annotations

from qaseed.safety.messages import places

STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Ter"
    r"|Circle|Cir|Parkway|Pkwy|Highway|Hwy|"
    r"Trail|Trl|Square|Sq|Loop|Alley)"
)
_DWELLING = "Apt|Unit|Suite|Ste|Lot|Trlr|Spc"
ADDRESS = (
    rf"[1-9][0-9]{{0,5}}(?: [NSEW]\.?)?(?: [A-Z0-9][A-Za-z0-9.']{{0,20}}){{1,4}}? {STREET}\.?"
    rf"(?: [NSEW]{{1,2}}\b)?,?(?:[ \n](?:{_DWELLING}|#)\.? ?[A-Za-z0-9-]{{1,6}},?)?"
    r"[ \n](?:[A-Z][A-Za-z.']{0,20}[ ,\n]{1,2}){1,5}[0-9]{5}(?:-[0-9]{4})?"
)
STATES = (
    "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or"
    "|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc|pr"
)
STATE_NAMES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois"
    "|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri"
    "|montana|nebraska|nevada|new (?:hampshire|jersey|mexico|york)|(?:north|south) (?:carolina|dakota)|ohio|oklahoma"
    "|oregon|pennsylvania|rhode island|tennessee|texas|utah|vermont|(?:west )?virginia|washington|wisconsin|wyoming"
)
_HOUSE = (
    r"(?:[1-9][0-9]{0,5}[A-Z]?(?:-[0-9]{1,4})?(?: [A-Z0-9][A-Z0-9.']{0,20}){1,5}"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?: [A-Z][A-Z.']{1,20}){1,4}"
    r"|(?:p\.? ?o\.? ?box|pob|pmb) [0-9]{1,6})"
)
_APARTMENT = r"(?:[ \n]?(?:apt|unit|suite|ste|fl|rm|#)\.? ?[A-Z0-9-]{1,6}[,\n^])?"
_TOWN = r"[ \n]?[A-Z][A-Z.']{0,20}(?: [A-Z][A-Z.']{0,20}){0,3}"
ZIPPED_ADDRESS = (
    rf"(?:{_HOUSE}(?:[,\n]|\^{{1,2}}|~\n?N4\*)|p\.? ?o\.? ?box [0-9]{{1,6}} "
    rf"|[1-9][0-9]{{0,5}}(?: [A-Z0-9.']{{1,20}}){{1,4}} {STREET}\.? in)"
    rf"{_APARTMENT}{_TOWN}[, ^*]{{1,2}}(?:{STATES}|{STATE_NAMES})[, ^*]{{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?"
)
NAMED_STATE_ADDRESS = (
    rf"[1-9][0-9]{{0,5}}[A-Z]?(?: [A-Z0-9][A-Z0-9.']{{0,20}}){{1,4}}? {STREET}\.?,{_APARTMENT}{_TOWN}, "
    rf"?(?:{STATE_NAMES})"
)

_RARER_STREET = (
    "Cove|Run|Row|Path|Point|Ridge|Crossing|Xing|Plaza|Park|Hill|Grove|Heights|Bend|Pike|Walk|Glen|Landing|Pass|View"
)
ENDING = rf"(?:{STREET}|{_RARER_STREET})"
STATE_ADDRESS = (
    rf"(?:[1-9][0-9]{{0,5}}[A-Z]?(?: [A-Z0-9][A-Za-z0-9.']{{0,20}}){{1,4}}? {ENDING}\.?"
    r"|P\.? ?O\.? ?Box [0-9]{1,6}),?"
    rf"(?: (?:{_DWELLING}|#)\.? ?[A-Za-z0-9-]{{1,6}},?)?"
    r"[ \n](?:[A-Z][A-Za-z.']{0,12} ){0,3}[A-Z][A-Za-z.']{0,12}, "
    rf"(?:{STATES.upper()}|{STATE_NAMES.title()})\b"
)
"""A street in a town and its state, without a ZIP code: `123 Main St, Dayton, OH`."""
_NAME = (
    r"(?: [NSEW]{1,2}\.?)? (?:(?:St|Mt|Ft|El|La|Le)\b\.?|[A-Z][a-z']{2,20}\.?|[0-9]{1,3}(?:st|nd|rd|th))"
    r"(?: (?:[A-Z][a-z']{1,20}\.?|[0-9]{1,3}(?:st|nd|rd|th))){0,2}"
)
STREET_ADDRESS = (
    rf"[1-9][0-9]{{2,5}}[A-Z]?{_NAME} (?:Street|Avenue|Road|Boulevard|Lane|Parkway)(?: [NSEW]{{1,2}}\b)?"
    rf"|[1-9][0-9]{{0,5}}[A-Z]?{_NAME} (?:{STREET}\.?,? (?:(?:Apartment|{_DWELLING})\.? ?|#)[A-Z0-9-]{{1,6}})"
    r"|[1-9][0-9]{1,5} (?:[NSEW]\.? )?(?:County|State) (?:Road|Rd|Route|Highway|Hwy)\.? [0-9]{1,4}"
    r"|[1-9][0-9]{0,5} (?:US|U\.S\.) (?:Highway|Hwy|Route)\.? [0-9]{1,4}"
    r"|(?:RR|R\.R\.|Rural Route|HC) [0-9]{1,3},? Box [0-9]{1,5}"
)
"""Addresses without a town, which count in the case that people write streets in."""
_COMMON_STREETS = (
    "First|Second|Third|Fourth|Fifth|Sixth|Seventh|Eighth|Ninth|Tenth|[1-9][0-9]{0,2}(?:st|nd|rd|th)|Main|Park|Oak|Pine"
    "|Maple|Cedar|Elm|View|Washington|Lake|Hill|Walnut|Spring|North|South|East|West|Ridge|Lincoln|Church|Willow|Mill"
    "|Sunset|Railroad|Jackson|Cherry|Center|Highland|Johnson|Forest|River|Green|Meadow|Jefferson|Chestnut|Franklin"
    "|Hickory|College|School|Smith|Wilson|Madison|Adams|Dogwood|Poplar|Birch|Locust|Valley|Magnolia|Sycamore|Grove"
    "|Hillcrest|Woodland|Broad|High|Spruce|Davis|Laurel|King|Grant|Monroe|Harrison|Liberty|Prospect|Pleasant|Summit"
    "|Vine|Water|Front|Market|Union|Central"
)
"""Names of streets that many towns of the United States have (assumed); our invented ones are not among them."""
_NAME_WORD = "(?:[A-Z][a-z']{2,20}|[0-9]{1,3}(?:st|nd|rd|th))"
_OTHER_STREET = "Drive|Court|Blvd|Pkwy|Terrace|Circle|Cir|Trail|Trl|Place|Pl|Ter"
HOUSE_ADDRESS = (
    rf"[1-9][0-9]{{1,5}}[A-Z]?(?:(?: [NSEW]{{1,2}}\.?| (?:St|Mt|Ft|El|La|Le)\.?)? (?:{_COMMON_STREETS})"
    rf"|(?: [NSEW]{{1,2}}\.?)? (?:(?:St|Mt|Ft|El|La|Le)\.?|{_NAME_WORD}) {_NAME_WORD}(?: {_NAME_WORD})?"
    rf"| [NSEW]{{1,2}}\.? [A-Z][a-z']{{2,20}}) (?:Ave|Ct|Dr|Ln|Rd|St|Way|{_OTHER_STREET})\b\.?(?: [NSEW]{{1,2}}\b)?"
    rf"|[1-9][0-9]{{1,5}}[A-Z]? [A-Z][a-z']{{2,20}} (?:{_OTHER_STREET})\b\.?"
)
"""A house in a street whose kind has other meanings: `12 Oak Ct`, but not what goes on as `Dr Smith` does. Of one word
that is no frequent name it counts only with what invented streets are not called.
"""
NAMED_ADDRESS = rf"[1-9][0-9]{{0,5}}[A-Z]?(?: [A-Z0-9][A-Z0-9.']{{0,20}}){{1,4}} {STREET}\b"
WORDS = (
    r"(?:home |street |mailing |postal |current |permanent )?addr(?:ess)?(?:_?(?:line)?_?[12])?"
    r"|street(?: ?(?:address|line)?[12]?)?|residence|resid(?:es|ing) at|liv(?:es|ing) at"
    rf"|{places('address')}"
    r"|moved to|domicile|n3\*|(?:streetaddress)?line[12]?[\x22>](?: ?: ?\[?[ \n]?\x22)?"
)
"""An address of a street, after a word that says that somebody lives there."""
NO_HOUSE = "(?:19|20)[0-9]{2} (?:(?:Wall|Main|High|Bourbon|Sesame) Street|[A-Z][a-z]{1,20} Lane)|[1-9]0{2,5} .*"
NO_STREET = (
    r"[^ ]+ (?:.* )?(?:(?:Blood|Food|Toy|Coat|Book|Flash|Hard|Disk|Test|Pledge|Fund|Membership) Drive"
    r"|(?:Supreme|District|Family|County|Superior|Circuit|Drug|Juvenile|Municipal|Probate|Tennis|Food|Health|Appeals"
    r"|High|Traffic|Federal|State|Crown) Court|(?:First|Second|Third|Last|Best) Place|Step Way)"
    "|42 Wallaby Way|742 Evergreen Terrace|4 Privet Drive"
)
"""What is held or decided, numbered by a year or a count, and houses of novels and films."""
"""A year in which a street made news or an author called Lane wrote, a round number of what a street has."""
_WORD = "[A-Z\u00c0-\u00d6\u00d8-\u00de\u0141\u015a\u017b][A-Za-z\u00c0-\u017f.'-]{0,30}"
_UPPER = "[A-Z\u00c0-\u00d6\u00d8-\u00de\u0141\u015a\u017b]"
_BRITISH = "[A-PR-UWYZ][A-Z]?[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}"
_CANADIAN = "[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z] ?[0-9][ABCEGHJ-NPRSTV-Z][0-9]"
_STREETS = (
    "stra(?:\u00df|ss)e|str\\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|plein|gracht|kade|singel"
    "|gatan|v\u00e4gen|gade|vej|gate|veien|katu"
)
"""The ends of the names of streets in German, Dutch, the Nordic languages."""
_BEFORE_NAME = (
    "Calle|C/|Avda\\.?|Avenida|Av\\.|Paseo|Plaza|Carrera|Camino|Via|Viale|Corso|Piazza|Largo|Vicolo|Rua|Travessa"
    "|Pra\u00e7a|Estrada|Alameda|R\\.|Calz\\.|Calzada|Blvd\\.|ul\\.|al\\.|os\\."
)
"""What precedes the names of streets in Spanish, Italian, Portuguese and Polish."""
_FRENCH = "rue|avenue|av\\.|boulevard|bd|place|all\u00e9e|chemin|impasse|quai|route|cours|square"
FOREIGN_ADDRESS = (
    rf"[1-9][0-9]{{0,3}}[A-Za-z]?,? (?:[A-Z][A-Za-z'-]{{0,20}}[ ,\n]{{1,2}}){{1,7}}{_BRITISH}"
    rf"|(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT)[ ,]{{1,2}}{_CANADIAN}"
    r"|[1-9][0-9/]{0,7}[A-Za-z]? (?:[A-Z][A-Za-z'-]{1,20}[ ,\n]{1,2}){2,6}"
    "(?:NSW|VIC|QLD|TAS|ACT|WA|SA|NT)[ ,]{1,2}[0-9]{4}"
    rf"|{_UPPER}[A-Za-z\u00c0-\u017f.-]{{1,30}}(?:{_STREETS}) [1-9][0-9]{{0,3}} ?[a-zA-Z]?(?:,|\n|, )"
    rf"(?:[A-Z]{{1,2}}-)?(?:[0-9]{{3}} [0-9]{{2}}|[0-9]{{4,5}}(?: [A-Z]{{2}})?) {_UPPER}"
    rf"|(?:Am|Im|An der|An den|Zum|Zur|Auf dem|Auf der) {_WORD} [1-9][0-9]{{0,3}}[a-z]?(?:,|\n|, )[0-9]{{4,5}} {_UPPER}"
    rf"|[1-9][0-9]{{0,3}}(?: ?(?:bis|ter))?,? (?:{_FRENCH}|{_FRENCH.title()}) [^\n0-9]{{3,50}}[0-9]{{5}} {_UPPER}"
    rf"|(?:{_BEFORE_NAME}) ?(?:d[aeo]s? |d[ei]l(?:la)? |de la )?{_UPPER}[^\n0-9]{{1,40}}[1-9][0-9]{{0,3}}[^\n]{{0,20}}?"
    rf"(?:[0-9]{{5}}|[0-9]{{4}}-[0-9]{{3}}|[0-9]{{2}}-[0-9]{{3}}) {_UPPER}"
    rf"|(?:{_BEFORE_NAME}) ?(?:d[aeo]s? )?{_UPPER}[^\n0-9]{{1,40}}[1-9][0-9]{{0,4}}[ ,-][^\n]{{3,60}}?"
    r"(?:C\.?P(?:\. ?| )[0-9]{5}|[0-9]{5}-[0-9]{3}\b)"
)
"""Addresses with their postcode: British, Canadian, Australian, German, Nordic, Dutch, French, Spanish, Italian,
Portuguese and Polish ones.
"""
WORDS_ABROAD = (
    "endere[c\u00e7\u00c7]o|morada|direcci[o\u00f3\u00d3]n|domicilio|indirizzo|domicile|adresse?"
    "|residente (?:in|na|no|em)"
    "|anschrift|wohnhaft|adres(?: zamieszkania)?|zamieszka[l\u0142\u0141][aey]?(?: w| przy)?"
    "|domicili[e\u00e9\u00c9]e?(?: au)?"
)
BEGINNINGS_ABROAD = (
    "endere", "morada", "direcci", "domicil", "indirizzo", "residente", "adres", "anschrift", "wohnhaft",
    "zamieszka",
)  # fmt: skip
"""What these words begin with, without letters that are not of ASCII."""
NAMED_ADDRESS_ABROAD = (
    rf"(?:{_BEFORE_NAME}) ?(?:d[aeo]s? |d[ei]l(?:la)? |de la )?[^\n0-9,;:]{{2,40}}[, ]{{1,2}}"
    "(?:n\\.? ?[\u00ba\u00b0]? ?)?[1-9][0-9]{0,4}"
    rf"|[A-Za-z\u00c0-\u017f.-]{{2,30}} ?(?:{_STREETS}) [1-9][0-9]{{0,3}}"
    r"|(?:am|im|an de[rn]|zu[mr]|auf de[mr]) [^ \n0-9,;:]{2,30} [1-9][0-9]{0,3}"
    rf"|[1-9][0-9]{{0,3}}(?: ?(?:bis|ter))?,? (?:{_FRENCH}) [^\n0-9,;]{{3,40}}"
)
"""Streets of other countries with the number of a house, without a postcode, after such a word."""
LETTERED_POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]"
TOWN_HINT = rf"(?:\b{ENDING}\b|box [0-9])[^\n]*\n?[^\n]*, (?:(?-i:{STATES.upper()})|{STATE_NAMES})\b"
DWELLING_HINT = rf"[0-9][a-z]?(?: [a-z0-9.']+){{1,4}} {STREET}\b"
HOUSE_HINT = (
    rf" box [0-9]|(?:road|rd|route|highway|hwy)\.? [0-9]|\b{STREET}\.?,? (?:apt|apartment|unit|suite|ste|#)"
    rf"|{DWELLING_HINT}"
)
POSTCODE_ALONE_HINT = (
    "[a-z][0-9][0-9a-z]? [0-9][a-z]{2}|[a-z][0-9][a-z] ?[0-9][a-z][0-9]"
    f"|(?:nsw|vic|qld|tas|act|wa|sa|nt)[ ,]{{1,2}}[0-9]{{4}}|(?:{_STREETS}) [0-9]"
    "|(?:am|im|an de[rn]|zu[mr]|auf de[mr]) [^0-9 ,\n]+ [0-9]{1,4}[a-z]?[,\n] ?[0-9]{4}"
)
"""Of addresses without a number of five digits or two groups."""
POSTCODE_HINT = (
    f"{POSTCODE_ALONE_HINT}|[0-9](?: ?(?:bis|ter))?,? (?:{_FRENCH}) "
    rf"|\b(?:{_BEFORE_NAME.lower()}) ?[^ 0-9][^0-9\n]{{1,50}}[0-9]"
)
