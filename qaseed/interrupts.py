"""That this process is asked to end: a library in C that runs Python may lose the exception that says so."""

from __future__ import annotations

_asked = False


def interrupt() -> None:
    """Raise `KeyboardInterrupt` now and, should it get lost, wherever `raise_if_asked` is called next."""
    global _asked  # noqa: PLW0603  # a process is asked once, for all of it
    _asked = True
    raise KeyboardInterrupt


def raise_if_asked() -> None:
    """Raise the `KeyboardInterrupt` that was lost, if there was one."""
    if _asked:
        raise KeyboardInterrupt
