#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds this foldproof's reports to those of another one: all but `run` must be the same.

usage: same_reports.py PROGRAM OTHER FOLDER...

Every pair NAME.before.pt2, NAME.after.pt2 below the folders is verified by both, once as usual, once over all that is
reachable and with ideal distances. Tells each pair whose reports or exit codes differ, and ends with 1 then. For a
change that makes the judge faster and nothing else.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

WAYS = ([], ["--domain", "reachable", "--ideal-distance"])


def report(program, pair, way, folder):
    """The exit code and the report without `run`, as text; None where there is no report."""
    file = pathlib.Path(folder, "report.json")
    file.unlink(missing_ok=True)
    code = subprocess.run([program, "verify", *pair, *way, "--quiet", "--json", file], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode
    if not file.exists():
        return code, None
    told = json.loads(file.read_text())
    told.pop("run")
    return code, json.dumps(told)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, other = sys.argv[1:3]
    same, different = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for before in sorted(path for each in sys.argv[3:] for path in pathlib.Path(each).rglob("*.before.pt2")):
            after = before.with_name(before.name.replace(".before.", ".after."))
            if not after.exists():
                continue
            for way in WAYS:
                if report(program, (before, after), way, folder) == report(other, (before, after), way, folder):
                    same += 1
                else:
                    different += 1
                    print(f"differs: {before} {' '.join(way)}", flush=True)
    print(f"{same} reports are the same, {different} differ")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
