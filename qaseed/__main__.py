"""`qaseed` and `python -m qaseed`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an interrupt at any moment, imports included, ends with 130."""
    try:
        from qaseed.cli import app

        app(prog_name="qaseed")
    except KeyboardInterrupt:
        print("qaseed: interrupted; nothing was left half done", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
