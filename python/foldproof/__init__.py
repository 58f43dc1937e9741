# SPDX-License-Identifier: BSD-3-Clause
"""Prove that a pass which folds a quantized Conv-BatchNorm chain keeps a network's numbers.

    report = foldproof.verify(before, after)      # two ExportedPrograms, or .pt2 files
    report.holds, print(report)
    foldproof.fuzz(my_pass, cases=500)            # my_pass: ExportedProgram -> ExportedProgram | None
    foldproof.worker(my_pass)                     # serve it to `foldproof verify|fuzz --pass`
"""
from foldproof._fuzz import FuzzFailure, FuzzReport, fuzz
from foldproof._program import FoldproofError, program, version
from foldproof._report import Cause, Report, Site, Structure, Tail, Witness
from foldproof._verify import verify
from foldproof._worker import Pass, Refused, with_outputs_named, worker

__all__ = ["Cause", "FoldproofError", "FuzzFailure", "FuzzReport", "Pass", "Refused", "Report", "Site", "Structure",
           "Tail", "Witness", "fuzz", "program", "verify", "version", "with_outputs_named", "worker"]
__version__ = "0.1.0"
