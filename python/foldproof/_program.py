# SPDX-License-Identifier: BSD-3-Clause
"""The C++ program: where it is, and how it is run."""
from __future__ import annotations

import importlib.util
import os
import pathlib
import shutil
import subprocess
import warnings
from collections.abc import Sequence


class FoldproofError(RuntimeError):
    """A file that cannot be used, a wrong option, or a fault of foldproof's own (exit codes 3 and 4)."""


def program() -> str:
    """The path of the program: $FOLDPROOF, the one in this package, or the one on the PATH."""
    given = os.environ.get("FOLDPROOF")
    if given:
        if not shutil.which(given):
            raise FoldproofError(f"FOLDPROOF names {given}, which is no program")
        return given
    ours = pathlib.Path(__file__).parent / "bin" / "foldproof"
    found = str(ours) if ours.is_file() else shutil.which("foldproof")
    if not found:
        raise FoldproofError("the program foldproof was not found: set FOLDPROOF to its path")
    return found


def environment() -> dict[str, str]:
    """What the program is run in: it is told where this Python has PyTorch, which is not imported for it."""
    out = dict(os.environ)
    try:
        found = importlib.util.find_spec("torch")
    except ValueError:  # a stand-in for it has been imported
        found = None
    if found and found.submodule_search_locations:
        out.setdefault("FOLDPROOF_PYTORCH", list(found.submodule_search_locations)[0])
    return out


def version() -> str:
    """What the program says of itself."""
    return run(["--version"]).stdout.strip()


def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs the program; raises FoldproofError where it came to no answer."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False, env=environment())
    check(done.returncode, done.stderr)
    warn(done.stderr)
    return done


def warn(errors: str) -> None:
    """Says aloud what the program warned of, as of a kept proof that was no good."""
    for line in errors.splitlines():
        if line.startswith("foldproof: warning: "):
            warnings.warn(line.removeprefix("foldproof: warning: "), RuntimeWarning, stacklevel=4)


def cache_arguments(cache: str | os.PathLike[str] | None, cache_key: str | os.PathLike[str] | None) -> list[str]:
    """The program's options for a memory of proofs (docs/cache.md). Paths are from the folder of this process."""
    if cache is None:
        if cache_key is not None:
            raise FoldproofError("cache_key: is of a cache; give cache, too")
        return []
    out = ["--cache", os.path.abspath(cache)]
    return out if cache_key is None else [*out, "--cache-key", os.path.abspath(cache_key)]


def check(code: int, errors: str) -> None:
    """Raises FoldproofError where `code` is no answer."""
    if code not in (0, 1, 2):
        lines = errors.strip().splitlines()
        raise FoldproofError(lines[-1] if lines else f"foldproof ended with exit code {code}")
