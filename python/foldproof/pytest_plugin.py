# SPDX-License-Identifier: BSD-3-Clause
"""pytest: the fixture `foldproof`, --foldproof-report DIR, and --foldproof-cache DIR (foldproof_cache of an ini-file)."""
from __future__ import annotations

import json
import math
import pathlib
import re
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

import foldproof as _foldproof
from foldproof._compare import CompareReport
from foldproof._fuzz import FuzzReport
from foldproof._pair import After, Program
from foldproof._report import Report
from foldproof._shards import write_beside


def _figure(value: float) -> str:
    return "infinite" if math.isinf(value) else f"{value:.6g}"


def _allowed(report: Report, conv: str) -> str:
    """Whose the tolerance of a site is: the user's, or that of the proof."""
    gate = report.json["gate"]
    is_derived = gate.get("site_tolerances", {}).get(conv, gate["tolerance"]) == "derived"
    return "a right fold may cost" if is_derived else "allowed"


def _headline(report: Report) -> str:
    """The worst of it in a line: verdict, cause, channel, LSB, witness."""
    new = [fault for fault in report.structure if fault.only_after]
    tail = report.worst if any(site.tails for site in report.sites) else None
    if tail is None or (tail.verdict != report.verdict and new):
        what = "; ".join(f"{fault.rule} at {fault.node}: {fault.detail}" for fault in new)
        return f"the fold does not hold: {report.verdict}: {what or 'no site was found'}"
    cause = ", ".join(f"{cause.rule} at {cause.node}" for cause in tail.causes) or tail.reason or "without a cause"
    site = next(site for site in report.sites if any(one is tail for one in site.tails))
    line = (f"the fold does not hold: {report.verdict}: {cause}; {site.name}, channel {tail.channel}: {_figure(tail.lsb)} LSB, "
            f"{_allowed(report, site.before_conv)} {_figure(tail.tolerance_lsb)} LSB")
    if tail.witness and tail.witness.file:
        line += f"; witness {tail.witness.file}"
    return line


def assert_fold_holds(before: Program, after: After, *, witness: str | None = None, **options: Any) -> Report:
    """Fails where the fold does not hold, with the summary, the cause and a witness; takes what verify takes."""
    __tracebackhide__ = True
    folder = witness or tempfile.mkdtemp(prefix="foldproof_witness_")
    report = _foldproof.verify(before, after, witness=folder, **options)
    if not report.holds:
        raise AssertionError(f"{_headline(report)}\n\n{report}")
    return report


class Foldproof:
    """What the fixture `foldproof` gives: the package, with witnesses and reports kept for each test."""

    def __init__(self, name: str, witness: pathlib.Path, reports: pathlib.Path | None, cache: pathlib.Path | None = None) -> None:
        self._name, self._cache = name, cache
        self._witness, self._reports, self._count = witness, reports, 0

    def _keep(self, report: dict[str, Any]) -> None:
        if self._reports is not None:
            self._reports.mkdir(parents=True, exist_ok=True)
            path = self._reports / f"{self._name}.{self._count}.json"
            write_beside(path, json.dumps(report, indent=1) + "\n")  # another process may write it, too
        self._count += 1

    def verify(self, before: Program, after: After, **options: Any) -> Report:
        """foldproof.verify, with a folder for the witness and the report collected."""
        options.setdefault("witness", self._witness / str(self._count))
        options.setdefault("cache", self._cache)
        report = _foldproof.verify(before, after, **options)
        self._keep(report.json)
        return report

    def compare(self, before: Program, after: After, **options: Any) -> CompareReport:
        """foldproof.compare, with the report collected."""
        report = _foldproof.compare(before, after, **options)
        self._keep(report.json)
        return report

    def fuzz(self, fold: Any, **options: Any) -> FuzzReport:
        """foldproof.fuzz, with the report collected."""
        report = _foldproof.fuzz(fold, **options)
        self._keep(report.json)
        return report

    def assert_fold_holds(self, before: Program, after: After, **options: Any) -> Report:
        """Fails where the fold does not hold."""
        __tracebackhide__ = True
        report = self.verify(before, after, **options)
        if not report.holds:
            raise AssertionError(f"{_headline(report)}\n\n{report}")
        return report


def _file_name(nodeid: str) -> str:
    """A name for what a test writes. Processes of pytest-xdist share the folder, so two tests never have the same one."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", nodeid).strip("_")
    # What stands between a file, a class, a test and its parameters is known; whatever else went is told by a checksum.
    return name if re.fullmatch(r"[\w./:\[\]-]+", nodeid, re.ASCII) else f"{name}-{zlib.crc32(nodeid.encode()):08x}"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("foldproof")
    group.addoption("--foldproof-report", metavar="DIR", help="write the JSON report of every proof, and its witnesses, into DIR")
    group.addoption("--foldproof-cache", metavar="DIR", help="keep the proofs of sites in DIR, and prove none again that is there")
    parser.addini("foldproof_cache", "the folder of --foldproof-cache, from the root folder of the tests", default="")


def _cache_folder(config: pytest.Config) -> pathlib.Path | None:
    given = config.getoption("--foldproof-cache")
    if given:
        return pathlib.Path(given).resolve()
    kept = config.getini("foldproof_cache")
    return config.rootpath / str(kept) if kept else None


@pytest.fixture
def foldproof(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Foldproof]:
    """Proofs in a test: verify, compare, fuzz and assert_fold_holds, whose reports --foldproof-report collects."""
    given = request.config.getoption("--foldproof-report")
    reports = pathlib.Path(given).resolve() if given else None
    name = _file_name(request.node.nodeid)
    yield Foldproof(name, (reports or tmp_path) / f"{name}.witness", reports, _cache_folder(request.config))
