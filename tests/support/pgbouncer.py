"""A pgbouncer in transaction mode before a server of the tests, where the machine has one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qaseed.postgres.wheel import account

PGBOUNCER = shutil.which("pgbouncer")


@contextmanager
def pgbouncer(socket: Path, database: str, *, mode: str = "transaction", size: int = 20) -> Iterator[str]:
    """The URL of a database through a pooler of some connections."""
    home = Path(tempfile.mkdtemp(prefix="qaseed-bouncer-"))
    home.chmod(0o777)
    (home / "users").write_text('"postgres" ""\n')
    (home / "ini").write_text(
        f"[databases]\n{database} = host={socket} port=5432 dbname={database}\n[pgbouncer]\npool_mode = {mode}\n"
        f"default_pool_size = {size}\nlisten_addr =\nunix_socket_dir = {home}\nlisten_port = 5432\nauth_type = trust\n"
        f"auth_file = {home}/users\nlogfile = {home}/log\n"
    )
    user = account()
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    command = [str(PGBOUNCER), "-q", str(home / "ini")]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)  # type: ignore[call-overload]  # of who
    while running.poll() is None and not (home / ".s.PGSQL.5432").exists():
        time.sleep(0.01)
    try:
        yield f"postgresql://postgres@:5432/{database}?host={home}"
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(home)
