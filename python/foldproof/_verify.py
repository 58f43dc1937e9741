# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof verify` on programs and on files."""
from __future__ import annotations

import json
import os
import pathlib
import tempfile
from typing import TYPE_CHECKING, Union

from foldproof._program import run
from foldproof._report import Report

if TYPE_CHECKING:
    from torch.export import ExportedProgram

Program = Union["ExportedProgram", str, "os.PathLike[str]"]


def file_of(program: Program, path: pathlib.Path) -> str:
    """The file that holds `program`; an ExportedProgram is saved to `path`."""
    if isinstance(program, (str, os.PathLike)):
        return os.fspath(program)
    import torch

    torch.export.save(program, path)
    return str(path)


def verify(before: Program, after: Program, *, tolerance: float | str = "derived", domain: str = "calibrated",
           ideal_gap: float | str | None = None, witness: str | os.PathLike[str] | None = None,
           inputs: str | os.PathLike[str] | None = None, allow_unproved: bool = False, threads: int = 1,
           options: tuple[str, ...] = ()) -> Report:
    """Proves how far `after` can be from `before`, over every accumulator of the gate's domain.

    Args:
        before, after: torch.export.ExportedProgram, or the path of what torch.export.save wrote.
        tolerance: "derived" (what a right fold may cost), a number of LSB, or the path of a .json with one a site.
        domain: the gate: "calibrated", "reachable", or "observed" (with `inputs`).
        ideal_gap: allowed gap to the ideal above half a bias step, in LSB, or "off".
        witness: a folder; inputs that show a difference are written into it, and both programs run on them.
        inputs: an .npz with inputs x0, x1, ... whose accumulators are observed.
        allow_unproved: whether the report holds where nothing differs and something is unproved.
        options: more of the program's own options, as on its command line.

    Raises:
        FoldproofError: a program cannot be used, or an option makes no sense.
    """
    with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
        folder = pathlib.Path(name)
        written = folder / "report.json"
        arguments = ["verify", file_of(before, folder / "before.pt2"), file_of(after, folder / "after.pt2"),
                     "--tolerance", str(tolerance), "--domain", domain, "--threads", str(threads), "--json",
                     str(written)]
        for option, value in (("--ideal-gap", ideal_gap), ("--witness", witness), ("--inputs", inputs)):
            if value is not None:
                arguments += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        if allow_unproved:
            arguments.append("--allow-unproved")
        done = run([*arguments, *options])
        return Report.of(json.loads(written.read_text()), done.stdout)
