# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof verify` on programs and on files."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any, Literal, Union, get_args

from foldproof._keywords import hinted
from foldproof._pair import After, Program, files_of
from foldproof._program import FoldproofError, cache_arguments, run
from foldproof._report import Report

Domain = Literal["calibrated", "reachable", "observed"]
# A file, one input, or a list of runs, each of which is an input or a tuple of them; an input is a tensor or an array.
Inputs = Union[str, "os.PathLike[str]", Any, Sequence[Any]]


def _array(value: Any) -> Any:
    """A tensor or an array as NumPy's; None for anything else."""
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    return value if hasattr(value, "__array__") else None


def inputs_file_of(inputs: Inputs, path: pathlib.Path) -> str:
    """The .npz that holds `inputs`: x0, x1, ... of single inputs, x0_0, x0_1, ... of several."""
    if isinstance(inputs, (str, os.PathLike)):
        return os.fspath(inputs)
    import numpy

    runs = [inputs] if _array(inputs) is not None else list(inputs)
    arrays = {}
    for i, run_inputs in enumerate(runs):
        several = isinstance(run_inputs, (tuple, list))
        for k, value in enumerate(run_inputs if several else [run_inputs]):
            array = _array(value)
            if array is None:
                raise FoldproofError(f"inputs: run {i} has a {type(value).__name__}, neither a tensor nor an array")
            arrays[f"x{i}_{k}" if several and len(run_inputs) > 1 else f"x{i}"] = array
    if not arrays:
        raise FoldproofError("inputs: holds no run")
    numpy.savez(path, **arrays)
    return str(path)


def run_on(folder: pathlib.Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs the program on files that stand for arguments; what is wrong with one names the argument, not a file of ours."""
    try:
        return run(arguments)
    except FoldproofError as error:
        text = str(error)
        for name in ("before.pt2", "after.pt2", "inputs.npz"):
            text = text.replace(str(folder / name), name.split(".")[0])
        raise FoldproofError(text) from None


def check_tolerance(tolerance: object) -> None:
    """Raises FoldproofError where `tolerance` is none."""
    is_number = isinstance(tolerance, (int, float)) and not isinstance(tolerance, bool)
    if not is_number and not isinstance(tolerance, os.PathLike) and tolerance != "derived" and not (
            isinstance(tolerance, str) and tolerance.endswith(".json")):
        raise FoldproofError(f"tolerance: must be 'derived', a number of LSB or a .json file, is {tolerance!r}")


def check_threads(threads: object) -> None:
    """Raises FoldproofError where `threads` is no number of them."""
    if not isinstance(threads, int) or threads < 1:
        raise FoldproofError(f"threads: must be a whole number above 0, is {threads!r}")


def input_range_of(given: str | tuple[float, float] | None) -> str | None:
    """What --input-range takes; raises FoldproofError where `given` is no range."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, (tuple, list)) and len(given) == 2 and all(isinstance(end, (int, float)) for end in given):
        return f"{given[0]!r}:{given[1]!r}"
    raise FoldproofError(f"input_range: must be two numbers or \"LO:HI\", is {given!r}")


def _check(tolerance: object, domain: object, ideal_gap: object, inputs: object, threads: object) -> None:
    """Raises FoldproofError that names the argument."""
    if domain not in get_args(Domain):
        raise FoldproofError(f"domain: must be one of {', '.join(get_args(Domain))}, is {domain!r}")
    if domain == "observed" and inputs is None:
        raise FoldproofError("domain: 'observed' needs inputs")
    check_tolerance(tolerance)
    if ideal_gap not in (None, "off") and not isinstance(ideal_gap, (int, float)):
        raise FoldproofError(f"ideal_gap: must be a number of LSB or 'off', is {ideal_gap!r}")
    check_threads(threads)


def _without_hints(summary: str) -> str:
    """The summary without the line that names an option of the command line."""
    return "".join(line for line in summary.splitlines(keepends=True) if not line.startswith("  --explain says "))


@hinted("verify")
def verify(before: Program, after: After, *, tolerance: float | str | os.PathLike[str] = "derived",
           domain: Domain = "calibrated", ideal_gap: float | Literal["off"] | None = None,
           witness: str | os.PathLike[str] | None = None, inputs: Inputs | None = None, allow_unproved: bool = False, threads: int = 1,
           input_range: str | tuple[float, float] | None = None, cache: str | os.PathLike[str] | None = None,
           cache_key: str | os.PathLike[str] | None = None, options: tuple[str, ...] = ()) -> Report:
    """Proves how far `after` can be from `before`, over every accumulator of the gate's domain.

    Args:
        before, after: torch.export.ExportedProgram, or the path of what torch.export.save wrote. `after` may also be the
            pass, ExportedProgram -> ExportedProgram, which is given a copy of `before`.
        tolerance: "derived" (what a right fold may cost), a number of LSB, or the path of a .json with one a site.
        domain: the gate: "calibrated", "reachable", or "observed" (with `inputs`).
        ideal_gap: allowed gap to the ideal above half a bias step, in LSB, or "off".
        witness: a folder; inputs that show a difference are written into it, and both programs run on them.
        inputs: what is run on both programs, and whose accumulators are observed: a tensor or an array, a list of
            them (one a run; a tuple where the program takes several), or an .npz with x0, x1, ...
        allow_unproved: whether the report holds where nothing differs and something is unproved.
        input_range: (low, high) or "LO:HI", what every float is taken to lie in that a convolution reads ("-1:1").
        cache: a folder that keeps the proofs of sites: none is proved again that is there, and the report is the same
            (docs/cache.md). `json["run"]["cached_sites"]` says how many were.
        cache_key: a file whose text seals what the folder keeps.
        options: more of the program's own options, as on its command line.

    Raises:
        FoldproofError: a program cannot be used, or an argument, which is named, makes no sense.
    """
    _check(tolerance, domain, ideal_gap, inputs, threads)
    if witness is not None and not isinstance(witness, (str, os.PathLike)):
        raise FoldproofError(f"witness: must be the path of a folder, is {witness!r}")
    with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
        folder = pathlib.Path(name)
        written = folder / "report.json"
        arguments = ["verify", *files_of(before, after, folder), "--tolerance", str(tolerance), "--domain", domain,
                     "--threads", str(threads), "--json", str(written)]
        if inputs is not None:
            arguments += ["--inputs", inputs_file_of(inputs, folder / "inputs.npz")]
        for option, value in (("--ideal-gap", ideal_gap), ("--witness", witness), ("--input-range", input_range_of(input_range))):
            if value is not None:
                arguments += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        if allow_unproved:
            arguments.append("--allow-unproved")
        arguments += cache_arguments(cache, cache_key)
        done = run_on(folder, [*arguments, *options])
        return Report.of(json.loads(written.read_text()), _without_hints(done.stdout))
