# SPDX-License-Identifier: BSD-3-Clause
"""`python -m foldproof`, and the script `foldproof` of the installed package: the program itself; `campaign` is this package's."""
from __future__ import annotations

import os
import pathlib
import sys

from foldproof._program import FoldproofError, environment, program


def main() -> None:
    """Becomes the program, with this process's arguments and exit code."""
    try:
        if sys.argv[1:2] == ["campaign"]:
            from foldproof._campaign import main as run_campaign

            sys.exit(run_campaign(sys.argv[2:]))
        path = program()
        # Without a program in the package the search along PATH would come back to this script.
        if pathlib.Path(path).resolve() == pathlib.Path(sys.argv[0]).resolve():
            raise FoldproofError("this installation has no program: install it again, or set FOLDPROOF to a path")
        os.execve(path, [path, *sys.argv[1:]], environment())
    except (FoldproofError, ImportError, OSError) as error:
        print(f"foldproof: {error}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
