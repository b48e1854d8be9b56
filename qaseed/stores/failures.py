"""What the codes of object stores mean to a user, and what to do about what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qaseed.errors import NotInStoreError

REMEDIES = {
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
"""Codes of S3 and Azure, whose status alone does not say it."""


@contextmanager
def required(url: str, what: str) -> Iterator[None]:
    """Raise `NotInStoreError` if `what` does not exist in the store."""
    try:
        yield
    except FileNotFoundError:
        raise NotInStoreError(f"{url}: {what} is missing; push the snapshot again") from None
