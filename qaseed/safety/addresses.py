"""How addresses in the United States are written: with a street or a box, and with a ZIP code or a state."""

from __future__ import annotations

STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Ter"
    r"|Circle|Cir|Parkway|Pkwy|Highway|Hwy|"
    r"Trail|Trl|Square|Sq|Loop|Alley)"
)
ADDRESS = (
    rf"[1-9][0-9]{{0,5}}(?: [NSEW]\.?)?(?: [A-Z0-9][A-Za-z0-9.']{{0,20}}){{1,4}}? {STREET}\.?,?(?:[ "
    rf"\n](?:Apt|Unit|Suite|Ste|#)\.? ?[A-Za-z0-9-]{{1,6}},?)?"
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
_HOUSE = r"(?:[1-9][0-9]{0,5}[A-Z]?(?:-[0-9]{1,4})?(?: [A-Z0-9][A-Z0-9.']{0,20}){1,5}|p\.? ?o\.? ?box [0-9]{1,6})"
_APARTMENT = r"(?:[ \n](?:apt|unit|suite|ste|fl|rm|#)\.? ?[A-Z0-9-]{1,6}[,\n])?"
_TOWN = r"[ \n]?[A-Z][A-Z.']{0,20}(?: [A-Z][A-Z.']{0,20}){0,3}"
ZIPPED_ADDRESS = (
    rf"(?:{_HOUSE}(?:[,\n]|\^{{1,2}})|p\.? ?o\.? ?box [0-9]{{1,6}} "
    rf"|[1-9][0-9]{{0,5}}(?: [A-Z0-9.']{{1,20}}){{1,4}} {STREET}\.? in)"
    rf"{_APARTMENT}{_TOWN}[, ^]{{1,2}}(?:{STATES}|{STATE_NAMES})[, ^]{{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?"
)
NAMED_STATE_ADDRESS = (
    rf"[1-9][0-9]{{0,5}}[A-Z]?(?: [A-Z0-9][A-Z0-9.']{{0,20}}){{1,4}}? {STREET}\.?,{_APARTMENT}{_TOWN}, "
    rf"?(?:{STATE_NAMES})"
)
