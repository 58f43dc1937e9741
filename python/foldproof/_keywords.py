# SPDX-License-Identifier: BSD-3-Clause
"""What is said of a keyword argument that a function does not take."""
from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from foldproof._program import FoldproofError, run

Function = TypeVar("Function", bound=Callable[..., Any])


def _is_option(command: str, option: str) -> bool:
    """Whether `foldproof COMMAND` has the option, by its help; not where that cannot be had."""
    try:
        said = run([command, "--help"]).stdout
    except (FoldproofError, OSError):
        return False
    return any(option in line.split()[:1] or f"{option}," in line or line.split()[0].endswith(f",{option}")
               for line in said.splitlines() if line.strip())


def hint(command: str, keyword: str, names: list[str]) -> str:
    """What `keyword` was probably meant to be: one of `names`, or an option of `foldproof COMMAND`."""
    out = ""
    near = difflib.get_close_matches(keyword, names, n=1, cutoff=0.6) or [name for name in names if keyword.startswith(f"{name}_")]
    if near:
        out += f"; did you mean {near[0]!r}?"
    option = "--" + keyword.replace("_", "-")
    if "options" in names and _is_option(command, option):
        out += f"; the program's own {option} goes into options=({option!r}, ...)"
    return out


def hinted(command: str) -> Callable[[Function], Function]:
    """The function, whose TypeError for a keyword that it does not take says what was probably meant."""

    def wrap(function: Function) -> Function:
        names = list(inspect.signature(function).parameters)

        @functools.wraps(function)
        def call(*arguments: Any, **keywords: Any) -> Any:
            if isinstance(keywords.get("options"), str):  # letter by letter it would be as many words
                raise TypeError(f"options takes several words, as in options=({keywords['options']!r},)")
            for keyword in keywords:
                if keyword not in names:
                    raise TypeError(f"{function.__name__}() got an unexpected keyword argument {keyword!r}{hint(command, keyword, names)}")
            return function(*arguments, **keywords)

        return cast(Function, call)

    return wrap
