# SPDX-License-Identifier: BSD-3-Clause
"""Before and after, as the files that the program reads."""
from __future__ import annotations

import copy
import os
import pathlib
from typing import TYPE_CHECKING, Any, Union

from foldproof._program import FoldproofError
from foldproof._worker import Pass, saving_remedy

if TYPE_CHECKING:
    from torch.export import ExportedProgram

Program = Union["ExportedProgram", str, "os.PathLike[str]"]
# What is judged against before: a program, or the pass that makes it of a copy of before.
After = Union[Program, Pass]


def _is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


def _is_program(value: object) -> bool:
    return hasattr(value, "graph_signature")


def _is_pass(value: object) -> bool:
    """A module is callable, too, and none."""
    return callable(value) and not _is_program(value) and not _is_path(value) and not hasattr(value, "state_dict")


def _file_of(program: Program, path: pathlib.Path, name: str) -> str:
    """The file that holds `program`, the argument `name`; an ExportedProgram is saved to `path`."""
    if isinstance(program, (str, os.PathLike)):
        return os.fspath(program)
    if not _is_program(program):
        kind = type(program).__name__
        raise FoldproofError(f"{name}: {kind} is no ExportedProgram and no path of a .pt2 file; "
                             "torch.export.export(model, example_inputs) makes one of a module")
    import torch

    try:
        torch.export.save(program, path)
    except Exception as error:
        remedy = saving_remedy(error)
        if not remedy:
            raise
        raise FoldproofError(f"{name}: it cannot be saved: {type(error).__name__}: {str(error).strip()}{remedy}") from error
    return str(path)


def _made_by(fold: Pass, before: Program) -> Any:
    """What `fold` makes of a copy of `before`, which stays as it is."""
    import torch
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

    made = fold(torch.export.load(before) if isinstance(before, (str, os.PathLike)) else copy.deepcopy(before))
    name = getattr(fold, "__name__", type(fold).__name__)
    if made is None:
        raise FoldproofError(f"after: {name} returned None, which says that it changed nothing; a pass that works in place "
                             "returns the program")
    if not _is_program(made):
        raise FoldproofError(f"after: {name} returned {type(made).__name__}, and a pass returns an ExportedProgram")
    return made


def _check_apart(before: object, after: object) -> None:
    """Raises FoldproofError where a change of one program is a change of the other: they would be equal whatever it is."""
    if not _is_program(before) or not _is_program(after):
        return
    for part in ("graph_module", "graph"):
        ours = getattr(before, part, None)
        if before is after or (ours is not None and ours is getattr(after, part, None)):
            raise FoldproofError("after: before and after are one program: the pass works in place; give it copy.deepcopy(before)")


def files_of(before: Program, after: After, folder: pathlib.Path, prefix: str = "") -> tuple[str, str]:
    """The files that hold the two; what has none is saved into `folder`. `after` may be the pass that makes it."""
    first = _file_of(before, folder / f"{prefix}before.pt2", "before")
    made: Any = _made_by(after, before) if _is_pass(after) else after  # type: ignore[arg-type]
    _check_apart(before, made)
    return first, _file_of(made, folder / f"{prefix}after.pt2", "after")
