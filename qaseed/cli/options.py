"""The options that several commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli import completion

DATA, CASES, FILES, TARGET, LOADING = "Data", "Named cases", "Snapshot", "Target", "Loading"
"""Panels of help for the options of long commands."""

FORMATS = ("parquet", "csv", "both")
COPIES = ("binary", "text", "insert")
STRATEGIES = ("direct", "staged", "in-place", "insert", "template")
VERIFIES = ("digest", "counts", "none")
"""What these options take, here too because the modules that use them are slow to import; a test compares them."""

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment", "-e", "--profile", metavar="NAME", rich_help_panel=DATA, autocompletion=completion.profiles,
        help="Profile: minimal, standard, load_test, integration, or your own.",
    ),
]  # fmt: skip
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", rich_help_panel=DATA, help="Another seed than the profile's.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", rich_help_panel=DATA, help="The day at which the data ends: YYYY-MM-DD or today."
    ),
]
Tenants = Annotated[
    int | None,
    typer.Option("--tenants", metavar="N", rich_help_panel=DATA, help="Tenants to split the same totals over."),
]
Scale = Annotated[
    float | None, typer.Option("--scale", metavar="X", rich_help_panel=DATA, help="Multiply every count.")
]
Locale = Annotated[
    str | None,
    typer.Option(
        "--locale",
        metavar="de_DE",
        rich_help_panel=DATA,
        help="Names from the installed mimesis and Faker for a locale.",
    ),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode", metavar="KIND=MODE", rich_help_panel=DATA, autocompletion=completion.modes,
        help="Form of an identifier, such as phone=nanp_valid; see `qaseed schema --modes`.",
    ),
]  # fmt: skip
Scenarios = Annotated[
    str | None,
    typer.Option(
        "--scenarios", metavar="NAMES", rich_help_panel=CASES, autocompletion=completion.scenarios,
        help="Names with commas, none, or fit: all that there is room for, the default.",
    ),
]  # fmt: skip
Adversarial = Annotated[
    bool | None,
    typer.Option(
        "--adversarial/--no-adversarial",
        metavar="",
        rich_help_panel=CASES,
        help="Also cases with hostile strings in free text.",
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT", rich_help_panel=FILES, autocompletion=completion.words(*FORMATS),
        help=f"Files of the snapshot: {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.",
    ),
]  # fmt: skip
Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="DIR", rich_help_panel=FILES,
        help="Folder of snapshots; artifacts/ by default.",
    ),
]  # fmt: skip
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", rich_help_panel=FILES, help="Processes that generate rows; never changes the data."
    ),
]
Replace = Annotated[
    bool,
    typer.Option("--replace", metavar="", rich_help_panel=FILES, help="Replace another snapshot in the same place."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        rich_help_panel=TARGET,
        help="Target database; DATABASE_URL, or else the embedded Postgres.",
    ),
]
Schema = Annotated[
    str | None,
    typer.Option("--schema", metavar="NAME", rich_help_panel=TARGET, help="Schema of the tables; public by default."),
]
Confirm = Annotated[
    str | None,
    typer.Option(
        "--confirm", metavar="DBNAME", rich_help_panel=TARGET,
        help="Type the database's name where it is asked for; it holds for this one run.",
    ),
]  # fmt: skip
Rls = Annotated[
    bool | None,
    typer.Option(
        "--rls/--no-rls", metavar="", rich_help_panel=TARGET,
        help="Turn row-level security by tenant on or off; unchanged by default.",
    ),
]  # fmt: skip
Copy = Annotated[
    str | None,
    typer.Option(
        "--copy", metavar="FORM", rich_help_panel=LOADING, autocompletion=completion.words(*COPIES),
        help=f"{', '.join(COPIES[:-1])} or {COPIES[-1]}; chosen by type by default.",
    ),
]  # fmt: skip
Strategy = Annotated[
    str | None,
    typer.Option(
        "--strategy", metavar="NAME", rich_help_panel=LOADING, autocompletion=completion.words(*STRATEGIES),
        help=f"{', '.join(STRATEGIES[:-1])} or {STRATEGIES[-1]}; chosen by what the target holds by default.",
    ),
]  # fmt: skip
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="NAME", rich_help_panel=LOADING, help="With --strategy template: the database to create."
    ),
]
Verify = Annotated[
    str,
    typer.Option(
        "--verify", metavar="WHAT", rich_help_panel=LOADING, autocompletion=completion.words(*VERIFIES),
        help=f"What is read back: {', '.join(VERIFIES[:-1])} or {VERIFIES[-1]}.",
    ),
]  # fmt: skip
KeepOld = Annotated[
    bool,
    typer.Option(
        "--keep-old", metavar="", rich_help_panel=LOADING, help="Keep the tables that are replaced, for --rollback."
    ),
]
Rollback = Annotated[
    bool,
    typer.Option(
        "--rollback", metavar="", rich_help_panel=LOADING, help="Swap the kept tables in again; takes no SNAPSHOT."
    ),
]
Connections = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", rich_help_panel=LOADING, help="Connections that load; QA_PARALLEL_WORKERS, or 3."
    ),
]
MaxLockWait = Annotated[
    float,
    typer.Option(
        "--max-lock-wait", metavar="SECONDS", rich_help_panel=LOADING,
        help="The longest that readers may wait for one try to swap.",
    ),
]  # fmt: skip
MaxSnapshotWait = Annotated[
    float,
    typer.Option(
        "--max-snapshot-wait", metavar="SECONDS", rich_help_panel=LOADING,
        help="How long to wait for transactions older than inserted rows.",
    ),
]  # fmt: skip
TerminateBlockers = Annotated[
    bool,
    typer.Option(
        "--terminate-blockers",
        metavar="",
        rich_help_panel=LOADING,
        help="After some tries end the sessions that use the tables.",
    ),
]
Json = Annotated[bool, typer.Option("--json", metavar="", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", metavar="", help="Print nothing but results and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", metavar="", help="Print more.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")]
NoInput = Annotated[bool, typer.Option("--no-input", metavar="", help="Never ask; fail instead.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", metavar="", help="Only print what would be done.")]
Strict = Annotated[bool | None, typer.Option("--strict/--no-strict", metavar="", help="Warnings fail too.")]
SNAPSHOT = "A snapshot's folder, or its name in artifacts/."
SnapshotName = Annotated[str, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT, autocompletion=completion.snapshots)]
SnapshotOrNone = Annotated[
    str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT, autocompletion=completion.snapshots)
]
