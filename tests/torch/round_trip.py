#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether PyTorch computes the same from a .pt2 file and from what a program made of it.

usage: tests/torch/round_trip.py [--command 'build/release/test_rewrite {in} {out}'] FILE_OR_FOLDER...

Each file is loaded with torch.export.load, given to the command, and the result loaded too; both are run
on the inputs recorded beside it (NAME.io.npz), else on random ones, and must give the same bits. So must
their parameters, buffers and constants. --exported adds programs that PyTorch exports here, with what real
networks rarely hold: symbolic shapes, several outputs, mutation, aliases, keyword arguments. --built COMMAND
runs `COMMAND FOLDER`, which writes programs of its own, and compares them with PyTorch's own operators.
--values-only leaves out what is not the program's: guards, sample inputs, tensors that nothing reads.
A command with {value} in it makes the part of the program that computes a value, here the middle one; its
result must be what that value has while the whole runs.

A file that PyTorch cannot load as it is (operators that it does not know) is named, and counts as nothing.
The closing line is 'N passed, M failed'.
"""
import argparse
import copy
import json
import logging
import pathlib
import shlex
import subprocess
import sys
import tempfile
import warnings
import zipfile

import numpy
import torch
from torch.utils import _pytree as pytree

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import built_programs  # noqa: E402
import exported_programs  # noqa: E402

RUNS = 3  # of recorded inputs, or of random ones


def register_operators():
    """The quantization operators of every .pt2 here are registered by this import."""
    import torch.ao.quantization.fx._decomposed  # noqa: F401


def same_bits(a, b):
    """Whether two values of any structure are the same; tensors by type, shape and bits."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        a, b = a.detach().contiguous(), b.detach().contiguous()
        return a.numel() == 0 or torch.equal(a.flatten().view(torch.uint8), b.flatten().view(torch.uint8))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same_bits(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def random_tensor(value, generator):
    sizes = [int(size) for size in value.shape]  # a symbolic one as it was traced
    if value.dtype == torch.bool:
        return torch.randint(0, 2, sizes, generator=generator).bool()
    if not value.dtype.is_floating_point and not value.dtype.is_complex:
        return torch.randint(0, 4, sizes, generator=generator).to(value.dtype)
    return (2 * torch.randn(sizes, generator=generator)).to(value.dtype)


def recorded_inputs(path, program):
    """x{i}, or x{i}_{k}, of NAME.io.npz for NAME.before.pt2, NAME.torchao_after.pt2 and so on."""
    npz = path.with_name(path.name.split(".")[0] + ".io.npz")
    if not npz.is_file():
        return []
    arrays = numpy.load(npz)
    count = len(program.graph_signature.user_inputs)
    runs = []
    for i in range(RUNS):
        names = [f"x{i}"] if f"x{i}" in arrays else [f"x{i}_{k}" for k in range(count)]
        if all(name in arrays for name in names) and len(names) == count:
            runs.append((tuple(torch.from_numpy(arrays[name]) for name in names), {}))
    return runs


def random_inputs(program):
    """Of the types that the program declares, in the structure of its calling convention."""
    values = {n.name: n.meta.get("val") for n in program.graph.nodes if n.op == "placeholder"}
    runs = []
    for seed in range(RUNS):
        generator = torch.Generator().manual_seed(seed)
        leaves = []
        for spec in program.graph_signature.input_specs:
            if spec.kind != torch.export.graph_signature.InputKind.USER_INPUT:
                continue
            value = spec.arg.value if hasattr(spec.arg, "value") else values[spec.arg.name]
            if isinstance(value, torch.Tensor):
                value = random_tensor(value, generator)
            leaves.append(int(value) if isinstance(value, torch.SymInt) else value)
        runs.append(pytree.tree_unflatten(leaves, program.call_spec.in_spec))
    return runs


def run(program, inputs):
    """The outputs, and what the run left in buffers and inputs; or what torch says where it does not run."""
    module = program.module()
    args, kwargs = copy.deepcopy(inputs)
    try:
        with torch.no_grad():
            outputs = module(*args, **kwargs)
    except RuntimeError as error:
        return [type(error).__name__, str(error)]
    return pytree.tree_leaves(outputs), dict(module.named_buffers()), args


class Watch(torch.fx.Interpreter):
    """Runs a module and keeps what one node gave, before a later one can change it in place."""

    def __init__(self, module, name):
        super().__init__(module)
        self.name, self.seen = name, None

    def run_node(self, node):
        result = super().run_node(node)
        if node.name == self.name:
            self.seen = result.clone()
        return result


def middle_value(program):
    """The name of a tensor in the middle of the program."""
    made = [n.name for n in program.graph.nodes
            if n.op == "call_function" and isinstance(n.meta.get("val"), torch.Tensor)]
    return made[len(made) // 2]


def cut_differences(path, before, after, value):
    signature = after.graph_signature
    if list(signature.user_outputs) != [value]:
        yield f"outputs {signature.user_outputs} where {value} is computed"
    read = {spec.target for spec in signature.input_specs if spec.target}
    read_before = {spec.target for spec in before.graph_signature.input_specs if spec.target}
    stray = [name for name in after.state_dict if name not in read and name in read_before]
    if stray:
        yield f"keeps {stray}, which it does not read"
    for i, inputs in enumerate(recorded_inputs(path, before) or random_inputs(before)):
        watch = Watch(before.module(check_guards=False), value)
        with torch.no_grad():
            try:
                watch.run(*pytree.tree_leaves(copy.deepcopy(inputs)))
            except RuntimeError:
                pass  # behind the value
            got = after.module()(*copy.deepcopy(inputs[0]), **inputs[1])
        if not same_bits(watch.seen, got):
            yield f"another result of run {i}"


def aliases(program):
    """Which tensors of the program share memory."""
    tensors = {**program.state_dict, **program.constants}
    return sorted((a, b) for a in tensors for b in tensors
                  if a < b and tensors[a].numel() and tensors[a].untyped_storage().data_ptr()
                  == tensors[b].untyped_storage().data_ptr())


def convention(program):
    top = program.module_call_graph[0].signature
    return (str(top.in_spec), str(top.out_spec), top.forward_arg_names, str(program.range_constraints),
            program._guards_code, [e.fqn for e in program.module_call_graph])


def differences(path, before, after, values_only):
    """What is not the same, one line each."""
    read = {spec.target for spec in before.graph_signature.input_specs if spec.target}
    for what in ("state_dict", "constants"):
        had, has = dict(getattr(before, what)), dict(getattr(after, what))
        if values_only:
            had, has = ({name: had_or_has[name] for name in sorted(had_or_has) if name in read}
                        for had_or_has in (had, has))
        if not same_bits(had, has):
            yield f"another {what}"
            continue
        for name in had:
            if type(had[name]) is not type(has[name]) or had[name].stride() != has[name].stride():
                yield f"another kind or other strides of {name}"
            if had[name].requires_grad != has[name].requires_grad and not values_only:
                yield f"another requires_grad of {name}"
    if not values_only:
        if aliases(before) != aliases(after):
            yield "other tensors share memory"
        if str(before.graph) != str(after.graph) or str(before.graph_signature) != str(after.graph_signature):
            yield "another graph"
        if convention(before) != convention(after):
            yield "another calling convention"
        if not same_bits(pytree.tree_leaves(before.example_inputs), pytree.tree_leaves(after.example_inputs)):
            yield "other sample inputs"
    for i, inputs in enumerate(recorded_inputs(path, before) or random_inputs(before)):
        if not same_bits(run(before, inputs), run(after, inputs)):
            yield f"another result of run {i}"


class Tally:
    def __init__(self):
        self.passed, self.failed, self.not_loadable = 0, 0, []

    def judge(self, name, faults):
        faults = list(faults)
        self.failed += bool(faults)
        self.passed += not faults
        for fault in faults:
            print(f"FAILED {name}: {fault}")


def load(path):
    return torch.export.load(str(path))


def unknown_operators(path):
    """The operators of a file that this PyTorch has not registered."""
    with zipfile.ZipFile(path) as archive:
        model = next(name for name in archive.namelist() if name.split("/", 1)[1].startswith("models/"))
        nodes = json.loads(archive.read(model))["graph_module"]["graph"]["nodes"]
    unknown = set()
    for target in {node["target"] for node in nodes if node["target"].startswith("torch.ops.")}:
        namespace, name, overload = (target.split(".")[2:] + ["default"])[:3]
        if not hasattr(getattr(getattr(torch.ops, namespace), name, None), overload):
            unknown.add(f"{namespace}.{name}.{overload}")
    return sorted(unknown)


def first_line(error):
    return next((line for line in reversed(str(error).strip().splitlines()) if line.strip()), type(error).__name__)


def faults_of(path, before, options, scratch):
    out = scratch / "rewritten.pt2"
    out.unlink(missing_ok=True)
    value = middle_value(before)
    command = [word.format(**{"in": path, "out": out, "value": value}) for word in shlex.split(options.command)]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                         stdin=subprocess.DEVNULL)
    if ran.returncode != 0 or not out.is_file():
        return [f"exit code {ran.returncode}: {ran.stderr.strip()}"]
    try:
        if "{value}" in options.command:
            return list(cut_differences(path, before, load(out), value))
        return list(differences(path, before, load(out), options.values_only))
    except Exception as error:  # whatever torch says of the file is the finding
        return [f"not loaded or run: {first_line(error)}"]


def judge_file(path, options, scratch, tally):
    try:
        before = load(path)
    except Exception as error:
        tally.not_loadable.append(path)
        unknown = unknown_operators(path)
        why = "PyTorch does not know " + ", ".join(unknown) if unknown else first_line(error)[:200]
        print(f"NOT LOADABLE as it is: {path}: {why}")
        return
    tally.judge(path, faults_of(path, before, options, scratch))


def judge_exported(options, scratch, tally):
    for name, program in exported_programs.export_all():
        path = scratch / f"{name}.pt2"
        torch.export.save(program, str(path))
        judge_file(path, options, scratch, tally)


def judge_built(options, scratch, tally):
    """Programs that nobody exported, against PyTorch's own operators."""
    subprocess.run(shlex.split(options.built) + [str(scratch)], check=True)
    for name, expected in built_programs.EXPECTED.items():
        try:
            program = load(scratch / f"{name}.pt2")
            runs = random_inputs(program)
            wrong = [i for i, (args, kwargs) in enumerate(runs)
                     if not same_bits(pytree.tree_leaves(program.module()(*args, **kwargs)),
                                      pytree.tree_leaves(expected(*args)))]
            tally.judge(name, [f"another result of run {i}" for i in wrong])
        except Exception as error:
            tally.judge(name, [f"not loaded or run: {first_line(error)}"])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", metavar="FILE_OR_FOLDER", nargs="*", type=pathlib.Path)
    parser.add_argument("--command", default="build/release/test_rewrite {in} {out}")
    parser.add_argument("--exported", action="store_true")
    parser.add_argument("--built", metavar="COMMAND")
    parser.add_argument("--values-only", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)  # sums of one order
    register_operators()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for path in options.paths:
            files = sorted(path.rglob("*.pt2")) if path.is_dir() else [path]
            for file in files:
                judge_file(file, options, scratch, tally)
        if options.exported:
            judge_exported(options, scratch, tally)
        if options.built:
            judge_built(options, scratch, tally)
    if tally.not_loadable:
        print(f"{len(tally.not_loadable)} files are NOT LOADABLE by PyTorch {torch.__version__} as they are, "
              "and were not compared; they are named above")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
