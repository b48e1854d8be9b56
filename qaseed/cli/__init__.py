"""The command line: each command calls one public function and prints its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qaseed.cli.root import app


def __getattr__(name: str) -> Any:
    """`app` has all commands once it is asked for; who runs one command imports only the module that declares it."""
    if name != "app":
        raise AttributeError(f"module 'qaseed.cli' has no attribute {name!r}")
    from qaseed.cli.root import app as application
    from qaseed.cli.root import import_commands

    import_commands()
    return application


__all__ = ["app"]
