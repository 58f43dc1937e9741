#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether the policy upstream folds drawn programs as ExecuTorch's passes do, bit for bit.

usage: tests/torch/upstream_agreement.py FOLDPROOF CASES [--seed S] [--pass NAME] [--jobs N] [--json FILE]
       tests/torch/upstream_agreement.py FOLDPROOF --case I [--seed S] [--pass NAME]    # both results of one case

`foldproof fuzz --dump` draws the programs. Each is folded by the real pass (NAME: FuseQATConvBN or
QuantizeFusedConvBnBiasAtenPass; default: both, one after the other) and by `foldproof fold --policy upstream`. What is
compared: the values that the outputs are computed from (operators, arguments, the shapes and types that each declares,
constants bit for bit, whatever the names of values), the user inputs and outputs of the signature, and the constants by
name, those that nothing reads as well. A case is of one of these classes:

  folded      both made the same of it
  left        both left it as it was
  raised      both raise the same exception, with the same text
  stale       both compute the same, but the shapes that ExecuTorch's declares are not those that it makes: ExecuTorch
              looks at none; foldproof declares the right one, or refuses where the program's own output is concerned
  root        only codes differ, and no longer where the real pass has IEEE's square root: PyTorch's wheels have MKL's,
              which now and then is one float32 step off
  disagrees   anything else; a line each

The closing line is 'N passed, M failed', failed being those that disagree. --json FILE writes counts and disagreements.
"""
import argparse
import collections
import contextlib
import hashlib
import json
import logging
import multiprocessing
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

CLASSES = ("folded", "left", "raised", "stale", "root", "disagrees")
Outcome = collections.namedtuple("Outcome", "kind why")


def run_fuse(program):
    from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN

    return FuseQATConvBN(program)(program.graph_module)


def run_biases(program):
    from executorch.backends.transforms.quantize_fused_convbn_bias_pass import QuantizeFusedConvBnBiasAtenPass

    return QuantizeFusedConvBnBiasAtenPass(program, default_zero_bias=True)(program.graph_module)


# Each pass, and the options of `foldproof fold` that stand for it.
PASSES = {"FuseQATConvBN": (run_fuse, ("--pipeline", "post-export")),
          "QuantizeFusedConvBnBiasAtenPass": (run_biases, ("--pipeline", "pre-export", "--until", "biases"))}


@contextlib.contextmanager
def ieee_root():
    """torch.sqrt as the processor has it, while the block runs."""
    import numpy
    import torch

    def root(tensor):
        with numpy.errstate(invalid="ignore"):
            return torch.from_numpy(numpy.sqrt(tensor.detach().numpy()))

    mkl, torch.sqrt = torch.sqrt, root
    try:
        yield
    finally:
        torch.sqrt = mkl


def first_line(error):
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0] if text else ''}"


class Canonical:
    """What a program is but for the names of its values: each value as a line, constants by their bits."""

    def __init__(self, program):
        signature = program.graph_signature
        self._names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers,
                       **signature.inputs_to_lifted_tensor_constants}
        self._program, self._known = program, {}
        self._inputs = {name: i for i, name in enumerate(signature.user_inputs)}
        self.lines, self.declared = [], []  # in the order in which the outputs need them
        output = next(node for node in program.graph.nodes if node.op == "output")
        self.outputs = [self._value(value) for value in output.args[0]]
        self.signature = [list(signature.user_inputs)] + [spec.kind.name for spec in signature.output_specs]
        self.constants = {name: self._constant(name) for name in self._names.values()}

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
        declared = value.meta.get("val")
        self.declared.append(f"{str(declared.dtype)[6:]}{list(declared.shape)}" if isinstance(declared, torch.Tensor)
                             else None)
        self.lines.append(line)
        self._known[value] = f"%{len(self.lines) - 1}"
        return self._known[value]

    def difference(self, other):
        """None where both compute the same, else the first thing that is another in `other`."""
        for i in range(max(len(self.lines), len(other.lines))):
            left = self.lines[i] if i < len(self.lines) else "(nothing)"
            right = other.lines[i] if i < len(other.lines) else "(nothing)"
            if left != right:
                return f"ExecuTorch %{i} = {left}; foldproof {right}"
        if self.outputs != other.outputs:
            return f"ExecuTorch's outputs are {self.outputs}, foldproof's {other.outputs}"
        if self.signature != other.signature:
            return f"ExecuTorch's signature is {self.signature}, foldproof's {other.signature}"
        for name in sorted(self.constants.keys() | other.constants.keys()):
            left, right = self.constants.get(name, "not there"), other.constants.get(name, "not there")
            if left != right:
                return f"ExecuTorch's constant {name} is {left}; foldproof's {right}"
        return None


class Comparison:
    """One pass beside its policy. Files are exchanged in `folder`."""

    def __init__(self, foldproof, name, folder):
        self._foldproof, self._folder = foldproof, folder
        self._real, self._options = PASSES[name]

    def theirs(self, path):
        """What ExecuTorch makes of the program, or its exception in one line."""
        import torch

        program = torch.export.load(path)
        try:
            self._real(program)
        except Exception as error:  # what it raises has no common type
            return first_line(error)
        return program

    def ours(self, path):
        """The same of foldproof; its error without the file's name."""
        import torch

        written = self._folder / "ours.pt2"
        done = subprocess.run([self._foldproof, "fold", path, "-o", written, "--policy", "upstream", *self._options,
                               "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"exit code {done.returncode}: {done.stderr.strip().replace(str(path) + ': ', '')}"
        return torch.export.load(written)

    def _unusable(self, program):
        """Why foldproof cannot use what ExecuTorch made; None where it can."""
        import torch

        results = next(node for node in program.graph.nodes if node.op == "output").args[0]
        for spec, node in zip(program.graph_signature.output_specs, results):
            spec.arg.name = node.name  # ExecuTorch leaves the batch_norm's, and torch.export.save raises
        torch.export.save(program, self._folder / "theirs.pt2")
        done = subprocess.run([self._foldproof, "show", self._folder / "theirs.pt2"], capture_output=True, text=True,
                              check=False)
        return done.stderr.split(": ", 2)[-1].strip() if done.returncode else None

    def of(self, path):
        """The Outcome of one program."""
        import torch

        theirs, mine = self.theirs(path), self.ours(path)
        if isinstance(theirs, str) and isinstance(mine, str):
            raised = re.search(r"ExecuTorch 1\.5\.1 raises here: (.*); fold with --policy", mine, re.DOTALL)
            if raised and raised.group(1).strip() == theirs:
                return Outcome("raised", None)
            return Outcome("disagrees", f"ExecuTorch raises {theirs}; foldproof: {mine}")
        if isinstance(theirs, str):
            return Outcome("disagrees", f"ExecuTorch raises {theirs}; foldproof folds")
        if isinstance(mine, str):
            why = self._unusable(theirs)
            if why and mine.endswith(why.split(": ", 1)[-1]):
                return Outcome("stale", None)
            return Outcome("disagrees", f"ExecuTorch folds; foldproof: {mine}; of ExecuTorch's own: {why}")
        left = Canonical(theirs)
        right = Canonical(mine)
        why = left.difference(right)
        if why is None and left.declared != right.declared:
            i = next(i for i, pair in enumerate(zip(left.declared, right.declared)) if pair[0] != pair[1])
            why = f"ExecuTorch declares %{i} = {left.lines[i]} as {left.declared[i]}, foldproof as {right.declared[i]}"
            if f"but its output is declared {left.declared[i][left.declared[i].index('['):]}" in (
                    self._unusable(theirs) or ""):
                return Outcome("stale", None)
        if why is not None:
            with ieee_root():
                again = self.theirs(path)
            if not isinstance(again, str) and Canonical(again).difference(right) is None:
                return Outcome("root", None)
            return Outcome("disagrees", why)
        same = left.difference(Canonical(torch.export.load(path))) is None
        return Outcome("left" if same else "folded", None)


def prepare():
    """In each process, once."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import torch
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

    torch.set_num_threads(1)
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
    from foldproof._worker import quicken

    quicken()


def compare(job):
    foldproof, name, path = job
    with tempfile.TemporaryDirectory(prefix="foldproof_") as folder:
        try:
            return Comparison(foldproof, name, pathlib.Path(folder)).of(path)
        except Exception as error:
            return Outcome("disagrees", f"cannot be compared: {first_line(error)}")


def show(foldproof, name, path):
    comparison = Comparison(foldproof, name, pathlib.Path(tempfile.mkdtemp(prefix="foldproof_")))
    for who, made in (("ExecuTorch", comparison.theirs(path)), ("foldproof", comparison.ours(path))):
        print(f"== {who}\n{made if isinstance(made, str) else chr(10).join(Canonical(made).lines)}")


def agreement(foldproof, name, paths, pool):
    """{class: count}, and the cases that disagree: [{"case", "why"}]."""
    counts, disagreements = dict.fromkeys(CLASSES, 0), []
    jobs = [(foldproof, name, path) for path in paths]
    for index, outcome in enumerate(pool.imap(compare, jobs, chunksize=8)):
        counts[outcome.kind] += 1
        if outcome.kind == "disagrees":
            disagreements.append({"case": index, "why": outcome.why})
            print(f"{name}, case {index}: {outcome.why}", flush=True)
    return {"cases": len(paths), **counts, "disagreements": disagreements}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("foldproof")
    parser.add_argument("cases", nargs="?", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pass", dest="name", choices=PASSES)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--case", type=int)
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    names = [given.name] if given.name else list(PASSES)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="foldproof_"))
    results = {}
    try:
        cases = given.cases if given.case is None else given.case + 1
        subprocess.run([given.foldproof, "fuzz", "--dump", folder, "--cases", str(cases), "--seed", str(given.seed),
                        "--quiet"], check=True)
        paths = sorted(folder.glob("*.pt2"))
        if given.case is not None:
            prepare()
            show(given.foldproof, names[0], paths[given.case])
            return 0
        with multiprocessing.Pool(given.jobs, prepare) as pool:
            for name in names:
                results[name] = agreement(given.foldproof, name, paths, pool)
                print(f"{name}: " + ", ".join(f"{results[name][kind]} {kind}" for kind in CLASSES), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        given.json.write_text(json.dumps({"seed": given.seed, "passes": results}, indent=1) + "\n")
    failed = sum(one["disagrees"] for one in results.values())
    passed = sum(one["cases"] for one in results.values()) - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
