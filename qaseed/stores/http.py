"""HTTP as stores need it: credentials only for their own host, bounded reads, and tries again.

By `urllib3`; `requests`, which takes twice as long to import, is asked for proxies and `.netrc` where they may matter.
Redirects are followed here, so that what is sent to which host is in one place.
"""

from __future__ import annotations

import email.utils
import io
import ipaddress
import os
import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from qaseed.errors import NotInStoreError, QaseedError, StoreError, UsageError
from qaseed.stores.authorization import Authorization
from qaseed.stores.certificates import trusting_context
from qaseed.stores.retrying import Retries, Timing, TransientError
from qaseed.stores.urls import without_query

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

CHUNK = 1 << 18
MOST_REDIRECTS = 6
MOST_RENEWALS = 3
"""Of credentials, for one request: those of other threads may have expired meanwhile."""
MOST_BYTES = 4 << 20
"""Of a document: a manifest, of which registries accept no larger one, a page of a list, a token."""
_ENCODINGS = ("br", "compress", "deflate", "gzip", "x-gzip", "zstd")
_REDIRECTS, _TRANSIENT = (301, 302, 303, 307, 308), (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Request:
    """What is asked of a store."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], BinaryIO] | bytes | None = None
    """Bytes, or what opens the file that is sent."""
    scope: str = ""
    """What the credentials must allow."""
    most: int = MOST_BYTES
    """Bytes of the answer, if it is a document."""


@dataclass(frozen=True)
class Answer:
    """What a store answered: a status, headers, and the whole body."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    def expect(self, *statuses: int) -> Answer:
        """The answer itself; an error if its status is another one."""
        if self.status not in statuses:
            raise failure(self.url, self.status)
        return self


@dataclass(frozen=True)
class Response:
    """An answer whose body is still to be read."""

    status_code: int
    headers: Mapping[str, str]
    url: str
    """Of the request."""
    method: str
    raw: BaseHTTPResponse

    def close(self) -> None:
        """Give the connection back, or end it if there is more to read."""
        self.raw.close()
        self.raw.release_conn()


T = TypeVar("T")


class Client:
    """Requests to one host, over kept connections; threads may share it."""

    def __init__(
        self,
        url: str,
        timing: Timing,
        authorization: Authorization | None = None,
        sign: Callable[[Request], Request] | None = None,
        *,
        is_plain: bool = False,
    ) -> None:
        """Requests to the host of a URL, which alone gets credentials: of `authorization`, or what `sign` adds.

        Only with `is_plain` is that host asked without encryption if it is another machine.
        """
        self.timing = timing
        self._origin = _origin(url)
        self._authorization, self._sign, self._is_plain = authorization, sign, is_plain
        self._pools: dict[tuple[str, str], PoolManager] = {}
        self._lock = Lock()
        weakref.finalize(self, _clear, self._pools)

    def ask(self, request: Request) -> Answer:
        """The answer to a request, whatever its status unless that may pass; its body is a small document."""
        return self.retrying(request.url, 0, lambda: self.ask_once(request))

    def ask_once(self, request: Request) -> Answer:
        """The same in one try; `TransientError` for what may pass."""
        response = self.open(request)
        content = b"".join(self.body(response, request.most, Retries(request.url, self.timing)))
        return Answer(response.status_code, response.headers, content, request.url)

    def retrying(self, url: str, size: int, operation: Callable[[], T]) -> T:
        """The result of an operation that is tried again, from its beginning, after each `TransientError`."""
        retries = Retries(url, self.timing, size)
        while True:
            with retries.attempt():
                return operation()

    def open(self, request: Request) -> Response:
        """The response, with its body to be read; `TransientError` for what may pass."""
        self.timing.check(request.url)
        response, header = self._follow(request)
        for _ in range(MOST_RENEWALS):
            if response.status_code != 401 or _origin(response.url) != self._origin or not self._authorization:
                break
            challenge = response.headers.get("WWW-Authenticate", "")
            try:
                is_answered = self._authorization.answer(challenge, request.scope, header)
            except QaseedError:
                response.close()
                raise
            if not is_answered:
                break
            response.close()
            response, header = self._follow(request)
        status = response.status_code
        if status in _TRANSIENT or (status == 403 and "Retry-After" in response.headers):
            response.close()
            raise TransientError(f"answers with status {status}", retry_after(response.headers))
        encoding = response.headers.get("Content-Encoding", "")
        if encoding in _ENCODINGS:
            response.close()
            where = without_query(request.url)
            raise StoreError(f"{where}: is sent as {encoding}, without being asked for; correct the server or proxy")
        return response

    def body(self, response: Response, most: int | None, retries: Retries) -> Iterator[bytes]:
        """The bytes of a body in chunks; `StoreError` if there are more than `most`, `TransientError` if it breaks."""
        from urllib3.exceptions import HTTPError

        received = 0
        try:
            while chunk := response.raw.read1(CHUNK, decode_content=False):
                received += len(chunk)
                if most is not None and received > most:
                    raise StoreError(
                        f"{without_query(response.url)}: sends more than the {most} bytes that it may have"
                    )
                retries.check_deadline()
                yield chunk
            expected = response.headers.get("Content-Length")
            if expected and expected.isdigit() and received < int(expected) and response.method != "HEAD":
                raise TransientError(f"sends {received} of {expected} bytes")
        except (HTTPError, OSError) as error:
            raise TransientError(_reason(error)) from None
        finally:
            response.close()

    def _follow(self, request: Request) -> tuple[Response, str | None]:
        """The response after redirects, and the credentials that were sent to the store's own host."""
        url = request.url
        header = self._authorization.header(request.scope) if self._authorization else None
        for _ in range(MOST_REDIRECTS):
            is_own = _origin(url) == self._origin
            if not (is_own and self._is_plain):
                check_transport(url)
            asked = replace(request, url=url)
            if is_own and header:
                asked = replace(asked, headers=dict(request.headers) | {"Authorization": header})
            if is_own and self._sign:
                asked = self._sign(asked)
            response = self._send(asked.method, asked.url, asked.headers, asked.body)
            location = response.headers.get("Location")
            if response.status_code not in _REDIRECTS or not location or request.method != "GET":
                return response, header
            response.close()
            url = urljoin(url, location)
        raise StoreError(f"{without_query(request.url)}: redirects without an end")

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: Callable[[], BinaryIO] | bytes | None
    ) -> Response:
        from urllib3 import Timeout, exceptions

        stall = min(self.timing.stall, self.timing.longest)
        opened = body() if callable(body) else io.BytesIO(body) if body else None
        length = {"Content-Length": str(opened.seek(0, io.SEEK_END))} if opened else {}
        try:
            if opened:
                opened.seek(0)
            raw = self._pool(url).request(
                method,
                url,
                headers={"Accept-Encoding": "identity", "User-Agent": "qaseed"} | length | dict(headers),
                body=_Upload(opened, partial(self.timing.check, url)) if opened else None,
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=Timeout(connect=min(10.0, stall), read=stall),
            )
        except exceptions.SSLError:
            hint = "if its certificate is signed by an authority of your own, set SSL_CERT_FILE"
            raise StoreError(f"{without_query(url)}: its certificate is not trusted; {hint}") from None
        except (exceptions.ProtocolError, exceptions.TimeoutError, exceptions.ProxyError) as error:
            raise TransientError(_reason(error)) from None
        except (exceptions.HTTPError, ValueError, UnicodeError) as error:
            if isinstance(error, exceptions.NewConnectionError):
                raise TransientError(_reason(error)) from None
            raise StoreError(f"{without_query(url)}: cannot be asked ({type(error).__name__})") from None
        finally:
            if opened:
                opened.close()
        return Response(raw.status, raw.headers, url, method, raw)

    def _pool(self, url: str) -> PoolManager:
        """Connections for a URL, through the proxy of the environment if there is one."""
        from urllib3 import PoolManager, ProxyManager, make_headers
        from urllib3.util import parse_url

        parts, proxy = urlsplit(url), environment_proxy(url)
        key = parts.scheme, proxy
        with self._lock:
            if key not in self._pools:
                options: dict[str, Any] = {"maxsize": 32}
                if parts.scheme == "https" or proxy.startswith("https"):
                    options["ssl_context"] = trusting_context(without_query(url))
                user = parse_url(proxy).auth if proxy else None
                if proxy:
                    headers = make_headers(proxy_basic_auth=unquote(user)) if user else None
                    self._pools[key] = ProxyManager(proxy, proxy_headers=headers, **options)
                else:
                    self._pools[key] = PoolManager(**options)
            return self._pools[key]


def environment_proxy(url: str) -> str:
    """The proxy through which the environment wants a URL to be asked; empty if there is none."""
    if not any(name.lower() in _PROXIES for name, value in os.environ.items() if value):
        return ""
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

    proxy = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return str(prepend_scheme_if_needed(proxy, "http")) if proxy else ""


_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def _clear(pools: Mapping[tuple[str, str], PoolManager]) -> None:
    for pool in pools.values():
        pool.clear()


class _Upload:
    """A file that is read as long as there is time."""

    def __init__(self, file: BinaryIO, check: Callable[[], None]) -> None:
        self._file, self._check = file, check

    def read(self, size: int = -1) -> bytes:
        """The next bytes; `StoreError` if the deadline is over."""
        self._check()
        return self._file.read(size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def split_url(url: str) -> SplitResult:
    """The parts of a store's URL; `UsageError` if it has others than a host and a path."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UsageError("the URL of the store is not in order; give SCHEME://HOST/PATH") from None
    if "@" in parts.netloc:
        raise UsageError(f"{parts.scheme}://{parts.hostname}: leave user and password out of the URL of a store")
    if not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"{without_query(url)}: is no URL of a store; give {parts.scheme}://HOST/PATH")
    return parts


def check_transport(url: str) -> None:
    """`StoreError` unless a URL is encrypted or stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise StoreError(f"{without_query(url)}: is not encrypted; only HTTPS is used beyond this machine")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a response asks to wait: a number or a date."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    with suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


def failure(url: str, status: int) -> QaseedError:
    """The error that a store answers with a status that is not expected."""
    where = without_query(url)
    if status in (404, 410):
        return NotInStoreError(f"{where}: is not in the store; check the reference, or push the snapshot again")
    if status in (401, 403):
        return StoreError(f"{where}: access is refused (status {status}); check the credentials")
    return StoreError(f"{where}: answers with status {status}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _reason(error: Exception) -> str:
    """What failed, without the URL, which may contain a signature."""
    name = type(error).__name__
    if "Timeout" in name or isinstance(error, TimeoutError):
        return "does not answer in time"
    if "NameResolutionError" in repr(error):
        return "its host is not known"
    if "Connection refused" in repr(error):
        return "the connection is refused"
    return "the proxy cannot be used" if "Proxy" in name else "the connection failed or broke"
