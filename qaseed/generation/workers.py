"""Worker processes that generate units, and end when their parent ends."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Any

from qaseed.errors import ResourceError
from qaseed.scratch import spill_folder, spilling


@contextmanager
def worker_map(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map`, in this process for one worker, over processes for more; a daemonic process may start none.

    Processes read the function from a file. With every task it would not fit into the pipe to a process, and if one is
    killed, Python 3.11.2 waits for ever for it to read the rest (python/cpython, issue 94777).
    """
    if workers == 1 or current_process().daemon:
        yield map
        return
    with spill_folder() as folder, ExitStack() as pools:

        def submit(function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
            file = folder / "function"
            with spilling():
                file.write_bytes(pickle.dumps(function))
            # spawned: forking after polars has used its threads deadlocks
            pool = ProcessPoolExecutor(
                workers, mp_context=get_context("spawn"), initializer=_end_with_parent, initargs=(os.getpid(),)
            )
            # wait: a file that is being written would outlive its folder
            pools.callback(pool.shutdown, cancel_futures=True)
            with _spawn_state():
                return pool.map(partial(_call, str(file)), *arguments)

        try:
            yield submit
        except BrokenProcessPool:
            raise ResourceError(
                "a worker process was killed, most likely for lack of memory; give fewer --workers"
            ) from None


def _call(file: str, *arguments: Any) -> Any:
    return _read(file)(*arguments)


@lru_cache(maxsize=1)
def _read(file: str) -> Callable[..., Any]:
    function: Callable[..., Any] = pickle.loads(Path(file).read_bytes())  # noqa: S301  # of this run's own folder
    return function


@contextmanager
def _spawn_state() -> Iterator[None]:
    """Set the state that spawned processes inherit: the parent handles the signals, and no main module is run again.

    SIGTERM is not blocked, because the pool ends its processes by it. One that arrives meanwhile waits until they are
    started: a half-started process would print a traceback.
    """
    early: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, lambda number, _: early.append(number)) if is_main else None
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {name: vars(main).pop(name) for name in ("__spec__", "__file__") if name in vars(main)}
    main.__spec__ = None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        vars(main).update(hidden)
        if is_main:
            signal.signal(signal.SIGTERM, handler)
        if early:
            os.kill(os.getpid(), signal.SIGTERM)


def _end_with_parent(parent: int) -> None:
    """End this worker soon after its parent was killed: nothing would use or remove what it writes."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
