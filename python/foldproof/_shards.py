# SPDX-License-Identifier: BSD-3-Clause
"""The shards of a command on the workers of a Dask cluster: what `--shard I/N` of `fuzz` and `gate` divides."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

from foldproof._program import FoldproofError, warn

if TYPE_CHECKING:
    from distributed import Client

Cluster = Union["Client", str, None]
# Of a shard that is running or waits for a worker; of more the scheduler would only keep a list.
_AHEAD = 2
_LOST_WAIT = 0.5  # seconds between looks at the connection


def _task() -> Callable[..., tuple[int, str, str]]:
    """What runs in a worker. It is nested so that its code is sent: a worker needs the program alone, not this package."""

    def run_shard(program: str | None, arguments: list[str]) -> tuple[int, str, str]:
        import os
        import pathlib
        import subprocess
        import sys
        import tempfile

        if program is None:
            from foldproof._program import program as found

            program = found()
        # A worker that is killed takes the program along: the kernel ends it with the thread that waits for it.
        bind = ("import ctypes, os, sys\nctypes.CDLL(None).prctl(1, 9)\n"
                "if os.getppid() != int(sys.argv[1]): sys.exit(1)\nos.execvp(sys.argv[2], sys.argv[2:])\n")
        with tempfile.TemporaryDirectory(prefix="foldproof_") as folder:
            report = pathlib.Path(folder) / "report.json"
            # Ctrl-C in the terminal of a local cluster is for the process that asked.
            done = subprocess.run([sys.executable, "-I", "-S", "-c", bind, str(os.getpid()), program, *arguments, "--json", str(report)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, start_new_session=True)
            if done.returncode < 0:
                raise RuntimeError(f"signal {-done.returncode} ended the program")
            return done.returncode, report.read_text() if report.is_file() else "", done.stderr

    return run_shard


def distributed_module() -> Any:
    try:
        import distributed
    except ImportError as missing:
        raise ImportError("this needs Dask: pip install 'foldproof[distributed]'") from missing
    return distributed


class Pool:
    """The cluster: one of this machine, or one that is there. Where its scheduler goes away, it is asked for again."""

    def __init__(self, client: Cluster, workers: int | None, patience: float) -> None:
        self._distributed = distributed_module()
        self._patience = patience
        self._cluster: Any = None
        self._is_ours = client is None or isinstance(client, str)
        if client is None:
            self._cluster = self._distributed.LocalCluster(n_workers=workers or os.cpu_count() or 1, threads_per_worker=1,
                                                           processes=True, dashboard_address=None)
            self._address = str(self._cluster.scheduler_address)
        elif isinstance(client, str):
            self._address = client
        else:
            self._address = str(client.scheduler.address) if client.scheduler is not None else ""
        self.client: Any = self._connected(patience) if client is None or isinstance(client, str) else client
        self._threads, self._asked = 1, 0.0

    def _connected(self, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while True:
            try:
                return self._distributed.Client(self._address, timeout=min(10, max(1, end - time.monotonic())), set_as_default=False)
            except OSError as error:  # that of a time-out and of a connection that closes, too
                if time.monotonic() >= end:
                    raise FoldproofError(f"no scheduler answers at {self._address}: {error}") from error
                time.sleep(_LOST_WAIT)

    def threads(self) -> int:
        """How many shards the workers can run at once; what was known last where nobody answers."""
        if time.monotonic() - self._asked > 5:
            self._asked = time.monotonic()
            with contextlib.suppress(Exception):
                self._threads = max(1, sum(self.client.nthreads().values()))
        return self._threads

    def is_lost(self) -> bool:
        return bool(self.client.status != "running")

    def reconnect(self) -> None:
        """Comes back with a connection. What was submitted over the old one is gone."""
        old, was_ours = self.client, self._is_ours
        self.client, self._is_ours = self._connected(self._patience), True
        if was_ours:
            with contextlib.suppress(Exception):
                old.close(timeout=1)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            if self._is_ours:
                self.client.close(timeout=5)
        if self._cluster is not None:
            self._cluster.close(timeout=30)


class ShardRun:
    """Runs shards, and gives the report of each as it comes; a bounded number is with the scheduler at a time."""

    def __init__(self, pool: Pool, program: str | None, arguments: Sequence[str], of: int, good_codes: tuple[int, ...], retries: int) -> None:
        self._pool, self._program, self._arguments, self._of = pool, program, list(arguments), of
        self._good_codes, self._retries = good_codes, retries
        self._waiting: deque[int] = deque()
        self._running: dict[Any, int] = {}
        self._tries: Counter[int] = Counter()
        self._ended: queue.Queue[Any] = queue.Queue()
        self._task = _task()
        self.most_running = 0  # at once, so far
        self.lost = 0          # shards that were given to another worker, or again

    def reports(self, wanted: Sequence[int]) -> Iterator[tuple[int, str] | None]:
        """Pairs of a shard's number and its report, in the order in which they end; None now and then, while nothing does."""
        self._waiting.extend(wanted)
        while self._waiting or self._running:
            self._submit()
            try:
                future = self._ended.get(timeout=_LOST_WAIT)
            except queue.Empty:
                if self._pool.is_lost():
                    self._start_over()
                yield None
                continue
            shard = self._running.pop(future, None)
            if shard is not None:  # else of a connection that was lost
                report = self._report_of(shard, future)
                if report is not None:
                    yield shard, report

    def cancel(self) -> None:
        with contextlib.suppress(Exception):
            self._pool.client.cancel(list(self._running))
        self._running.clear()

    def _submit(self) -> None:
        while self._waiting and len(self._running) < _AHEAD * self._pool.threads():
            shard = self._waiting.popleft()
            try:
                future = self._pool.client.submit(self._task, self._program, [*self._arguments, "--shard", f"{shard}/{self._of}"], pure=False)
            except Exception:
                self._waiting.appendleft(shard)
                if not self._pool.is_lost():
                    raise
                self._start_over()
                continue
            self._running[future] = shard
            self.most_running = max(self.most_running, len(self._running))
            future.add_done_callback(self._ended.put)

    def _start_over(self) -> None:
        """What was with the scheduler is given to it again, once it answers."""
        self.lost += len(self._running)
        self._waiting.extendleft(sorted(self._running.values(), reverse=True))
        self._running.clear()
        self._pool.reconnect()

    def _report_of(self, shard: int, future: Any) -> str | None:
        """None where it goes back to those that wait."""
        try:
            code, report, errors = future.result(timeout=60)
        except Exception as error:  # a lost worker, a cancelled future, a program that a signal ended
            self.lost += 1
            self._waiting.appendleft(shard)
            if self._pool.is_lost():
                self._start_over()
                return None
            self._tries[shard] += future.status not in ("cancelled", "lost")  # what the scheduler forgot is no failure
            if self._tries[shard] > self._retries:
                raise FoldproofError(f"shard {shard}/{self._of} failed {self._tries[shard]} times: {type(error).__name__}: {error}") from error
            return None
        if code not in self._good_codes or not report:
            lines = errors.strip().splitlines()
            raise FoldproofError(lines[-1] if lines else f"shard {shard}/{self._of} ended with exit code {code}")
        warn(errors)
        return str(report)


def write_beside(path: pathlib.Path, text: str) -> None:
    """Writes the whole file or none of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read_json(path: pathlib.Path) -> dict[str, Any] | None:
    """None where the file is not there, or is half of one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
