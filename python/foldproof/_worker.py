# SPDX-License-Identifier: BSD-3-Clause
"""A pass as a worker: the protocol of docs/worker.md on two streams."""
from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from torch.export import ExportedProgram

Pass = Callable[["ExportedProgram"], Optional["ExportedProgram"]]
VERSION = 1


class Refused(Exception):
    """Raised by a pass that leaves a program as it is, with the reason."""


def with_outputs_named(program: ExportedProgram) -> ExportedProgram:
    """`program` with its signature's outputs named as its graph has them now.

    A pass that replaces the node of an output, as ExecuTorch's do, leaves the old name in the signature, and
    torch.export.save raises. Whoever goes on with the graph module alone never sees it.
    """
    results = next(node for node in program.graph.nodes if node.op == "output").args[0]
    for spec, node in zip(program.graph_signature.output_specs, results):
        if hasattr(node, "name") and hasattr(spec.arg, "name"):
            spec.arg.name = node.name
    return program


def saving_remedy(error: Exception) -> str:
    """What mends a program that torch.export.save raised `error` of; empty where that is not known."""
    return "; foldproof.with_outputs_named(program) mends that" if "is not in the correct order" in str(error) else ""


def answer(fold: Pass, source: str, target: str) -> dict[str, Any]:
    """Folds the file `source` into the file `target`; what became of it."""
    import torch

    try:
        folded = fold(torch.export.load(source))
        if folded is None:
            return {"result": "unchanged"}
        torch.export.save(folded, target)
        return {"result": "folded"}
    except Refused as refusal:
        return {"result": "refused", "reason": str(refusal)}
    except Exception as error:  # whatever a pass raises is a finding, not the end of the worker
        lines = str(error).strip().splitlines()
        return {"result": "raised", "reason": f"{type(error).__name__}: {lines[0].strip() if lines else ''}{saving_remedy(error)}",
                "traceback": traceback.format_exc()}


def quicken() -> None:
    """Halves the time of torch.export.load and save, which ask for the same type hints again and again, and sort a copy
    of the program that they throw away. The files are the same. Left undone where this PyTorch has other names."""
    import typing
    from types import SimpleNamespace

    from torch._export.serde import serialize

    known: dict[Any, dict[str, Any]] = {}

    def hints(cls: Any, globalns: Any = None) -> dict[str, Any]:
        if cls not in known:
            known[cls] = typing.get_type_hints(cls, globalns=globalns)
        return known[cls]

    if getattr(serialize, "typing", None) is typing:
        serialize.typing = SimpleNamespace(**{**vars(typing), "get_type_hints": hints})
    if hasattr(serialize, "canonicalize"):
        serialize.canonicalize = lambda program, constants=None: program


def serve(fold: Pass, requests: IO[str], answers: IO[str], name: str) -> None:
    """Answers every request until the stream ends."""
    import torch
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

    torch.set_num_threads(1)  # several workers share the machine
    quicken()
    gc.freeze()
    gc.disable()  # what a program leaves is collected now and then, not thousands of times in between
    hello = {"foldproof_worker": VERSION, "name": name, "torch": torch.__version__}
    print(json.dumps(hello), file=answers, flush=True)
    for count, line in enumerate(requests, 1):
        request = json.loads(line)
        said = {"id": request["id"], **answer(fold, request["in"], request["out"])}
        print(json.dumps(said), file=answers, flush=True)
        if count % 50 == 0:
            gc.collect()


def worker(fold: Pass, *, name: str | None = None) -> None:
    """Serves `fold` on standard input and output until that ends, for `foldproof verify|fuzz --pass`.

    `fold` gets an ExportedProgram, which it may change, and returns the folded one, or None where it changed
    nothing; it raises Refused with a reason, or whatever it likes. What it prints goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    serve(fold, sys.stdin, answers, name or str(getattr(fold, "__name__", "pass")))
