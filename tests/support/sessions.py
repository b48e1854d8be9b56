"""Sessions of an application that go on while a load runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def running(threads: Sequence[threading.Thread], over: threading.Event) -> Iterator[None]:
    """Start the threads, and tell them by the event that the block is over."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
