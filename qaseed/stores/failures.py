"""Failures of stores as one line: what the server answered, without the secrets that its requests contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from qaseed.errors import NotInStoreError, StoreError

_STATUS = re.compile(r"status code: (\d{3} [A-Za-z -]+)")
_CODE = re.compile(r"<Code>(\w{1,80})</Code>")
_REMEDIES = {
    "RequestTimeTooSkewed": "the clocks of this machine and of the store differ by minutes; set this machine's clock",
    "NoSuchBucket": "the bucket does not exist; create it, or correct the URL",
    "ContainerNotFound": "the container does not exist; create it, or correct the URL",
    "ExpiredToken": "the credentials are expired; renew them",
    "ExpiredTokenException": "the credentials are expired; renew them",
    "TokenRefreshRequired": "the credentials are expired; renew them",
    "InvalidAccessKeyId": "the store does not know these credentials; correct them",
    "SignatureDoesNotMatch": "the store does not accept the secret of these credentials; correct it",
    "SlowDown": "the store limits the rate of requests; try again later",
}
"""What to do about codes of S3 and Azure, whose status alone does not say it."""


@contextmanager
def as_store_error(url: str, hint: str = "") -> Iterator[None]:
    """Raise `StoreError` for what obstore raises, except that something does not exist.

    `hint` is added if access is denied.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        more = f"; {hint}" if hint and is_denied(error) else ""
        raise StoreError(f"{url}: {describe(error)}{more}") from None
    except FileNotFoundError as error:
        code = _CODE.search(str(error))
        if code and code[1] in _REMEDIES:
            raise StoreError(f"{url}: {_REMEDIES[code[1]]}") from None
        raise


@contextmanager
def required(url: str, what: str, hint: str = "") -> Iterator[None]:
    """Raise `NotInStoreError` if `what` does not exist in the store, and `StoreError` if it cannot be read."""
    try:
        with as_store_error(url, hint):
            yield
    except FileNotFoundError:
        raise NotInStoreError(f"{url}: {what} is missing; push the snapshot again") from None


def is_denied(error: Exception) -> bool:
    """Whether the store refused a request for the sake of its credentials, or of their lack."""
    status = _STATUS.search(str(error))
    return type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError") or bool(
        status and status[1].startswith(("401", "403"))
    )


def describe(error: Exception) -> str:
    """Why a request failed, in the words of the protocol, and what to do."""
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    if code and code[1] in _REMEDIES:
        return _REMEDIES[code[1]]
    if is_denied(error):
        return f"access denied ({code[1] if code else status[1].strip() if status else 'no permission'})"
    if code or status:
        answer = " ".join(part for part in (status and status[1].strip(), code and code[1]) if part)
        return f"the store answered {answer}; try again later"
    if "os error" in text:
        reason = text.partition("Debug source")[0].strip().rpartition(": ")[2]
        return f"{reason}; check the folder, its permissions and its disk"
    failures = (answer for kind, answer in _FAILURES.items() if f"kind: {kind}" in text)
    return next(failures, "the connection failed; try again later")


_FAILURES = {
    "Connect": "no connection; check the URL, the network and the proxy",
    "Timeout": "the store does not answer in time; try again later",
}
