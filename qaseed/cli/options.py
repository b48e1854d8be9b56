"""The options of commands, each with its help text once."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli import completion

DATA, CASES, FILES, TARGET, LOADING, TRUST = "Data", "Named cases", "Snapshot", "Target", "Loading", "Signatures"
"""Panels of help for the options of long commands."""

FORMATS = ("parquet", "csv", "both")
ENGINES = ("processes", "threads", "dask")
COPIES = ("binary", "text", "insert")
TABLES = ("core", "full")
STRATEGIES = ("direct", "staged", "in-place", "insert", "template")
VERIFIES = ("digest", "counts", "none")
PUBLICATIONS = ("refuse", "refresh", "keep")
"""What these options take. They are written again because importing `LoadOptions` is slow; a test compares them."""

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        "--profile",
        metavar="NAME",
        rich_help_panel=DATA,
        autocompletion=completion.profiles,
        help="Profile: minimal, standard, load_test, integration, or your own.",
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", rich_help_panel=DATA, help="Override the seed of the profile.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", rich_help_panel=DATA, help="Day on which the data ends: YYYY-MM-DD or today."
    ),
]
Tenants = Annotated[
    int | None,
    typer.Option("--tenants", metavar="N", rich_help_panel=DATA, help="Number of tenants; they share the same totals."),
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
        help="Draw names for a locale from the installed mimesis and Faker.",
    ),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode",
        metavar="KIND=MODE",
        rich_help_panel=DATA,
        autocompletion=completion.modes,
        help="Form of an identifier, such as phone=nanp_valid; see `qaseed schema --modes`.",
    ),
]
Scenarios = Annotated[
    str | None,
    typer.Option(
        "--scenarios",
        metavar="NAMES",
        rich_help_panel=CASES,
        autocompletion=completion.scenarios,
        help="Names separated by commas, none, or fit (the default): all that fit.",
    ),
]
Adversarial = Annotated[
    bool | None,
    typer.Option(
        "--adversarial/--no-adversarial",
        rich_help_panel=CASES,
        help="Add scenarios with hostile strings in free text.",
    ),
]
Tables = Annotated[
    str | None,
    typer.Option(
        "--tables",
        metavar="SET",
        rich_help_panel=DATA,
        autocompletion=completion.words(*TABLES),
        help="core (the default), or full: with insurance policies, claims, accounts, diagnoses and more.",
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        rich_help_panel=FILES,
        autocompletion=completion.words(*FORMATS),
        help=f"Format of the files: {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="DIR",
        rich_help_panel=FILES,
        help="Folder of snapshots; artifacts/ by default.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", rich_help_panel=FILES, help="Processes that generate rows; never changes the data."
    ),
]
Replace = Annotated[
    bool,
    typer.Option("--replace", rich_help_panel=FILES, help="Replace another snapshot in the same folder."),
]
Invalid = Annotated[
    bool,
    typer.Option(
        "--invalid",
        rich_help_panel=FILES,
        help="Also write rows that an importer must refuse, each with its reason, into OUT/NAME.invalid.",
    ),
]
PartOption = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="I/N",
        rich_help_panel=FILES,
        help="Make only part I of N, and continue it after a kill; `qaseed assemble` joins parts.",
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        rich_help_panel=FILES,
        autocompletion=completion.words(*ENGINES),
        help=f"Where rows are generated: {', '.join(ENGINES[:-1])} or {ENGINES[-1]}; never changes the data.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="URL",
        rich_help_panel=FILES,
        help="With --engine dask: tcp://HOST:PORT; by default DASK_SCHEDULER_ADDRESS.",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        rich_help_panel=TARGET,
        help="Target database; by default DATABASE_URL, else the embedded Postgres.",
    ),
]
Schema = Annotated[
    str | None,
    typer.Option("--schema", metavar="NAME", rich_help_panel=TARGET, help="Schema of the tables; public by default."),
]
Confirm = Annotated[
    str | None,
    typer.Option(
        "--confirm",
        metavar="DBNAME",
        rich_help_panel=TARGET,
        help="Confirm the target by its database name, for this one run.",
    ),
]
Rls = Annotated[
    bool | None,
    typer.Option(
        "--rls/--no-rls",
        rich_help_panel=TARGET,
        help="Turn row-level security by tenant on or off; unchanged by default.",
    ),
]
Copy = Annotated[
    str | None,
    typer.Option(
        "--copy",
        metavar="FORM",
        rich_help_panel=LOADING,
        autocompletion=completion.words(*COPIES),
        help=f"{', '.join(COPIES[:-1])} or {COPIES[-1]}; by default chosen by column types.",
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="NAME",
        rich_help_panel=LOADING,
        autocompletion=completion.words(*STRATEGIES),
        help=f"{', '.join(STRATEGIES[:-1])} or {STRATEGIES[-1]}; by default chosen by the state of the target.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="NAME", rich_help_panel=LOADING, help="With --strategy template: the database to create."
    ),
]
Owner = Annotated[
    str | None,
    typer.Option(
        "--owner",
        metavar="ROLE",
        rich_help_panel=LOADING,
        help="With --strategy template: the role that gets the database and its tables.",
    ),
]
Verify = Annotated[
    str,
    typer.Option(
        "--verify",
        metavar="WHAT",
        rich_help_panel=LOADING,
        autocompletion=completion.words(*VERIFIES),
        help=f"What to read back and compare: {', '.join(VERIFIES[:-1])} or {VERIFIES[-1]}.",
    ),
]
KeepOld = Annotated[
    bool,
    typer.Option("--keep-old", rich_help_panel=LOADING, help="Keep the replaced tables for --rollback."),
]
Rollback = Annotated[
    bool,
    typer.Option("--rollback", rich_help_panel=LOADING, help="Swap the kept tables back in; takes no SNAPSHOT."),
]
Connections = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        rich_help_panel=LOADING,
        help="Connections that load more than 10,000 rows; by default QA_PARALLEL_WORKERS, else 3.",
    ),
]
Coordinate = Annotated[
    bool,
    typer.Option(
        "--coordinate",
        rich_help_panel=LOADING,
        help="Let other machines --join this load; of a snapshot in a store, only files that are loaded here are read.",
    ),
]
Join = Annotated[
    bool,
    typer.Option(
        "--join",
        rich_help_panel=LOADING,
        help="Load files of a snapshot whose load is coordinated elsewhere, until none is left.",
    ),
]
MaxLockWait = Annotated[
    float,
    typer.Option(
        "--max-lock-wait",
        metavar="SECONDS",
        rich_help_panel=LOADING,
        help="Longest time that readers wait for one attempt to swap.",
    ),
]
MaxSnapshotWait = Annotated[
    float,
    typer.Option(
        "--max-snapshot-wait",
        metavar="SECONDS",
        rich_help_panel=LOADING,
        help="Longest time to wait for transactions that are older than inserted rows.",
    ),
]
TerminateBlockers = Annotated[
    bool,
    typer.Option(
        "--terminate-blockers",
        rich_help_panel=LOADING,
        help="End the sessions that use the tables, after some attempts.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print more details.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask; fail instead.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Print the plan; change nothing.")]
Strict = Annotated[bool | None, typer.Option("--strict/--no-strict", help="Fail on warnings too.")]
SNAPSHOT = "A snapshot's folder, its name in artifacts/, or STORE/name:tag."
SnapshotName = Annotated[str, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT, autocompletion=completion.snapshots)]
SnapshotOrNone = Annotated[
    str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT, autocompletion=completion.snapshots)
]
LockFile = Annotated[
    str | None, typer.Option("--lock", metavar="FILE", help="The lock file; by default the nearest qaseed.lock.")
]
RequireSignature = Annotated[
    str | None,
    typer.Option(
        "--require-signature",
        metavar="FILE",
        rich_help_panel=TRUST,
        help="Refuse a snapshot that none of these allowed signers signed.",
    ),
]
RevokedSigners = Annotated[
    str | None,
    typer.Option(
        "--revoked", metavar="FILE", rich_help_panel=TRUST, help="Keys that no longer count: public keys, or a KRL."
    ),
]
Sign = Annotated[
    str | None,
    typer.Option("--sign", metavar="KEY", help="Sign it by an SSH key, or by a public key that the agent has."),
]
Signer = Annotated[
    str | None,
    typer.Option(
        "--signer", metavar="NAME", rich_help_panel=TRUST, help="Accept only this one of the allowed signers."
    ),
]
Publications = Annotated[
    str,
    typer.Option(
        "--publications",
        metavar="WHAT",
        rich_help_panel=LOADING,
        autocompletion=completion.words(*PUBLICATIONS),
        help="For tables of subscribers: refuse, refresh (send all rows) or keep (leave the old ones).",
    ),
]
After = Annotated[
    str | None,
    typer.Option(
        "--after",
        metavar="FILE",
        rich_help_panel=LOADING,
        help="Run SQL in the transaction of the load, once the new rows are in place.",
    ),
]
Metrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="FILE",
        rich_help_panel=LOADING,
        help="Write the metrics of the load as an OpenMetrics text file.",
    ),
]
