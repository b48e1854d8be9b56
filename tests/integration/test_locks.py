"""Locks on live tables: how long readers may be blocked, who is waited for without blocking anybody, who is named."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest

from qaseed.errors import ConfirmationError, PostgresError
from qaseed.loading import LoadOptions, load, load_with_options, load_within, lock_holders, lock_retry, purge
from qaseed.loading.lock_gates import Gates
from qaseed.loading.lock_retry import Budget, with_exclusive_locks
from qaseed.snapshot import Snapshot
from support.databases import TABLES, ask, database_name, loaded_snapshot, row_counts
from support.own_server import own_server
from support.sessions import running

pytestmark = pytest.mark.integration
REQUESTS = """select count(*) from pg_locks where mode = 'AccessExclusiveLock' and not granted
    and database = (select oid from pg_database where datname = current_database())"""


@pytest.fixture
def budgets(monkeypatch: pytest.MonkeyPatch) -> list[Budget]:
    """The budget of each load of the test."""
    made: list[Budget] = []

    class Noted(Budget):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(lock_retry, "Budget", Noted)
    return made


def is_within_budget(budget: Budget) -> bool:
    blocked = sum(seconds for _, seconds in budget.spent)
    return blocked <= Budget.FREE + Budget.SHARE * budget.waited() + 0.1  # a busy machine ends a try late


@pytest.mark.parametrize("used", ["note", "visit_log"])
def test_a_session_that_stays_is_named_and_blocks_no_reader(
    used: str,
    minimal: Snapshot,
    changed: Snapshot,
    loaded: str,
    budgets: list[Budget],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On one of the tables, or on one that references them."""
    ask(loaded, "create table visit_log (tenant text, client bigint, foreign key (tenant, client) references client)")
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 3.0)
    with psycopg.connect(loaded, application_name="forgotten") as user:
        user.execute(f"select from {used}".encode())
        name = rf"process {user.info.backend_pid} of postgres \(forgotten, idle in transaction, for \d s\)"
        with pytest.raises(PostgresError, match=rf"{name} uses the tables.*are kept: run it again"):
            load(changed, loaded)
        assert [record.message for record in caplog.records if "forgotten" in record.message] != []
        assert row_counts(user) == minimal.manifest.rows
    assert is_within_budget(budgets[0])
    steps: list[str] = []
    assert load_with_options(changed, loaded, LoadOptions(step=steps.append)).verified
    assert "discarded" not in steps, "the load resumes with the kept stage"
    with psycopg.connect(loaded) as reader:
        assert row_counts(reader) == changed.manifest.rows


@pytest.mark.parametrize("change", ["purge", "in-place"])
def test_what_changes_the_tables_in_place_waits_without_blocking_readers(
    change: str,
    minimal: Snapshot,
    changed: Snapshot,
    loaded: str,
    budgets: list[Budget],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 3.0)

    def run() -> object:
        return purge(loaded) if change == "purge" else load(changed, loaded, strategy="in-place")

    with psycopg.connect(loaded, application_name="forgotten") as user:
        user.execute("select 1 from note")
        with pytest.raises(PostgresError, match=r"\(forgotten, .*nothing was changed: end that session"):
            run()
    assert is_within_budget(budgets[0])
    assert loaded_snapshot(loaded, minimal)
    assert run()


def test_a_session_that_stays_is_ended_if_the_user_says_so(
    changed: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_retry, "TERMINATE_AFTER", 0.2)
    with psycopg.connect(loaded) as user:
        user.execute("select 1 from note")
        assert load(changed, loaded, terminate_blockers=True).verified
        with pytest.raises(psycopg.OperationalError):
            user.execute("select 1")
        user.close()
    assert loaded_snapshot(loaded, changed)


def test_without_the_right_to_end_a_session_the_stage_is_kept(
    minimal: Snapshot, changed: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(
        database,
        "create role modest login; grant create on schema public to modest; "
        f"grant create on database {database_name(database)} to modest",
    )
    modest = database.replace("postgres@", "modest@")
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 3.0)
    try:
        load(minimal, modest)
        with psycopg.connect(database) as user:
            user.execute("select 1 from note")
            named = f"process {user.info.backend_pid} of postgres"
            with pytest.raises(PostgresError, match=rf"{named}.*may not end it; grant pg_signal_backend"):
                load(changed, modest, terminate_blockers=True, dry_run=True)
            with pytest.raises(PostgresError, match=rf"{named}.*are kept: grant pg_signal_backend"):
                load(changed, modest, terminate_blockers=True)
        assert ask(database, "select count(*) from pg_namespace where nspname = 'qaseed_next'") == [(1,)]
        assert load(changed, modest, terminate_blockers=True).verified
    finally:
        ask(database, "drop owned by modest; drop role modest")


def test_a_vacuum_that_does_not_yield_is_waited_for_without_a_request(
    changed: Snapshot, loaded: str, budgets: list[Budget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 3.0)
    with psycopg.connect(loaded) as vacuum:
        vacuum.execute("lock table note in share update exclusive mode")
        with pytest.raises(PostgresError, match=f"process {vacuum.info.backend_pid} of postgres"):
            load(changed, loaded)
    assert budgets[0].spent == []


@pytest.mark.slow
def test_an_autovacuum_yields(minimal: Snapshot, changed: Snapshot) -> None:
    with own_server() as server:
        url = server.url
        load(minimal, url)
        ask(url, "alter system set autovacuum_naptime = '1s'")
        ask(url, "select pg_reload_conf()")
        # before there is anything to vacuum: one that is quick would be over before the load, and none would follow
        slow = "autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1"
        ask(url, f"alter table note set ({slow})")
        for _ in range(100):
            ask(url, "update note set plan = plan || '.'")
        vacuum = (
            "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker' and query like '%note%'"
        )

        def wait_for_autovacuum(step: str) -> None:
            while step == "staged" and ask(url, vacuum) == [(0,)]:
                time.sleep(0.1)

        assert load_with_options(changed, url, LoadOptions(step=wait_for_autovacuum)).verified


def test_readers_of_all_tables_in_random_order_let_a_load_through(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    over, failures = threading.Event(), []

    def read(seed: int) -> None:
        order, chance = list(TABLES), random.Random(seed)
        with psycopg.connect(loaded) as connection:
            while not over.is_set():
                chance.shuffle(order)
                try:
                    counts = row_counts(connection, tuple(order))
                    connection.execute("select pg_sleep(0.03)")
                    connection.rollback()
                except psycopg.Error as error:
                    failures.append(repr(error))
                    return
                if counts not in (minimal.manifest.rows, changed.manifest.rows):
                    failures.append(repr(counts))

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(5)]
    with running(threads, over):
        for snapshot in (changed, minimal):
            assert load(snapshot, loaded).verified
    assert failures == []


def test_readers_wait_before_their_first_table_while_others_end(
    minimal: Snapshot, changed: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_retry, "LASTING", 60.0)
    monkeypatch.setattr(Budget, "FREE", 60.0)
    monkeypatch.setattr(Budget, "MAXIMUM", 60.0)
    loading = threading.Thread(target=load, args=(changed, loaded))
    with psycopg.connect(loaded) as early:
        row_counts(early)
        loading.start()
        while ask(loaded, REQUESTS) != [(len(TABLES),)]:
            assert loading.is_alive()
            time.sleep(0.02)
        late = threading.Thread(target=lambda: counted.update(loaded=count_notes(loaded)))
        counted: dict[str, int] = {}
        late.start()
        time.sleep(0.05)
        early.rollback()
    loading.join()
    late.join()
    assert counted["loaded"] in (minimal.manifest.rows["note"], changed.manifest.rows["note"])
    assert loaded_snapshot(loaded, changed)
    assert ask(loaded, REQUESTS) == [(0,)]


def count_notes(url: str) -> int:
    return int(ask(url, "select count(*) from note")[0][0])


@pytest.mark.parametrize("isolation", ["REPEATABLE_READ", "SERIALIZABLE"])
def test_two_callers_with_old_snapshots_end_with_one_load_and_one_clear_line(
    isolation: str, minimal: Snapshot, database: str
) -> None:
    with psycopg.connect(database) as first, psycopg.connect(database) as second:
        for connection in (first, second):
            connection.isolation_level = psycopg.IsolationLevel[isolation]
            connection.execute("select 1 from pg_class limit 1")
        load_within(minimal, first)
        first.commit()
        spelled = isolation.replace("_", " ").lower()
        with pytest.raises(
            PostgresError, match=f"another load has changed the tables since this {spelled} transaction"
        ):
            load_within(minimal, second)
        second.rollback()
        assert load_within(minimal, second).verified
        second.commit()
    assert loaded_snapshot(database, minimal)


LOCKED = """select c.oid::regclass::text from pg_locks l join pg_class c on c.oid = l.relation
    join pg_stat_activity a on a.pid = l.pid where a.application_name = 'qaseed' and c.relkind = 'r'
    and a.datname = current_database() and c.relnamespace <> 'pg_catalog'::regnamespace and c.relname !~ '^qaseed_'"""


def test_tables_that_are_only_looked_at_stay_unlocked(minimal: Snapshot, database: str) -> None:
    ask(database, "create schema app; create table app.a (id int); create table app.b (id int primary key)")
    ask(database, "insert into app.b values (1); delete from app.b")
    locked: list[object] = []

    def look(step: str) -> None:
        if step == "staged":
            locked.extend(ask(database, LOCKED))

    for _ in range(2):
        assert load_with_options(minimal, database, LoadOptions(step=look)).verified
    assert locked == []


def test_thousands_of_other_tables_neither_slow_a_plan_nor_exhaust_the_locks(minimal: Snapshot, database: str) -> None:
    ask(database, "do $$ begin for i in 1..1500 loop execute format('create table t%s ()', i); end loop; end $$")
    looked_at: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qaseed.postgres.target._has_rows", lambda *table: looked_at.append(table[-1]) or False)
        assert load(minimal, database, dry_run=True).plan
    assert looked_at == []


def test_a_table_that_another_session_has_locked_counts_as_one_with_rows(minimal: Snapshot, database: str) -> None:
    ask(database, "create table busy ()")
    with psycopg.connect(database) as migration:
        migration.execute("lock table busy")
        with pytest.raises(ConfirmationError, match=r"has unmanaged rows \(public.busy\)"):
            load(minimal, database)


def test_a_try_without_gates_ends_in_time(
    database: str, monkeypatch: pytest.MonkeyPatch, budgets: list[Budget]
) -> None:
    ask(database, "create table busy ()")
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 0.0)
    monkeypatch.setattr(lock_retry, "INITIAL_TIMEOUT", 4.2)
    monkeypatch.setattr(Budget, "FREE", 60.0)
    monkeypatch.setattr(Budget, "MAXIMUM", 60.0)
    with psycopg.connect(database) as user, psycopg.connect(database) as connection:
        connection.execute("set deadlock_timeout = '60s'")
        user.execute("select from busy")
        ((oid,),) = connection.execute("select 'busy'::regclass::oid").fetchall()
        gates = Gates([], lambda _: contextmanager(iter)([]))
        gates.is_prepared = True
        with pytest.raises(lock_holders.BusyError):
            with_exclusive_locks(
                connection,
                {oid: psycopg.sql.Identifier("busy")},
                [],
                LoadOptions(max_lock_wait=60.0),
                lambda: None,
                gates,
            )
    ((_, blocked),) = budgets[0].spent
    assert 4.0 < blocked < 7.0, "attempts that double without regard to the timeout end after 8.2 s"


def test_a_prepared_transaction_is_named() -> None:
    holder = lock_holders.Holder(0, "-1/7", "app", "", "", "order 5", 12.0, is_maintenance=False)
    assert str(holder) == "the prepared transaction order 5 of app"
    assert holder.remedy == "end it by COMMIT PREPARED or ROLLBACK PREPARED, and run it again"


def test_a_session_whose_state_is_hidden_is_named_by_what_is_known() -> None:
    holder = lock_holders.Holder(5, "3/7", "app", "", "", "", 2.0, is_maintenance=False)
    assert str(holder) == "process 5 of app (for 2 s)"


def timeouts_of_tries(url: str, monkeypatch: pytest.MonkeyPatch, max_lock_wait: float) -> list[float]:
    """The timeout of each try to lock, none of which succeeds, on a server that looks for deadlocks after 500 ms."""
    timeouts: list[float] = []

    def busy(_try: object, _order: object, timeout: float) -> None:
        timeouts.append(timeout)
        time.sleep(timeout)
        raise psycopg.errors.LockNotAvailable

    monkeypatch.setattr(lock_retry._Try, "_lock", busy)
    monkeypatch.setattr(Budget, "FREE", 100.0)
    monkeypatch.setattr(Budget, "MAXIMUM", 100.0)
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 1.5)
    with psycopg.connect(url) as connection:
        connection.execute("set deadlock_timeout = '500ms'")
        options, gates = LoadOptions(max_lock_wait=max_lock_wait), Gates([], lambda _: contextmanager(iter)([]))
        gates.is_prepared = True
        with pytest.raises(lock_holders.BusyError):
            with_exclusive_locks(connection, {}, [], options, lambda: None, gates)
    return timeouts


def test_no_try_to_lock_lasts_until_the_server_looks_for_deadlocks(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts = timeouts_of_tries(database, monkeypatch, max_lock_wait=60.0)
    assert timeouts == sorted(timeouts)
    assert timeouts[0] == pytest.approx(0.1)
    assert max(timeouts) == pytest.approx(0.4), "the server would cancel a writer, not the load"


def test_no_try_to_lock_lasts_longer_than_was_asked_for(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(timeouts_of_tries(database, monkeypatch, max_lock_wait=0.05)) == pytest.approx(0.05)


@pytest.mark.parametrize("longest", [0.02, 0.1, 0.5, 0.8])
def test_tries_block_readers_for_a_small_share_of_the_time(longest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("qaseed.loading.lock_retry.time.monotonic", lambda: now)
    budget = Budget(begun=now)
    while now < 300:
        if budget.left() >= longest:
            now += longest
            budget.spend(longest)
        now += 0.05
    ends = budget.spent
    assert len(ends) > 5
    assert sum(seconds for _, seconds in ends) <= 0.05 * now
    assert all(sum(s for end, s in ends if at - 20 < end <= at) <= 1.0 for at, _ in ends)


@pytest.mark.parametrize("ended", ["by itself", "by the load"])
def test_tries_are_as_long_as_transactions_that_end_by_themselves(loaded: str, ended: str) -> None:
    """A session that stays would make the first try so long that the budget allows it after a quarter of a minute."""
    ((oid,),) = ask(loaded, "select 'note'::regclass::oid::int")
    with psycopg.connect(loaded, autocommit=True) as connection, psycopg.connect(loaded) as user:
        watch = lock_holders.Watch(connection, [oid])
        user.execute("select 1 from note")
        time.sleep(0.1)
        assert [holder.user for holder in watch.look()] == ["postgres"]
        watch.look()
        assert watch.longest == 0
        if ended == "by itself":
            user.rollback()
        else:
            watch.terminate(0)
        while watch.look():
            time.sleep(0.01)
        assert (watch.longest > 0) is (ended == "by itself")
        user.close()
