# SPDX-License-Identifier: BSD-3-Clause
"""Prove that a pass which folds a quantized Conv-BatchNorm chain keeps a network's numbers.

    verify(before, after)     how far apart two ExportedPrograms (or .pt2 files) can be, as a Report:
                              assert foldproof.verify(before, after), print(report), report.worst.lsb
    compare(before, after)    both run side by side, on inputs=... or on made ones, beside the proof's bound
    fuzz(my_pass, cases=500)  drawn programs through my_pass: ExportedProgram -> ExportedProgram | None
    worker(my_pass)           serves it to `foldproof verify --pass` and `foldproof fuzz --pass`
    version()                 what the program says of itself; `python -m foldproof` is that program
    campaign(cases=..., out=...)  fuzz on the processors of a Dask cluster, and `python -m foldproof campaign`
    gate(pairs)               the verdict on many pairs, likewise

In pytest the fixture `foldproof` has these and assert_fold_holds(before, after).
"""
from foldproof._campaign import Progress, campaign
from foldproof._compare import ComparedOutput, ComparedTail, CompareReport, Difference, SampleFinding, compare
from foldproof._fuzz import FuzzFailure, FuzzReport, fuzz
from foldproof._gate import GatedPair, GateReport, gate
from foldproof._program import FoldproofError, program, version
from foldproof._report import Cause, Report, Site, Structure, Tail, Witness
from foldproof._verify import verify
from foldproof._worker import Pass, Refused, with_outputs_named, worker

__all__ = ["Cause", "CompareReport", "ComparedOutput", "ComparedTail", "Difference", "FoldproofError", "FuzzFailure", "FuzzReport",
           "GateReport", "GatedPair", "Pass", "Progress", "Refused", "Report", "SampleFinding", "Site", "Structure", "Tail", "Witness",
           "campaign", "compare", "fuzz", "gate", "program", "verify", "version", "with_outputs_named", "worker"]
__version__ = "0.1.0"
