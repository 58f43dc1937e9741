#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Judges passes that change weights on small nets, and runs both programs in PyTorch (script/weight_folds).

usage: tests/torch/weight_folds.py STEP FIRST END DIR      # cases FIRST, FIRST + STEP, ... below END

Prints a line of JSON for each case. FOLDPROOF names the program. DIR keeps the pairs, as CASE.before.pt2 and
CASE.after.pt2, and the lines: a case that has one there is not done again.
"""
import json
import logging
import math
import pathlib
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import torch

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "python")]
import foldproof
import observed_folds
import weight_nets
import weight_passes


# Nets that are judged as they are, too; every net is judged with its input and its output quantized.
PLAIN = {"conv2d", "linear", "transposed, square", "times a number"}


def cases():
    """(pass, net, codes): the first nets of every pass come first."""
    drawn = [(order, at, one, net, codes) for at, one in enumerate(weight_passes.PASSES)
             for order, net in enumerate(one.nets) for codes in (True, False) if codes or net in PLAIN]
    return [(one, net, codes) for _, _, one, net, codes in sorted(drawn, key=lambda case: case[:2])]


def first_line(error):
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:160] if text else ''}"


def norms(program):
    return sum("batch_norm" in str(node.target) for node in program.graph.nodes)


def figure(value):
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")


def reasons_of(report):
    """Why it is unproved; what follows from that at outputs only where nothing else is said."""
    said = [tail["reason"] for site in report["sites"] for tail in site["tails"] if tail.get("reason")]
    said = list(dict.fromkeys(said + [one["reason"] for one in report["unproved"]]))
    return [reason for reason in said if "which no site covers" not in reason] or said


def contradictions(report, observer):
    """What PyTorch computed that the report does not allow."""
    wrong = []
    for frontier, seen in zip(observer.frontiers, observer.seen):
        tail = frontier.tail
        bound, at_least = tail["reachable"]["lsb"], tail["reachable"].get("at_least") or 0
        if tail["verdict"] == "equal" and seen > 0:
            wrong.append(f"{tail['place']}: equal, but {seen:.4g} LSB in PyTorch")
        if bound is not None and seen > bound * (1 + 1e-6):
            wrong.append(f"{tail['place']}: {seen:.4g} LSB in PyTorch, above the bound {bound:.4g}")
        if tail["verdict"] == "differs" and seen == 0:
            wrong.append(f"{tail['place']}: differs by at least {at_least:.4g} LSB, but not in PyTorch")
    if report["verdict"] == "differs" and not observer.frontiers and observer.outputs == 0:
        wrong.append("differs, but not in PyTorch")
    if report["verdict"] == "equal" and observer.outputs > 0:
        wrong.append(f"equal, but the outputs are {observer.outputs:.4g} apart in PyTorch")
    return wrong


def judged(files, before, after, shape, folder, case):
    """The part of the line that needs both programs."""
    witnesses = folder / f"{case}.witnesses"
    try:
        report = foldproof.verify(*files, witness=str(witnesses)).json
    except foldproof.FoldproofError as error:
        return {"verdict": "unusable", "why": [str(error).split(".pt2: ", 1)[-1][:200]]}
    tails = [tail for site in report["sites"] for tail in site["tails"]]
    built = [folder / tail["witness"]["file"] for tail in tails
             if tail["witness"] and tail["witness"]["file"] and tail["witness"]["level"] == "program"]
    observer = observed_folds.observe(before, after, report, shape, [file for file in built if file.is_file()])
    causes = {cause["rule"] for tail in tails for cause in tail["causes"]}
    causes |= {fault["rule"] for fault in report["structure"] if fault["only_after"]}
    worst = [tail["reachable"]["lsb"] for tail in tails]
    return {
        "verdict": report["verdict"], "sites": [site["verdict"] for site in report["sites"]],
        "sums": sorted({site["sums"] for site in report["sites"]}),
        "lsb": None if None in worst else figure(max(worst, default=None)),
        "observed": figure(max(observer.seen, default=None)), "outputs": figure(observer.outputs),
        "why": sorted(causes) if report["verdict"] == "differs" else reasons_of(report)[:2],
        "missing": observer.missing, "wrong": contradictions(report, observer)}


def line(case, one, net_name, codes, folder):
    out = {"case": case, "pass": one.name, "package": one.package, "net": net_name, "codes": codes}
    net, shape = weight_nets.made(net_name, codes)
    try:
        before, after = one.run(net, (torch.zeros(shape),))
    except Exception as error:  # what a pass raises has no common type
        missing = isinstance(error, weight_passes.NotHere)
        return {**out, "verdict": "not run" if missing else "raised", "why": [str(error) if missing else first_line(error)]}
    files = [folder / f"{case}.{part}.pt2" for part in ("before", "after")]
    for program, file in zip((before, after), files):
        torch.export.save(program, file)
    return {**out, "folded": norms(before) - norms(after), "norms": norms(before),
            **judged(files, before, after, shape, folder, case)}


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 3
    step, first, end = map(int, sys.argv[1:4])
    folder = pathlib.Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for case, (one, net, codes) in list(enumerate(cases()))[first:end:step]:
        kept = folder / f"{case}.json"
        if not kept.is_file():  # else of a run that was ended
            kept.write_text(json.dumps(line(case, one, net, codes, folder)))
        print(kept.read_text(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
