# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts share that judge installed passes and keep a table of docs/findings.md beside a record in golden/."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FINDINGS = ROOT / "docs" / "findings.md"


def python_with_executorch(given):
    """A Python with torch, torchao and executorch: `given`, else build/venv's, else python3; None where it has none."""
    for python in [given] if given else [str(ROOT / "build/venv/bin/python"), "python3"]:
        try:
            done = subprocess.run([python, "-c", "import executorch, torch, torchao"], capture_output=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def findings_with(script, text):
    """docs/findings.md with `text` between the marks of a script."""
    first, last = (f"<!-- script/{script} writes {word} here -->" for word in ("from", "to"))
    old = FINDINGS.read_text()
    if first not in old or last not in old:
        sys.exit(f"script/{script}: docs/findings.md has lost its marks")
    return f"{old.split(first, 1)[0]}{first}\n\n{text}\n\n{last}{old.split(last, 1)[1]}"
