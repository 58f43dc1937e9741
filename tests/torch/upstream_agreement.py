#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether the policy upstream folds drawn programs as ExecuTorch's FuseQATConvBN does, bit for bit.

usage: tests/torch/upstream_agreement.py FOLDPROOF CASES [SEED]

`foldproof fuzz` draws the programs, a pass that folds nothing keeps them. Each is folded by the real pass and by
`foldproof fold --policy upstream --pipeline post-export`. The two agree where both raise, or where the values that
the outputs are computed from are the same: operators, arguments, constants bit for bit, whatever the names; or where
the result's shapes are not those that it declares, on both sides, which we refuse and ExecuTorch never looks at. What
disagrees is printed, a line each, with the draw's number. The closing line is 'N passed, M failed'.
"""
import hashlib
import logging
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

KEEPER = """
import json, shutil, sys
print(json.dumps({"foldproof_worker": 1}), flush=True)
for count, line in enumerate(sys.stdin):
    request = json.loads(line)
    shutil.copy(request["in"], f"{sys.argv[1]}/{count}.pt2")
    print(json.dumps({"id": request["id"], "result": "unchanged"}), flush=True)
"""


def draw(foldproof, cases, seed, folder):
    """Programs 0.pt2, 1.pt2, ... of `folder`. No rule is a failure, so nothing is shrunk."""
    keeper = folder / "keeper.py"
    keeper.write_text(KEEPER)
    subprocess.run([foldproof, "fuzz", "--cases", str(cases), "--seed", str(seed), "--properties", "none", "--quiet",
                    "--pass", f"{sys.executable} -I -S {keeper} {folder}"], check=True)
    return [folder / f"{i}.pt2" for i in range(cases)]


class Canonical:
    """The values of a program without their names: each node as (operator, arguments), each constant by its bits."""

    def __init__(self, program):
        signature = program.graph_signature
        self._names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers,
                       **signature.inputs_to_lifted_tensor_constants}
        self._program, self._known = program, {}
        self._inputs = {name: i for i, name in enumerate(signature.user_inputs)}
        self.lines = []  # in the order in which the outputs need them
        output = next(node for node in program.graph.nodes if node.op == "output")
        self.outputs = [self._value(value) for value in output.args[0]]

    def _tensor(self, name):
        held = self._program.state_dict.get(name)
        return self._program.constants[name] if held is None else held

    def _constant(self, name):
        tensor = self._tensor(name).detach().contiguous()
        content = hashlib.sha256(tensor.numpy().tobytes()).hexdigest()[:12]
        shown = str(tensor.flatten()[:4].tolist())
        return f"{str(tensor.dtype)[6:]}{list(tensor.shape)} {content} {shown}"

    def _value(self, value):
        import torch

        if isinstance(value, (list, tuple)):
            return [self._value(one) for one in value]
        if not isinstance(value, torch.fx.Node):
            return value
        if value in self._known:
            return self._known[value]
        if value.op == "placeholder":
            named = self._names.get(value.name)
            line = f"input {self._inputs[value.name]}" if named is None else self._constant(named)
        else:
            schema = value.target._schema.arguments if hasattr(value.target, "_schema") else []
            given = [self._value(one) for one in value.args]
            given += [self._value(value.kwargs.get(one.name, one.default_value)) for one in schema[len(given):]]
            line = f"{value.target}({', '.join(map(str, given))})"
        self.lines.append(line)
        self._known[value] = f"%{len(self.lines) - 1}"
        return self._known[value]


def first_difference(theirs, ours):
    """None where both are the same, else the first value that is another."""
    for i in range(max(len(theirs.lines), len(ours.lines))):
        left = theirs.lines[i] if i < len(theirs.lines) else "(nothing)"
        right = ours.lines[i] if i < len(ours.lines) else "(nothing)"
        if left != right:
            return f"ExecuTorch {left}; foldproof {right}"
    return None if theirs.outputs == ours.outputs else "other outputs"


def real(path, folder):
    """What ExecuTorch makes of the program, or the exception in one line."""
    import torch
    from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN

    program = torch.export.load(path)
    try:
        FuseQATConvBN(program)(program.graph_module)
    except Exception as error:  # what it raises has no common type
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return program


def unusable(foldproof, program, folder):
    """Why foldproof cannot use what ExecuTorch made; None where it can."""
    import torch

    results = next(node for node in program.graph.nodes if node.op == "output").args[0]
    for spec, node in zip(program.graph_signature.output_specs, results):
        spec.arg.name = node.name  # ExecuTorch leaves the batch_norm's, and torch.export.save raises
    torch.export.save(program, folder / "theirs.pt2")
    done = subprocess.run([foldproof, "show", folder / "theirs.pt2"], capture_output=True, text=True, check=False)
    return done.stderr.split(": ", 2)[-1].strip() if done.returncode else None


def ours(foldproof, path, folder):
    import torch

    written = folder / "ours.pt2"
    done = subprocess.run([foldproof, "fold", path, "-o", written, "--policy", "upstream", "--pipeline", "post-export",
                           "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.strip().replace(str(path) + ': ', '')}"
    return Canonical(torch.export.load(written))


def compare(foldproof, path, folder):
    """('folded' | 'raised' | 'unusable', None), or (None, what disagrees)."""
    try:
        theirs, mine = real(path, folder), ours(foldproof, path, folder)
    except Exception as error:
        return None, f"cannot be compared: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if isinstance(theirs, str) and isinstance(mine, str):
        return "raised", None
    if isinstance(theirs, str):
        return None, f"ExecuTorch raises {theirs}; foldproof folds"
    if isinstance(mine, str):
        # An input without a batch dimension is given one by the chain: without it every shape behind it is another than
        # the program declares. ExecuTorch looks at none of them.
        why = unusable(foldproof, theirs, folder)
        if why and mine.endswith(why.split(": ", 1)[-1]):
            return "unusable", None
        return None, f"ExecuTorch folds; foldproof: {mine}; of ExecuTorch's own: {why}"
    why = first_difference(Canonical(theirs), mine)
    return ("folded", None) if why is None else (None, why)


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 3
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import torch
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

    torch.set_num_threads(1)
    foldproof, cases, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    counts = {"folded": 0, "raised": 0, "unusable": 0}
    failed = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="foldproof_"))
    try:
        for index, path in enumerate(draw(foldproof, cases, seed, folder)):
            kind, why = compare(foldproof, path, folder)
            if kind is None:
                failed += 1
                print(f"case {index}: {why}", flush=True)
            else:
                counts[kind] += 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{counts['folded']} programs are folded or left alike, on {counts['raised']} both raise, "
          f"{counts['unusable']} come out with shapes that the program does not declare")
    print(f"{sum(counts.values())} passed, {failed} failed")
    return 1 if failed or not sum(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
