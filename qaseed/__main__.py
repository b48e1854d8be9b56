"""`qaseed` and `python -m qaseed`."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

from qaseed import interrupts

INTERRUPTED = 130
GARBAGE = 20_000
"""New objects until Python looks for garbage: imports make many that stay, and with its own 700 take a tenth longer."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt the command; while it cleans up, only a second Ctrl-C ends it."""
    for other in _SIGNALS[1:]:
        signal.signal(other, _ignore)
    interrupts.interrupt()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. With SIG_IGN, Python reports a signal that arrived together with the one before."""


def main() -> None:
    """Run the command line; after SIGINT, SIGTERM or SIGHUP, even during imports, clean up and exit with 130."""
    gc.set_threshold(GARBAGE)
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    try:
        from qaseed.cli.root import app, import_commands
        from qaseed.cli.terminal import standard_streams

        import_commands(*sys.argv[1:2])
        with standard_streams():
            try:
                app(prog_name="qaseed")
            except SystemExit as ended:
                if ended.code != INTERRUPTED:
                    interrupts.raise_if_asked()
                raise
    except KeyboardInterrupt:
        print("qaseed: interrupted; nothing was left half done", file=sys.stderr)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            _end(ended)
            raise
    else:
        return
    # exit at once: if the interrupt passed through code that a library runs as text, CPython would raise SIGINT again
    _exit(INTERRUPTED)


def _end(ended: SystemExit) -> None:
    """End the process as Python would, but without looking for garbage in all that is imported: a tenth of a command.

    Not while threads run that Python waits for.
    """
    code = ended.code or 0
    awaited = [thread for thread in threading.enumerate() if not thread.daemon and thread != threading.main_thread()]
    if isinstance(code, int) and not awaited:
        atexit._run_exitfuncs()  # noqa: SLF001  # Python runs them nowhere else
        _exit(code)


def _exit(code: int) -> NoReturn:
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
