# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof compare` on programs and on files."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any, Literal, Union, get_args

from foldproof._keywords import hinted
from foldproof._pair import After, Program, files_of
from foldproof._program import FoldproofError
from foldproof._report import Report, _number
from foldproof._verify import Inputs, check_tolerance, check_threads, input_range_of, inputs_file_of, run_on

CompareDomain = Literal["calibrated", "reachable"]
# As of verify; or several files, and folders of them.
ComparedInputs = Union[Inputs, "Sequence[str | os.PathLike[str]]"]


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far apart the two programs were on the inputs that were run, in LSB: the largest, the mean, the median, and
    what 99 and 99.9 % of the elements do not exceed."""

    lsb: float
    mean: float
    p50: float
    p99: float
    p999: float
    elements: int

    @classmethod
    def of(cls, figures: dict[str, Any]) -> Difference:
        """The Difference of a block of figures of the report, in which an infinite one is null."""
        return cls(*(_number(figures[name]) for name in ("lsb", "mean", "p50", "p99", "p999")), figures["elements"])


@dataclasses.dataclass(frozen=True)
class ComparedTail:
    """One tail of a site: what was proved of it, and what the runs showed with equal inputs at the site. `seen` is None
    where nothing was, and `why_not` says why. `share_over` is the share of elements over the tolerance."""

    site: str
    place: str
    verdict: str
    proved_lsb: float
    tolerance_lsb: float
    seen: Difference | None
    share_over: float
    why_not: str


@dataclasses.dataclass(frozen=True)
class ComparedOutput:
    """One output of both programs, each run whole: what the folds add up to. No proof bounds it."""

    output: int
    value: str
    difference: Difference
    cosine: float | None
    sqnr_db: float | None


@dataclasses.dataclass(frozen=True)
class SampleFinding:
    """A run that showed more than was proved (`observed-over-proved`) or than is allowed (`observed-over-tolerance`)."""

    rule: str
    site: str
    place: str
    run: int
    channel: int
    observed_lsb: float
    proved_lsb: float


@dataclasses.dataclass(frozen=True, repr=False)
class CompareReport(Report):
    """What verify says of the two programs, and what running both of them showed beside it.

    `verdict` is the proof's, or "differs" by one of `findings`: agreement on inputs proves nothing.
    """

    tails: tuple[ComparedTail, ...] = ()
    outputs: tuple[ComparedOutput, ...] = ()
    findings: tuple[SampleFinding, ...] = ()
    runs: int = 0
    first_divergence: str | None = None

    @classmethod
    def of(cls, report: dict[str, Any], summary: str = "") -> CompareReport:
        """The CompareReport of what `foldproof compare --json` wrote, and of its summary."""
        judged = Report.of(report, summary)
        tails = tuple(ComparedTail(
            site["before_conv"], tail["place"], tail["verdict"], _number(tail["reachable"]["lsb"]), _number(tail["tolerance_lsb"]),
            Difference.of(tail["observed"]) if tail.get("observed") else None,
            (tail.get("observed") or {}).get("share_over") or 0.0, tail.get("not_observed") or "")
            for site in report["sites"] for tail in site["tails"])
        outputs = tuple(ComparedOutput(one["output"], one["value"], Difference.of(one), one["cosine"], one["sqnr_db"])
                        for one in report["outputs"])
        findings = tuple(SampleFinding(one["rule"], one["site"], one["place"], one["run"], one["channel"],
                                       _number(one["observed_lsb"]), _number(one["proved_lsb"])) for one in report["findings"])
        divergence = report["first_divergence"]
        return cls(judged.verdict, judged.exit_code, judged.sites, judged.structure, summary, report, tails, outputs, findings,
                   sum(group["count"] for group in report["inputs"]["runs"]), divergence and divergence["node"])


def _paths(inputs: ComparedInputs) -> list[str] | None:
    """The files and folders that `inputs` names; None where it holds the inputs themselves."""
    if isinstance(inputs, (str, os.PathLike)):
        return [os.fspath(inputs)]
    if isinstance(inputs, (list, tuple)) and inputs and all(isinstance(one, (str, os.PathLike)) for one in inputs):
        return [os.fspath(one) for one in inputs]
    return None


def _check(**arguments: Any) -> None:
    """Raises FoldproofError that names the argument."""
    if arguments["domain"] not in get_args(CompareDomain):
        raise FoldproofError(f"domain: must be one of {', '.join(get_args(CompareDomain))}, is {arguments['domain']!r}")
    check_tolerance(arguments["tolerance"])
    check_threads(arguments["threads"])
    for name in ("random", "seed", "classes"):
        value = arguments[name]
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise FoldproofError(f"{name}: must be a whole number, 0 or more, is {value!r}")
    if not isinstance(arguments["executor"], str):
        raise FoldproofError(f"executor: must be a name, or two with a comma between, is {arguments['executor']!r}")
    if arguments["classes"] is not None and arguments["inputs"] is None:
        raise FoldproofError("classes: is told of inputs, so it needs inputs")


@hinted("compare")
def compare(before: Program, after: After, *, inputs: ComparedInputs | None = None, random: int | None = None, seed: int = 0,
            executor: str = "integer", tolerance: float | str | os.PathLike[str] = "derived", domain: CompareDomain = "calibrated",
            classes: int | None = None, input_range: str | tuple[float, float] | None = None, allow_unproved: bool = False, threads: int = 1,
            options: tuple[str, ...] = ()) -> CompareReport:
    """Proves as verify does, then runs both programs side by side and counts the differences beside the proof's bound.

    Args:
        before, after: torch.export.ExportedProgram, or the path of what torch.export.save wrote; `after` may also be the
            pass, as of verify.
        inputs: what is run: a tensor or an array, a list of them (one a run; a tuple where the program takes several), an
            .npz with x0, x1, ..., a folder of such files, or a list of files and folders.
        random: how many inputs are made from `seed`; 100 where there are no `inputs`, else none.
        executor: who runs the programs: "integer" (exact sums), "torch", "eigen"; with a second one after a comma, as in
            "integer,torch", each program is also compared on the two, node by node.
        tolerance, domain, input_range, allow_unproved, threads: as of verify.
        classes: an output whose top-1 answers are compared on `inputs`; `report.json["shares"]` has how many change.
        options: more of the program's own options, as on its command line.

    Raises:
        FoldproofError: a program cannot be used, or an argument, which is named, makes no sense.
    """
    _check(inputs=inputs, random=random, seed=seed, tolerance=tolerance, domain=domain, classes=classes, threads=threads,
           executor=executor)
    with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
        folder = pathlib.Path(name)
        written = folder / "report.json"
        arguments = ["compare", *files_of(before, after, folder), "--executor", executor, "--tolerance", str(tolerance),
                     "--domain", domain, "--seed", str(seed), "--threads", str(threads), "--json", str(written)]
        if inputs is not None:
            arguments += ["--inputs", *(_paths(inputs) or [inputs_file_of(inputs, folder / "inputs.npz")])]
        for option, value in (("--random", random), ("--classes", classes), ("--input-range", input_range_of(input_range))):
            if value is not None:
                arguments += [option, str(value)]
        if allow_unproved:
            arguments.append("--allow-unproved")
        done = run_on(folder, [*arguments, *options])
        return CompareReport.of(json.loads(written.read_text()), done.stdout)
