#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether PyTorch loads and runs what `foldproof fold` writes, and computes what our executor does.

usage: tests/torch/folded_programs.py FOLDPROOF FOLDER...

Every NAME.before.pt2 of the folders is folded with each policy and pipeline. The result is loaded with
torch.export.load and run on the inputs of NAME.io.npz, else on random ones; `foldproof run` on the same file must agree. The
two may be different versions of PyTorch, whose convolutions sum in other orders: a code at a tie flips.
So they agree where shapes, NaN and Inf do, at most 0.5 % (or two) of the elements are more than 2e-5 of
the largest value off, and none by more than a tenth of it. Networks of many convolutions, in which one
flipped code spreads, are loaded and run, and their agreement is told, not judged.

Where the policy upstream raises, as ExecuTorch does, there is nothing to load; that is counted aloud.
The closing line is 'N passed, M failed'.
"""
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import torch

JOBS = [("upstream", "post-export"), ("guarded", "post-export"), ("repair", "post-export"), ("repair", "pre-export")]
RUNS = 2
MOST_CONVOLUTIONS = 3  # of a program whose outputs are judged


def difference(got, want):
    """None where they agree, else what differs."""
    if got.shape != want.shape:
        return f"shape {got.shape} for {want.shape}"
    if not numpy.array_equal(numpy.isfinite(got), numpy.isfinite(want)):
        return "NaN or Inf elsewhere"
    finite = numpy.isfinite(want)
    got, want = got[finite].astype(numpy.float64), want[finite].astype(numpy.float64)
    if not got.size:
        return None
    distance, span = numpy.abs(got - want), numpy.abs(want).max()
    far = (distance > 2e-5 * span).mean()
    if far > max(0.005, 2 / got.size):
        return f"{far:.2%} of the elements differ"
    return f"off by {distance.max():.6g} of {span:.6g}" if distance.max() > 0.1 * span else None


def random_inputs(program):
    shapes = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    names = program.graph_signature.user_inputs
    generator = torch.Generator().manual_seed(7)
    return {i: {f"x{i}" if len(names) == 1 else f"x{i}_{k}":
                (2 * torch.randn(list(shapes[name].shape), generator=generator)).numpy()
                for k, name in enumerate(names)} for i in range(RUNS)}


def inputs_of(path, program):
    """Those recorded beside the program, else random ones: {i: {array's name: array}}."""
    count = len(program.graph_signature.user_inputs)
    npz = path.with_name(path.name.split(".")[0] + ".io.npz")
    if not npz.is_file():
        return random_inputs(program)
    arrays = numpy.load(npz)
    inputs = {}
    for i in range(RUNS):
        names = [f"x{i}"] if f"x{i}" in arrays else [f"x{i}_{k}" for k in range(count)]
        if all(name in arrays for name in names):
            inputs[i] = {name: arrays[name] for name in names}
    return inputs


def run_torch(program, inputs):
    with torch.no_grad():
        out = program.module()(*(torch.from_numpy(array) for array in inputs.values()))
    leaves = torch.utils._pytree.tree_leaves(out)
    return [leaf.detach().numpy() for leaf in leaves]


def run_ours(foldproof, path, inputs, folder):
    numpy.savez(folder / "x.npz", **{name: array for run in inputs.values() for name, array in run.items()})
    done = subprocess.run([foldproof, "run", path, "--inputs", folder / "x.npz", "--out", folder / "y.npz"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"foldproof run: {done.stderr.strip()}")
    return numpy.load(folder / "y.npz")


def troubles(foldproof, before, written, folder):
    """What is wrong with the written program, a line each."""
    program = torch.export.load(written)
    inputs = inputs_of(before, program)
    ours = run_ours(foldproof, written, inputs, folder)
    for i, run in inputs.items():
        theirs = run_torch(program, run)
        for k, want in enumerate(theirs):
            name = f"y{i}" if len(theirs) == 1 else f"y{i}_{k}"
            why = difference(ours[name], want)
            if why:
                yield f"{name}: {why}"


def convolutions(path, foldproof):
    done = subprocess.run([foldproof, "show", path], capture_output=True, text=True, check=True)
    return sum(" = aten.conv" in line for line in done.stdout.splitlines())


def check(foldproof, before, policy, pipeline):
    """'raises', or a list of what is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        written = folder / "folded.pt2"
        done = subprocess.run([foldproof, "fold", before, "-o", written, "--policy", policy, "--pipeline", pipeline,
                               "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode == 3 and policy == "upstream" and "raises here" in done.stderr:
            return "raises"
        if done.returncode:
            return [f"exit code {done.returncode}: {done.stderr.strip()}"]
        try:
            return list(troubles(foldproof, before, written, folder))
        except Exception as error:  # what PyTorch raises has no common type
            lines = str(error).strip().splitlines()
            return [f"{type(error).__name__}: {lines[0] if lines else ''}"]


def breaks(before):
    """Whether ExecuTorch's own result is not there or does not run: a raw int32 bias, or one of a wrong length."""
    after = before.with_name(before.name.replace(".before.", ".after."))
    if not after.is_file():
        return True
    program = torch.export.load(after)
    try:
        for run in inputs_of(before, program).values():
            run_torch(program, run)
    except RuntimeError:
        return True
    return False


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 3
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
    foldproof, folders = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    passed = failed = raised = told = 0
    for before in sorted(path for folder in folders for path in folder.glob("*.before.pt2")):
        large = convolutions(before, foldproof) > MOST_CONVOLUTIONS
        for policy, pipeline in JOBS:
            wrong = check(foldproof, before, policy, pipeline)
            if wrong == "raises":
                raised += 1
                continue
            judged = not (large and all(line.startswith("y") for line in wrong))
            told += bool(wrong) and not judged
            good = not wrong or not judged
            if not good and policy == "upstream" and breaks(before):
                raised += 1
                continue
            passed, failed = passed + good, failed + (not good)
            for line in wrong:
                print(f"{before.name} ({policy}, {pipeline}): {line}" + ("" if judged else " (not judged)"))
    print(f"{raised} programs that ExecuTorch's pass raises on, or breaks, under upstream; {told} large ones only told")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
