# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof gate` over many pairs, on a Dask cluster."""
from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, Union

from foldproof._keywords import hinted
from foldproof._pair import After, Program, files_of
from foldproof._program import FoldproofError, cache_arguments, check
from foldproof._program import program as found_program
from foldproof._report import Report
from foldproof._shards import Cluster, Pool, ShardRun, write_beside

# Before and after; or the keys of a [[pair]] of a configuration (docs/gate.md).
Pair = Union["tuple[Program, After]", Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class GatedPair:
    """One pair: "holds", "waived", "unproved", "differs" or "unusable", and the report of verify, None of the last."""

    name: str
    status: str
    report: Report | None
    why: str | None


@dataclasses.dataclass(frozen=True, repr=False)
class GateReport:
    """What a gate says of all pairs. `json` is the whole report."""

    exit_code: int
    pairs: tuple[GatedPair, ...]
    summary: str
    json: dict[str, Any] = dataclasses.field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether every pair holds, or what it lacks is waived or allowed."""
        return self.exit_code == 0

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        """How many pairs there are of each status."""
        statuses = [pair.status for pair in self.pairs]
        counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
        return f"<foldproof.GateReport {len(statuses)} pairs: {counts}>"

    def __str__(self) -> str:
        return self.summary

    @classmethod
    def of(cls, report: dict[str, Any], summary: str = "") -> GateReport:
        """The GateReport of what `foldproof gate --json` wrote."""
        pairs = tuple(GatedPair(one["name"], one["status"], Report.of(one["report"]) if one["report"] else None, one["why"])
                      for one in report["pairs"])
        return cls(report["exit_code"], pairs, summary, report)


def _configuration(pairs: Sequence[Pair] | str | os.PathLike[str], folder: pathlib.Path) -> pathlib.Path:
    """The configuration that names the pairs: the one that is given, or folder/foldproof.json."""
    if isinstance(pairs, (str, os.PathLike)):
        return pathlib.Path(pairs)
    listed = []
    for number, pair in enumerate(pairs):
        if isinstance(pair, Mapping):
            listed.append({"name": f"pair{number}", **pair})
            continue
        before, after = pair
        files = [os.path.abspath(file) for file in files_of(before, after, folder, f"pair{number}.")]
        listed.append({"name": f"pair{number}", "before": files[0], "after": files[1]})
    path = folder / "foldproof.json"
    write_beside(path, json.dumps({"pair": listed}, indent=1) + "\n")
    return path


@hinted("gate")
def gate(pairs: Sequence[Pair] | str | os.PathLike[str], *, client: Cluster = None, workers: int | None = None, shards: int | None = None,
         out: str | os.PathLike[str] | None = None, today: str | None = None, program: str | None = None,
         cache: str | os.PathLike[str] | None = None, cache_key: str | os.PathLike[str] | None = None,
         retries: int = 3, patience: float = 300) -> GateReport:
    """Judges many pairs on a Dask cluster. The report is that of `foldproof gate` of the same configuration.

    Args:
        pairs: a configuration of `foldproof gate`; or pairs (before, after) of ExportedPrograms or paths, or mappings
            with the keys of a [[pair]], whose paths are from `out`.
        client, workers, program, retries, patience: as of foldproof.campaign.
        shards: parts that the pairs are divided into; four a processor of the cluster without.
        out: a folder that all workers see as this process does, for what the pairs are written to, and report.json; one
            of this machine that goes away without.
        cache, cache_key: as of foldproof.verify; a folder and a file that all workers see by the same path. Workers of
            several users need the key to share a folder.
        today: the day that waivers are held to, as "2027-01-31"; that of the clock (UTC) without.

    Raises:
        FoldproofError: the configuration cannot be used, or a part failed too often.
        ImportError: Dask is not there.
    """
    day = today or datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    here = program if program is not None and shutil.which(program) else found_program()
    with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
        folder = pathlib.Path(out if out is not None else name)
        folder.mkdir(parents=True, exist_ok=True)
        path = os.path.abspath(_configuration(pairs, folder))
        parts = pathlib.Path(name) / "shards"
        parts.mkdir()
        pool = Pool(client, workers, patience)
        try:
            of = shards or 4 * pool.threads()
            judge = ["gate", "--config", path, "--today", day, "--quiet", *cache_arguments(cache, cache_key)]
            run = ShardRun(pool, program, judge, of, (0, 1, 2, 3), retries)
            for ended in run.reports(range(1, of + 1)):
                if ended is not None:
                    write_beside(parts / f"{ended[0]:06d}.json", ended[1])
        finally:
            pool.close()
        written = folder / "report.json"
        done = subprocess.run([here, "gate", "merge", *map(str, sorted(parts.glob("*.json"))), "--json", str(written)],
                              capture_output=True, text=True, check=False)
        if not written.is_file():
            check(done.returncode if done.returncode > 2 else 4, done.stderr)
            raise FoldproofError("the gate has no report")
        return GateReport.of(json.loads(written.read_text()), done.stdout)
