# SPDX-License-Identifier: BSD-3-Clause
"""A fold with a fault: it adds the batch norm's bias and forgets its mean."""
import foldproof
import torch


def _attribute(program, node):
    signature = program.graph_signature
    name = {**signature.inputs_to_parameters, **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants}[node.name]
    return name, program.state_dict[name] if name in program.state_dict else program.constants[name]


def fold(program):
    """Folds `conv(bias codes) - q - dq - div - [add] - batch_norm` in place; None where there is no such chain."""
    aten = torch.ops.aten
    for norm in list(program.graph.nodes):
        if norm.target != aten.batch_norm.default:
            continue
        division = norm.args[0]
        original = None
        if division.target == aten.add.Tensor:
            division, original = division.args[0], division.args[1].args[0]
        value = division.args[0]
        convolution = value.args[0].args[0]
        codes, scale = convolution.args[2].args[:2]
        weight, bias, mean, variance = (_attribute(program, node)[1] for node in norm.args[1:5])
        constant = bias - 0 * mean  # here: a right fold subtracts mean * weight / sqrt(variance + eps)
        if original is not None:
            constant = constant + _attribute(program, original)[1] * weight / torch.sqrt(variance + norm.args[7])
        name, old = _attribute(program, codes)
        new = (old + torch.round(constant / scale)).to(torch.int32)
        holder = program.state_dict if name in program.state_dict else program.constants
        holder[name] = torch.nn.Parameter(new, requires_grad=False) if isinstance(old, torch.nn.Parameter) else new
        norm.replace_all_uses_with(value)
        program.graph.eliminate_dead_code()
        program.graph_module.recompile()
        return foldproof.with_outputs_named(program)
    return None
