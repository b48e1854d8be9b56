"""The options that several commands share, each told once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment", "-e", "--profile", help="Profile: minimal, standard, load_test, integration, or your own."
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed than the profile's.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE|today", help="The day at which the data ends.")]
Tenants = Annotated[int | None, typer.Option("--tenants", help="Tenants to split the same totals over.")]
Scale = Annotated[float | None, typer.Option("--scale", help="Multiply every count.")]
Locale = Annotated[
    str | None,
    typer.Option("--locale", metavar="de_DE", help="Names from the installed mimesis and Faker for a locale."),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode", metavar="KIND=MODE", help="Form of an identifier, such as phone=nanp_valid; see `schema --modes`."
    ),
]
Scenarios = Annotated[
    str | None,
    typer.Option("--scenarios", metavar="fit|none|NAMES", help="Named cases to be there; all that fit by default."),
]
Adversarial = Annotated[
    bool | None, typer.Option("--adversarial/--no-adversarial", help="Also cases with hostile strings in free text.")
]
Format = Annotated[str, typer.Option("--format", metavar="parquet|csv|both", help="Files of the snapshot.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of snapshots; artifacts/ by default.")]
Workers = Annotated[int | None, typer.Option("--workers", help="Processes that make rows; never changes the data.")]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="URL", help="Target database; DATABASE_URL, or else the embedded Postgres."),
]
Schema = Annotated[
    str | None, typer.Option("--schema", metavar="NAME", help="Schema of the tables; public by default.")
]
Confirm = Annotated[
    str | None,
    typer.Option(
        "--confirm", metavar="DBNAME", help="Type the database's name where it is asked for; it holds for this one run."
    ),
]
Rls = Annotated[
    bool | None,
    typer.Option("--rls/--no-rls", help="Row-level security by tenant: put it on, or take it off; else as it stands."),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        help="direct, staged, in-place, insert or template; chosen by what stands in the target if not given.",
    ),
]
Verify = Annotated[str, typer.Option("--verify", help="What is read back: digest, counts or none.")]
KeepOld = Annotated[bool, typer.Option("--keep-old", help="Keep the tables that are replaced, for --rollback.")]
Rollback = Annotated[bool, typer.Option("--rollback", help="Swap the kept tables in again; takes no SNAPSHOT.")]
Database = Annotated[
    str | None, typer.Option("--database", metavar="NAME", help="With --strategy template: the database to make.")
]
Connections = Annotated[int | None, typer.Option("--workers", help="Connections that load; QA_PARALLEL_WORKERS, or 3.")]
MaxLockWait = Annotated[
    float,
    typer.Option("--max-lock-wait", metavar="SECONDS", help="The longest that readers may wait for one try to swap."),
]
MaxSnapshotWait = Annotated[
    float,
    typer.Option(
        "--max-snapshot-wait", metavar="SECONDS", help="How long to wait for transactions older than inserted rows."
    ),
]
TerminateBlockers = Annotated[
    bool, typer.Option("--terminate-blockers", help="After some tries end the sessions that use the tables.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace another snapshot in the same place.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask; fail instead.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would be done.")]
Strict = Annotated[bool | None, typer.Option("--strict/--no-strict", help="Warnings fail too.")]
SnapshotName = Annotated[
    str, typer.Argument(metavar="SNAPSHOT", help="A snapshot's folder, or its name in artifacts/.")
]
