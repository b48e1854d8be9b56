"""Which distribution is installed: `qaseed`, or `qaseed-restore`, which has the same modules and fewer libraries."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from qaseed.errors import UsageError

FULL, RESTORE = "qaseed", "qaseed-restore"
_ONLY_FULL = ("faker", "mimesis", "numpy", "pgpq", "polars", "pyarrow")
"""Modules of the libraries that only `qaseed` brings."""
_REMEDY = f"pip uninstall -y {RESTORE} && pip install {FULL}"


def requirements() -> list[str]:
    """What the installed distribution declares that it needs, as its metadata spells it."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        return requires(FULL) or []
    except PackageNotFoundError:
        return requires(RESTORE) or []


def require(*modules: str) -> None:
    """Raise `UsageError` if a module is missing, with the line that installs it."""
    for module in modules:
        if find_spec(module) is None:
            raise _missing(module)


def explain(error: ModuleNotFoundError) -> Exception:
    """The error as a `UsageError` with the line that installs the library; any other module's as it is."""
    module = (error.name or "").partition(".")[0]
    return _missing(module) if module in _ONLY_FULL else error


def check_installation(folder: Path | None = None) -> None:
    """Raise `UsageError` if both distributions are installed in one folder with different versions of these modules."""
    folder = folder or Path(__file__).parents[1]
    versions = {
        name: path.name.removesuffix(".dist-info").partition("-")[2]
        for name in (FULL, RESTORE)
        for path in folder.glob(f"{name.replace('-', '_')}-*.dist-info")
    }
    if len(set(versions.values())) > 1:
        installed = " and ".join(f"{name} {version}" for name, version in versions.items())
        raise UsageError(
            f"installation: {installed} are both in {folder}, and overwrite each other; "
            f"pip uninstall -y {FULL} {RESTORE}, then install one of them"
        )


def _missing(module: str) -> UsageError:
    return UsageError(f"this needs the library {module}, which {RESTORE} does not bring; {_REMEDY}")
