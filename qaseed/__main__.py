"""`qaseed` and `python -m qaseed`."""

from __future__ import annotations

import contextlib
import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interrupt at any moment, imports included, ends with 130."""
    try:
        from qaseed.cli import app
        from qaseed.cli.terminal import standard_streams

        with standard_streams():
            app(prog_name="qaseed")
    except KeyboardInterrupt:
        print("qaseed: interrupted; nothing was left half done", file=sys.stderr)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
    else:
        return
    # at once: where the interrupt passed through code that a library runs as text, CPython would end itself by SIGINT
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
