# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof fuzz` on a Dask cluster: a campaign in ranges of cases, kept in a folder that it can be resumed from."""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union

from foldproof._fuzz import FuzzReport
from foldproof._keywords import hinted
from foldproof._program import FoldproofError, check
from foldproof._program import program as found_program
from foldproof._shards import Cluster, Pool, ShardRun, read_json, write_beside

_POLICIES = ("upstream", "guarded", "repair")
_MOST_RANGES = 4096  # of a campaign: each is a file that merging reads
_RANGE = 20_000      # cases of a pass of foldproof's own, five seconds of a processor
_COMMAND_RANGE = 50  # of a command, which takes a thousand times as long


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a campaign is. `causes` are those of the cases that are merged so far."""

    cases: int
    of: int
    failed: int
    causes: int
    ranges_lost: int
    seconds: float
    cases_per_second: float

    def __str__(self) -> str:
        share = 100 * self.cases / max(1, self.of)
        text = f"{self.cases:,} of {self.of:,} cases ({share:.1f} %), {self.cases_per_second:,.0f}/s, {self.failed:,} failed ({self.causes} causes)"
        return text + (f", {self.ranges_lost} ranges run again" if self.ranges_lost else "")


Shown = Union[bool, Callable[[Progress], None]]


class _Folder:
    """out: campaign.json says what it is of, ranges/000001.json is the report of a range, report.json that of all."""

    def __init__(self, out: pathlib.Path, arguments: list[str], version: str, ranges: int) -> None:
        self.path, self.ranges_path = out, out / "ranges"
        self.ranges_path.mkdir(parents=True, exist_ok=True)
        known = read_json(out / "campaign.json")
        asked = {"arguments": arguments, "version": version}
        if known is None:
            if any(self.ranges_path.iterdir()):
                raise FoldproofError(f"out: {out} has ranges and no campaign.json that says of what; give another folder")
            known = {**asked, "ranges": ranges}
            write_beside(out / "campaign.json", json.dumps(known, indent=1) + "\n")
        for key, value in asked.items():
            if known.get(key) != value:
                raise FoldproofError(f"out: {out} holds another campaign: its {key} is {known.get(key)}, not {value}")
        self.ranges = int(known["ranges"])

    def path_of(self, number: int) -> pathlib.Path:
        return self.ranges_path / f"{number:06d}.json"

    def done(self, first: int, cases: int) -> dict[int, dict[str, Any]]:
        """The reports that are there and whole; others are removed, aloud."""
        out = {}
        for number in range(1, self.ranges + 1):
            if not self.path_of(number).exists():
                continue
            report = read_json(self.path_of(number))
            if report is not None and is_whole(report, number, self.ranges, first, cases):
                out[number] = report
            else:
                print(f"foldproof: {self.path_of(number)} is no whole report; its cases are examined again", file=sys.stderr)
                self.path_of(number).unlink()
        return out


def is_whole(report: dict[str, Any], number: int, of: int, first: int, cases: int) -> bool:
    """Whether the report has all cases of its range: a process that was stopped writes one of fewer."""
    begin, end = first + cases * (number - 1) // of, first + cases * number // of
    try:
        ranges = report["shard"]["ranges"]
        return [(one["begin"], one["end"], one["shard"]) for one in ranges] == ([(begin, end, f"{number}/{of}")] if begin < end else [])
    except (KeyError, TypeError):
        return False


class _Merger:
    """`foldproof fuzz merge` of the ranges that are there; beside the campaign, for the number of causes."""

    def __init__(self, program: str, folder: _Folder, command: str | None) -> None:
        self._program, self._folder, self._command = program, folder, command
        self._thread: threading.Thread | None = None
        self._ended, self._took = 0.0, 0.0
        self.causes = 0

    def merge(self, arguments: Sequence[str], report: pathlib.Path) -> subprocess.CompletedProcess[str]:
        files = [str(path) for path in sorted(self._folder.ranges_path.glob("*.json"))]
        command = [self._program, "fuzz", "merge", *arguments, "--json", str(report), *files]
        if self._command is not None:
            command[3:3] = ["--pass", self._command]
        return subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)

    def count_causes(self, reports_with_failures: int) -> None:
        """Starts a merge where one pays: it may take a tenth of the time."""
        if self._thread is not None and self._thread.is_alive():
            return
        if reports_with_failures and time.monotonic() - self._ended > 5 + 10 * self._took:
            self._thread = threading.Thread(target=self._count, daemon=True)
            self._thread.start()

    def _count(self) -> None:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
            report = pathlib.Path(name) / "so_far.json"
            self.merge(["--allow-missing", "--quiet"], report)
            so_far = read_json(report)
            if so_far is not None:
                self.causes = len(so_far["failures"])
        self._ended = time.monotonic()
        self._took = self._ended - started

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()


@contextlib.contextmanager
def _shown(show: Shown) -> Iterator[Callable[[Progress], None]]:
    """A bar of rich on standard error, or what the caller wants with it."""
    if callable(show):
        yield show
        return
    if not show:
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        yield lambda progress: bar.update(task, total=progress.of, completed=progress.cases, description=str(progress))


def _range_count(cases: int, range_cases: int | None, is_command: bool) -> int:
    # A short campaign has ranges for every worker, too, so that none waits for the last one.
    size = range_cases or max(_COMMAND_RANGE if is_command else min(_RANGE, max(2000, cases // 32)), -(-cases // _MOST_RANGES))
    return max(1, min(65_536, -(-cases // size)))


@hinted("fuzz")
def campaign(*, cases: int, out: str | os.PathLike[str], seed: int = 1, first: int = 0, pass_: str = "repair",
             client: Cluster = None, workers: int | None = None, range_cases: int | None = None, program: str | None = None,
             pass_timeout: float | None = None, properties: tuple[str, ...] = (), options: tuple[str, ...] = (),
             retries: int = 3, patience: float = 300, progress: Shown = True) -> FuzzReport:
    """Fuzzes a pass on a Dask cluster. The report is that of `foldproof fuzz` with the same cases, seed and pass.

    Args:
        cases, first, seed: which cases; each is drawn from the seed and its index alone.
        out: a folder. Reports of finished ranges are in it, so the same call goes on where an earlier one ended.
        pass_: "upstream", "guarded", "repair", or a command as `foldproof fuzz --pass` takes it, there on every worker.
        client: a distributed.Client, or the address of a scheduler; a cluster of this machine without.
        workers: processes of that cluster; one a processor without.
        range_cases: cases that a worker examines at a time; seconds' worth of them without.
        program: path of the program on the workers; that of the package foldproof there without.
        properties, pass_timeout, options: as of `foldproof fuzz`.
        retries: how often one range may fail, beside those that were lost with the scheduler.
        patience: seconds that the scheduler may be away.
        progress: whether a bar is shown; or a function that is told a Progress.

    Ctrl-C ends it with a report of the ranges that are finished; `json["missing"]` lists the others.

    Raises:
        FoldproofError: an option makes no sense, `out` holds another campaign, a range failed too often.
        ImportError: Dask is not there.
    """
    if isinstance(properties, str) or not isinstance(pass_, str):
        raise TypeError("properties takes several rules, and pass_ a policy or a command; foldproof.worker makes one of a callable")
    is_command = pass_ not in _POLICIES
    arguments = ["fuzz", "--cases", str(cases), "--first", str(first), "--seed", str(seed), "--pass" if is_command else "--policy", pass_]
    if pass_timeout is not None:
        arguments += ["--pass-timeout", str(pass_timeout)]
    if properties:
        arguments += ["--properties", ",".join(properties)]
    arguments += options
    here = program if program is not None and shutil.which(program) else found_program()
    said = subprocess.run([here, "--version"], capture_output=True, text=True, check=False)
    check(said.returncode, said.stderr)
    folder = _Folder(pathlib.Path(out), arguments, said.stdout.strip(), _range_count(cases, range_cases, is_command))
    merger = _Merger(here, folder, pass_ if is_command else None)
    stopped = _examine(folder, merger, arguments, cases, first, Pool(client, workers, patience), program, retries, progress)
    merger.join()
    more = ["--allow-missing"] if stopped else []
    done = merger.merge(["--out", str(folder.path / "cases"), *more], folder.path / "report.json")
    report = read_json(folder.path / "report.json")
    if report is None or done.returncode not in (0, 1, 4):
        check(done.returncode if done.returncode > 2 else 4, done.stderr)
    return FuzzReport.of(report or {}, done.stdout)


def _examine(folder: _Folder, merger: _Merger, arguments: list[str], cases: int, first: int, pool: Pool, program: str | None,
             retries: int, progress: Shown) -> bool:
    """Has the ranges examined that are not there yet; whether it was stopped before the last."""
    try:
        reports = folder.done(first, cases)
        counted = sum(report["cases"] for report in reports.values())
        failed = sum(report["failed"] for report in reports.values())
        before, started = counted, time.monotonic()
        wanted = [number for number in range(1, folder.ranges + 1) if number not in reports]
        del reports
        run = ShardRun(pool, program, [*arguments, "--shrink-later", "--quiet"], folder.ranges, (0, 1, 4), retries)
        try:
            with _shown(progress) as show:
                for ended in run.reports(wanted):
                    if ended is not None:
                        report = json.loads(ended[1])
                        if not is_whole(report, ended[0], folder.ranges, first, cases):
                            raise FoldproofError(f"range {ended[0]} came back with other cases than it was asked for")
                        write_beside(folder.path_of(ended[0]), ended[1])
                        counted += report["cases"]
                        failed += report["failed"]
                    merger.count_causes(failed)
                    seconds = time.monotonic() - started
                    show(Progress(counted, cases, failed, merger.causes, run.lost, seconds, (counted - before) / max(seconds, 1e-9)))
        except KeyboardInterrupt:
            run.cancel()
            if not any(folder.ranges_path.glob("*.json")):
                raise
            return True
        return False
    finally:
        pool.close()


def main(arguments: Sequence[str]) -> int:
    """`python -m foldproof campaign`; the exit code is that of `foldproof fuzz`."""
    parser = argparse.ArgumentParser(prog="python -m foldproof campaign", description="Fuzz a pass on a Dask cluster: `foldproof fuzz` in ranges of cases.",
                                     epilog="Options behind -- are those of `foldproof fuzz`. Exit codes: 0 no case failed, 1 one did, 3 usage, 4 internal error.")
    parser.add_argument("--cases", type=int, required=True, help="how many programs")
    parser.add_argument("--first", type=int, default=0, help="index of the first program (default: 0)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same programs (default: 1)")
    parser.add_argument("--pass", dest="pass_", default="repair", metavar="PASS", help="upstream, guarded, repair, or a command (default: repair)")
    parser.add_argument("--out", required=True, metavar="DIR", help="reports and cases; the same command goes on from it")
    parser.add_argument("--client", metavar="ADDRESS", help="a scheduler, as tcp://host:8786; a cluster of this machine without")
    parser.add_argument("--workers", type=int, help="processes of that cluster (default: one a processor)")
    parser.add_argument("--range-cases", type=int, help="cases that a worker examines at a time")
    parser.add_argument("--program", metavar="PATH", help="the program on the workers; that of their package foldproof without")
    parser.add_argument("--retries", type=int, default=3, help="how often one range may fail (default: 3)")
    parser.add_argument("--patience", type=float, default=300, metavar="SECONDS", help="how long the scheduler may be away (default: 300)")
    parser.add_argument("--quiet", action="store_true", help="show no bar and print nothing")
    ours = list(arguments)
    options = ours[ours.index("--") + 1:] if "--" in ours else []
    try:
        given = vars(parser.parse_args(ours[:len(ours) - len(options)] if not options else ours[:ours.index("--")]))
    except SystemExit as ended:
        return 3 if ended.code else 0
    quiet = given.pop("quiet")
    report = campaign(**given, options=tuple(options), progress=not quiet)
    if not quiet:
        print(report, end="")
    return int(report.json["exit_code"])
