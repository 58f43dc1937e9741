#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sets this foldproof beside another one: the processor time that each takes for the same work.

usage: beside.py PROGRAM OTHER [CORPUS]

The work is what both know: campaigns of the same drawn programs under `guarded` and `repair`, then `verify` and `compare`
of every pair of CORPUS (../shared/corpus) that both of them judge. Each piece is measured three times in turns, so that
what else the machine does meets both, and the least counts: user and system time of the program and of the processes
that it starts. A ratio above 1 says that PROGRAM takes longer.
"""
import pathlib
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGED = (0, 1, 2)


def processor_seconds(commands):
    """What the commands take one after another, and their exit codes."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    codes = [subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
             for command in commands]
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime, codes


def beside(what, program, other, arguments):
    """One line of the table; `arguments` is a list of command lines without the program."""
    least = {}
    for _ in range(3):
        for name in (program, other):
            seconds, codes = processor_seconds([[name, *each] for each in arguments])
            if any(code not in JUDGED for code in codes):
                sys.exit(f"beside.py: {name} ends {what} with exit code {max(codes)}")
            least[name] = min(seconds, least.get(name, seconds))
    print(f"{what:<40} {least[program]:8.2f} s {least[other]:8.2f} s {least[program] / least[other]:7.2f}", flush=True)


def judged_by_both(program, other, pairs):
    """The command lines that neither program refuses."""
    refused = [processor_seconds([[name, *each] for each in pairs])[1] for name in (program, other)]
    return [each for each, codes in zip(pairs, zip(*refused)) if all(code in JUDGED for code in codes)]


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, other = sys.argv[1:3]
    corpus = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else ROOT.parent / "shared" / "corpus"
    print(f"{'':<40} {'this':>10} {'other':>10} {'ratio':>7}")
    for policy in ("guarded", "repair"):
        beside(f"fuzz, 4000 cases, {policy}", program, other,
               [["fuzz", "--cases", "4000", "--seed", "5", "--policy", policy, "--quiet"]])
    befores = sorted(corpus.rglob("*.before.pt2"))
    if not befores:
        print(f"SKIPPED: verify and compare: no pairs in {corpus}")
    for command in ("verify", "compare"):
        pairs = [[command, before, after, "--quiet"] for before in befores
                 if (after := before.with_name(before.name.replace(".before.", ".after."))).exists()]
        pairs = judged_by_both(program, other, pairs)
        if pairs:
            beside(f"{command}, {len(pairs)} pairs of the corpus", program, other, pairs)


if __name__ == "__main__":
    main()
