"""Trying again what failed for a moment, until a deadline."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from qaseed.errors import StoreError
from qaseed.stores.urls import without_query

RETRY_SECONDS = 600.0
"""Seconds after which a request to a store that fails is not tried again, where no deadline is given."""


@dataclass(frozen=True)
class Timing:
    """How long a store is waited for, in seconds."""

    deadline: float = 120.0
    """For one operation with all its tries; a file has the time that its bytes take at `slowest` besides."""
    stall: float = 60.0
    """Without a byte, before a try has failed."""
    tries: int = 6
    """In a row without progress, where the store does not say how long to wait."""
    first_delay: float = 0.25
    """Before the second try; twice as long before each later one."""
    slowest: int = 16 * 1024
    """Bytes a second."""
    end: float = math.inf
    """By the monotonic clock: after it no operation is tried again."""
    last: float = math.inf
    """By the monotonic clock: after it nothing is waited for, even if bytes still come."""

    @classmethod
    def until(cls, deadline: float | None = None, retry_seconds: float = RETRY_SECONDS) -> Timing:
        """The usual times, each within a deadline, which begins now for all operations together.

        Without a deadline, what makes progress goes on, and what fails is tried again for `retry_seconds`.
        """
        now, limit = time.monotonic(), retry_seconds if deadline is None else deadline
        last = math.inf if deadline is None else now + max(deadline, 1)
        return cls(deadline=limit, stall=min(cls.stall, max(limit, 1)), end=now + limit, last=last)

    def within(self, seconds: float) -> Timing:
        """The same times, with no try again after these seconds from now."""
        if seconds >= self.deadline:
            return self
        stall = min(self.stall, max(seconds, 1))
        return replace(self, deadline=seconds, stall=stall, end=min(self.end, time.monotonic() + seconds))

    @property
    def longest(self) -> float:
        """Seconds that one request may take from now on."""
        return max(self.last - time.monotonic(), 1)

    def check(self, url: str) -> None:
        """`StoreError` if the deadline is over."""
        if time.monotonic() > self.last:
            raise DeadlineError(
                f"{without_query(url)}: the deadline is over; give --deadline more seconds, or try again later"
            )

    def in_time(self, url: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, as long as there is time."""
        for chunk in chunks:
            self.check(url)
            yield chunk


class DeadlineError(StoreError):
    """The deadline of all operations is over."""


class TransientError(Exception):
    """A failure that may pass: what it was, and for how many seconds the store asks to be left alone."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class Retries:
    """The tries of one operation on a store."""

    def __init__(self, url: str, timing: Timing, size: int = 0) -> None:
        self._url, self._timing = without_query(url), timing
        self._end = time.monotonic() + timing.deadline + size / timing.slowest
        self._failed = 0
        self._problem: TransientError | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One try: after what may pass, it waits before the next one, or raises `StoreError` if there is none."""
        try:
            yield
        except TransientError as problem:
            self._problem = problem
            self._wait(problem)
        except DeadlineError as error:
            if self._problem is None:
                raise
            # What failed before says more than that there is no time to try again.
            raise StoreError(f"{self._url}: {self._problem}; the deadline is over, try again later") from error

    def progressed(self, number: int) -> None:
        """Count tries anew, and give the bytes that came the time that they may take."""
        self._failed = 0
        self._end += number / self._timing.slowest

    def check_deadline(self) -> None:
        """`StoreError` if the time is over."""
        self._timing.check(self._url)
        if time.monotonic() > self._end:
            raise StoreError(f"{self._url}: is too slow; the time for one operation is over, try again later")

    def _wait(self, problem: TransientError) -> None:
        """Wait before the next try; `StoreError` if there is none."""
        self._failed += 1
        delay = self._timing.first_delay * 2 ** (self._failed - 1) * random.uniform(0.5, 1)  # noqa: S311  # no secret
        if problem.wait is not None:
            delay = max(problem.wait, delay)
        elif self._failed >= self._timing.tries:
            raise StoreError(
                f"{self._url}: {problem}, {self._failed} times; check the URL and the network, or try again later"
            )
        if time.monotonic() + delay > min(self._end, self._timing.end):
            asked = f" and asks to wait {problem.wait:.0f} seconds" if problem.wait is not None else ""
            raise StoreError(f"{self._url}: {problem}{asked}; try again later")
        time.sleep(delay)
