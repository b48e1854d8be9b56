"""Names of hosts, pages and mailboxes, and which of them are reserved or no person's."""

from __future__ import annotations

from qaseed.safety.identifiers import PREDICATES

# letters of host names in all scripts
_LETTERS = "a-z\u00c0-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff"
LABEL = f"[{_LETTERS}0-9_](?:[{_LETTERS}0-9_-]{{0,62}}[{_LETTERS}0-9_])?"
LAST_LABEL = f"(?:xn--[a-z0-9-]{{2,59}}|[{_LETTERS}]{{2,24}})"
NO_EMAIL = (
    rf"{PREDICATES['email'].pattern.removeprefix('(?i)')}"
    r"|(?:.*[/=&?])?(?:git|hg|svn)@.*"  # an account of a code host
    r"|.*@[0-9](?:\.[0-9])?x[.-].*"  # an image of double resolution
    r"|.*@v?[0-9]+\.[0-9]+[.-].*"  # a version of a package
    r"|[^@]*@[^@.]+\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|heic|tiff?|css|js|json|html?|tgz|gz|whl|jar|pdf"
    r"|txt|csv|xml|woff2?|ttf)"
)
# as people write one that programs shall not read
_MARK_AT = r" ?[\[({] ?(?:at|@) ?[\])}] ?"
_MARK_DOT = r"(?:\.| ?[\[({] ?(?:dot|punkt|point) ?[\])}] ?| dot )"
SPELLED_EMAIL = (
    rf"[a-z0-9][a-z0-9._+-]{{1,40}}{_MARK_AT}(?:[a-z0-9-]{{1,40}}{_MARK_DOT}){{1,3}}[a-z]{{2,12}}"
    r"|[a-z0-9][a-z0-9._+-]{1,40} at (?:[a-z0-9-]{2,40} dot ){1,3}"
    r"(?:com|org|net|edu|gov|info|de|uk|fr|ca|us|ch|eu|it|es)"
    r"|[a-z][a-z._-]{0,30}[0-9]{1,6} at [a-z0-9-]{3,40} dot [a-z]{2,4}"
)
# pages of one person, without a scheme
PROFILE = (
    r"""(?:facebook|instagram|linkedin|twitter|tiktok)\.com/[^\s"'<>]+"""
    r"""|(?:[a-z0-9-]+\.)+(?:com|net|org|us|health|care)/(?:[^\s"'<>/]+/)*"""
    r"""(?:patient|client|member|user|profile|chart)s?"""
    r"""[/?=][^\s"'<>]+"""
    r"""|(?:[a-z0-9-]+\.)+(?:com|net|org)/[^\s"'<>]*[?&_](?:user|patient|client|member|customer)_?id=[^\s"'<>]+"""
)
_HOST_CHARACTERS = "a-z0-9-"
# reserved names (RFC 2606), and hosts whose URLs name standards, not persons
# of no number and no query: of nobody
GOVERNMENT_PAGE = r"(?:[a-z-]+\.)+(?:gov|int)(?:\.[a-z]{2})?(?:[/#][^0-9?=@]*)?"
DOCUMENTATION = (
    r"(?:(?:docs|developers?|learn|wiki|api-docs)\.(?:[a-z0-9-]+\.)+[a-z]{2,12}"
    r"|(?:[a-z0-9-]+\.)+[a-z]{2,12}/(?:en/|latest/|stable/)?(?:docs|documentation|reference|manual))"
    r"(?:[/#][^?@=0-9]*(?:[0-9]{1,4}[^?@=0-9]+)*[0-9]{0,4})?"
)
"""Pages of documentation, without a query or a long number: of nobody."""
RESERVED_HOST = (
    rf"(?:[{_HOST_CHARACTERS}]+\.)*(?:example\.(?:com|org|net)|[{_HOST_CHARACTERS}]+\.(?:example|test"
    rf"|invalid|localhost)|localhost"
    r"|hl7\.org|loinc\.org|snomed\.info|unitsofmeasure\.org|w3\.org|nucc\.org|ihe\.net|dicom\.nema\.org"
    r"|nlm\.nih\.gov|ihtsdo\.org"
    r"|json-schema\.org|schema\.org|127\.0\.0\.1)(?::[0-9]+)?(?:[/?#,;.)].*)?"
)
