"""Which certificates are trusted: the usual ones, and those of the files that the environment names."""

from __future__ import annotations

import os
import ssl

from qaseed.errors import StoreError

CERTIFICATES = ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def trusting_context(url: str) -> ssl.SSLContext:
    """What checks the certificates of servers; `StoreError` about a file that cannot be used."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    for variable in CERTIFICATES:
        if path := os.environ.get(variable):
            try:
                context.load_verify_locations(path)
            except (OSError, ssl.SSLError) as error:
                reason = error.strerror or "no certificates"
                raise StoreError(f"{url}: {variable}={path} cannot be read ({reason}); correct it") from None
    return context
