"""Which certificates are trusted: the usual ones, and those of the files that the environment names."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any

from qaseed.errors import StoreError

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

CERTIFICATES = ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def trusting_adapter(url: str) -> HTTPAdapter:
    """Connections for threads that trust the usual authorities, and those of the variables."""
    import certifi
    from requests.adapters import HTTPAdapter

    named = {variable: path for variable in CERTIFICATES if (path := os.environ.get(variable))}
    if not named:
        return HTTPAdapter(pool_maxsize=32)
    context = ssl.create_default_context(cafile=certifi.where())
    for variable, path in named.items():
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or "no certificates"
            raise StoreError(f"{url}: {variable}={path} cannot be read ({reason}); correct it") from None

    class Trusting(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options | {"ssl_context": context})

        def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
            return super().proxy_manager_for(proxy, **options | {"ssl_context": context})

    return Trusting(pool_maxsize=32)
