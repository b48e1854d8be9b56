"""The command line itself: the order of its commands, usage errors, and the snapshot or schema that an option names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from qaseed.cli.output import fail, format_bytes, print_line, print_message, progress
from qaseed.errors import UsageError, nearest

if TYPE_CHECKING:
    from qaseed.signatures import Trust
    from qaseed.snapshot import Snapshot
    from qaseed.snapshot.by_file import FileSource
    from qaseed.snapshot.pulling import PullResult


MODULES = {
    "seed": "seed",
    "generate": "generate",
    "assemble": "generate",
    "validate": "validate",
    "load": "load",
    "list": "snapshots",
    "show": "snapshots",
    "verify": "comparing",
    "diff": "comparing",
    "profiles": "inspection",
    "scenarios": "inspection",
    "scenarios find": "finding",
    "schema": "inspection",
    "scan": "scanning",
    "doctor": "inspection",
    "push": "artifacts",
    "pull": "artifacts",
    "lock": "locking",
    "pack": "packing",
    "ls": "artifacts",
    "tag": "artifacts",
    "prune": "artifacts",
    "rm": "cleanup",
    "purge": "cleanup",
    "target": "target",
    "server": "server",
    "audit": "audit",
}
"""The commands as help lists them, from the main job to upkeep, and the module that declares each."""


def import_commands(first: str | None = None) -> None:
    """Import the modules that declare the commands of this first word, or all of them if it begins none."""
    modules = [module for name, module in MODULES.items() if name.split()[0] == first]
    for module in dict.fromkeys(modules or MODULES.values()):
        import_module(f"qaseed.cli.{module}")


class Group(TyperGroup):
    """Commands whose values are converted only where there is something to convert."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_converters(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if command and not isinstance(command, Group):
            _without_converters(command.get_params(ctx))
        return name, command, rest


def _without_converters(parameters: list[Any]) -> list[Any]:
    """Parameters that pass texts, and what is not given: typer converts even these by pydantic, 0.1 s to import.

    Help names the values of an option, which a flag does not have.
    """
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
        if "process_value" not in vars(parameter):
            parameter.process_value = partial(_process_value, parameter, parameter.process_value)
    return parameters


def _process_value(parameter: Any, convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    is_converted = type(value) is annotation and (annotation is str or value is parameter.default)
    if not is_converted and (value is not None or parameter.required):
        return convert(ctx, value)
    if value is None and parameter.multiple:
        value = ()
    return parameter.callback(ctx, parameter, value) if parameter.callback else value


class Commands(Group):
    """The commands, in order; a wrong option or argument is one line, without any password that was in it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # click passes it
        return sorted(self.commands, key=list(MODULES).index)

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        words = [" ".join(args[:2]), *args[2:]]  # `scenarios` is a command with an argument, and no group
        return super().resolve_command(ctx, words if words[0] in self.commands else args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        return [item for item in super().shell_complete(ctx, incomplete) if " " not in item.value]

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _usage_errors_as_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _usage_errors_as_one_line():
            return super().invoke(ctx)


@contextmanager
def _usage_errors_as_one_line() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not hasattr(error, "format_message") or type(error).__name__ == "NoArgsIsHelpError":
            raise
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "qaseed"
        fail(UsageError(f"{_usage_message(error, context).rstrip('.')}; see `{where} --help`"))


def _usage_message(error: Any, context: Any) -> str:
    """What typer says of a wrong option or argument, and what was probably meant."""
    message: str = error.format_message()
    options = {option for parameter in context.command.params for option in parameter.opts} if context else set()
    if "unexpected extra argument" in message:
        # a URL that is not quoted in the shell comes in pieces, and any of them may be of its password
        profile = "give a profile as `-e NAME`, " if "-e" in options else ""
        folder = "give the folder of several files, " if context and context.info_name == "scan" else ""
        return f"Got unexpected extra arguments; {profile}{folder}quote values with spaces"
    if message.startswith("No such option") and context and context.parent is None:
        return f"{message.rstrip('.')}; options follow the command"
    return message


app = typer.Typer(
    name="qaseed",
    cls=Commands,
    help="Synthetic test data for teams that build on Postgres: generate, validate, restore by COPY.",
    epilog="Exit codes: 0 done, 1 findings, 2 usage, 3 snapshot missing or altered, 4 refused as unsafe, "
    "5 Postgres refused, 6 store failed, 7 not everything could be judged, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_line(f"qaseed {version('qaseed')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before any command."""


def find_snapshot(name: str, *, check: bool = True, trust: Trust | None = None, quiet: bool = False) -> Snapshot:
    """The snapshot in a folder, of that name in the folder of snapshots or the lock file, or of a reference.

    With `trust`, one of its signatures must count. What a pull takes is reported unless `quiet`.
    """
    from qaseed.snapshot import open_snapshot
    from qaseed.snapshot.referring import as_reference, locked_name

    if not name.strip():
        raise UsageError("SNAPSHOT is blank; give a folder or a name, see `qaseed list`")
    if locked := locked_name(name):
        return _pull(locked, frozen=True, check=check, trust=trust, quiet=quiet)
    if reference := as_reference(name):
        return _pull(reference, frozen=False, check=check, trust=trust, quiet=quiet)
    opened = open_snapshot(name, check=check)
    if trust:
        from qaseed.snapshot.attachments import require_signature

        require_signature(opened, trust)
    return opened


@contextmanager
def find_files(name: str, *, trust: Trust | None = None, quiet: bool = False) -> Iterator[FileSource]:
    """The files of the snapshot that `find_snapshot` finds, of which those in a store are not fetched yet.

    The snapshot of a lock file's name is pulled.
    """
    from qaseed.snapshot.by_file import open_files
    from qaseed.snapshot.referring import locked_name

    snapshot = find_snapshot(name, trust=trust, quiet=quiet) if not name.strip() or locked_name(name) else name
    with open_files(snapshot, trust=trust) as files:
        yield files


def _pull(name: str, *, frozen: bool, check: bool, trust: Trust | None, quiet: bool) -> Snapshot:
    """The snapshot of a reference or a locked name, with what that took on stderr."""
    from qaseed.pinning import pull

    with progress(quiet=quiet) as report:
        pulled = pull(name, frozen=frozen, check=check, trust=trust, progress=report)
    print_problem(pulled)
    if not (pulled.problem or pulled.cached or quiet):
        print_message(f"{pulled.reference}: {format_bytes(pulled.bytes)} pulled in {pulled.seconds:.1f} s")
    return pulled.snapshot


def print_problem(pulled: PullResult) -> None:
    """Say on stderr why a store was not used, and what was done instead; nothing if it was used."""
    if pulled.problem:
        print_message(f"qaseed: {pulled.problem}; {pulled.instead}: {pulled.reference}")


def schema_name(schema: str | None) -> str:
    """The schema given, else the one of the settings; `UsageError` if it cannot contain the tables."""
    from qaseed.config import settings
    from qaseed.postgres.target import check_schema

    name = settings().schema if schema is None else schema
    check_schema(name)
    return name


def one_of(option: str, value: str | None, known: Sequence[str]) -> None:
    """Reject a value that an option does not take, and suggest the nearest one that it does."""
    if value is not None and value not in known:
        raise UsageError(f"{option}: no {value!r}; {nearest(value, known)}")
