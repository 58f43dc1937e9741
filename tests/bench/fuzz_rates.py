#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what script/bench_fuzz measured into a folder: cases a second of foldproof and of the Python
loop, and their ratios; of foldproof the best of three turns.

On the wall clock, and a processor second of a single thread, which what else runs hardly changes.

usage: fuzz_rates.py FOLDER
"""
import json
import pathlib
import sys

FOLDED = ("inputs", "run", "pass", "compare")
ROWS = {
    "with torch.export's time": (*FOLDED, "export"),
    "loading the case instead": (*FOLDED, "load"),
    "neither export nor load": FOLDED,
}


def best(folder, name, clock):
    """Cases a second of the campaigns name1 to name3."""
    rates = []
    for turn in (1, 2, 3):
        report = json.loads((folder / f"{name}{turn}.json").read_text())
        if clock == "wall":
            seconds = report["run"]["seconds"]
        else:
            seconds = sum(map(float, (folder / f"{name}{turn}.cpu").read_text().split()[-2:]))
        rates.append(report["cases"] / max(seconds, 1e-9))
    return max(rates)


def main():
    folder = pathlib.Path(sys.argv[1])
    python = json.loads((folder / "python.json").read_text())
    dumped, drawn = python["dumped"], python["drawn"]
    print(f"Python loop: {dumped['cases']} dumped cases, {dumped['whole']} to the end, "
          f"raised: {dumped['raised']}; {drawn['cases']} drawn by Hypothesis")
    for clock, title in (("wall", "wall clock"), ("cpu", "processor time")):
        same, one = (best(folder, name, clock) for name in ("same", "one"))
        print(f"\n{title}: foldproof fuzz, 1 thread: {same:.0f} cases/s on the dumped cases, {one:.0f} on many")
        rows = {name: dumped["cases"] / sum(dumped[clock].get(stage, 0) for stage in stages)
                for name, stages in ROWS.items()}
        for name, rate in rows.items():
            print(f"  Python, {name}: {rate:.1f} cases/s; {same / rate:.0f} times (many: {one / rate:.0f})")
        rate = drawn["cases"] / drawn[clock]["all"]
        print(f"  Python, modules that Hypothesis draws: {rate:.1f} cases/s; (many: {one / rate:.0f})")
        stages = ", ".join(f"{stage} {taken:.2f} s" for stage, taken in dumped[clock].items())
        print(f"  Python's stages: {stages}")
    one, two = (best(folder, name, "wall") for name in ("one", "two"))
    print(f"\n2 threads: {two:.0f} cases/s on the wall clock, {two / one:.2f} times 1 thread")


if __name__ == "__main__":
    main()
