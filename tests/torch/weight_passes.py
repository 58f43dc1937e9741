# SPDX-License-Identifier: BSD-3-Clause
"""Passes of torch, TorchAO and ExecuTorch that change weights, each as they are installed (script/weight_folds).

A pass is a function from (net, inputs) to (before, after), both exported programs. It is called with the nets that it is
made for. What it imports is imported when it is called, so that one that is not there stops no other.
"""
import copy
import dataclasses
import sys
import typing
import unittest.mock

import torch
from torch.export.graph_signature import InputKind, InputSpec, TensorArgument

if not hasattr(typing, "override"):  # ExecuTorch's Cadence folder is written for Python 3.12
    import typing_extensions
    typing.override = typing_extensions.override


class NotHere(Exception):
    """A pass cannot be run here, for the reason that is its text."""


def exported(net, inputs):
    return torch.export.export(net, inputs)


def stand_in(*modules):
    """An empty module, where a pass's package imports one that the pass itself never calls."""
    for module in modules:
        sys.modules.setdefault(module, unittest.mock.MagicMock())


def module_by_module(fused):
    """A pass that a user calls for each pair of modules."""
    def around(net, inputs):
        before = exported(net, inputs)
        for layer, norm in net.pairs:
            setattr(net, layer, fused(getattr(net, layer), getattr(net, norm)))
            setattr(net, norm, torch.nn.Identity())
        return before, exported(net, inputs)
    return around


def fuse_bn_eval(layer, norm):
    from torch.nn.utils import fusion

    if isinstance(layer, torch.nn.Linear):
        return fusion.fuse_linear_bn_eval(layer, norm)
    return fusion.fuse_conv_bn_eval(layer, norm, isinstance(layer, torch.nn.modules.conv._ConvTransposeNd))


def fuse_modules(net, inputs):
    from torch.ao.quantization import fuse_modules as fuse

    before = exported(net, inputs)
    return before, exported(fuse(net, [list(pair) for pair in net.pairs]), inputs)


def fx_fuse(net, inputs):
    from torch.fx.experimental import optimization

    return exported(net, inputs), exported(optimization.fuse(net), inputs)


def on_graph_module(make_pass):
    """A pass of the graph module that torch.export makes, exported again behind it."""
    def around(net, inputs):
        before = exported(net, inputs)
        module = before.module()
        result = make_pass()(module)
        module = getattr(result, "graph_module", module)
        module.graph.eliminate_dead_code()
        module.recompile()
        return before, exported(module, inputs)
    return around


def torchao_fuse():
    from torchao.quantization.pt2e import utils

    def both(module):
        utils._fuse_conv_bn_(module)
        utils._fuse_linear_bn_(module)
    return both


def nxp_conv():
    from executorch.backends.nxp.aten_passes.fuse_batch_norm_with_conv_pass import FuseBatchNormWithConvPass
    return FuseBatchNormWithConvPass()


def nxp_linear():
    stand_in("eiq_neutron_sdk")
    from executorch.backends.nxp.aten_passes.fuse_batch_norm_with_linear_pass import FuseBatchNormWithLinearPass
    return FuseBatchNormWithLinearPass()


def edge_program(net, inputs):
    """In the edge dialect, as partitioners ask for it: what their passes look for is not taken apart."""
    from executorch.exir import EdgeCompileConfig, to_edge

    kept = [torch.ops.aten.linear.default, torch.ops.aten.native_batch_norm.default]
    config = EdgeCompileConfig(_check_ir_validity=False, preserve_ops=kept)
    return to_edge(exported(net, inputs), compile_config=config).exported_program()


def on_edge(make_pass):
    """A pass of the edge dialect. A pass that keeps weights in the program needs the program; it changes its graph."""
    def around(net, inputs):
        from executorch.exir.program._program import _update_exported_program_graph_module

        before = edge_program(net, inputs)
        program = copy.deepcopy(before)
        result = make_pass(program)(program.graph_module)
        return before, with_weights_lifted(program, result.graph_module, _update_exported_program_graph_module)
    return around


def with_weights_lifted(program, module, program_of):
    """The program of `module`. Some passes register new weights with the graph module, and leave it to their own backend to
    find them there; torch.export.save wants them among the program's constants."""
    read = [node for node in module.graph.nodes if node.op == "get_attr"]
    mode = next(node.meta["val"].fake_mode for node in module.graph.nodes if node.op == "placeholder")
    first = next(node for node in module.graph.nodes if node.op == "placeholder")
    for at, node in enumerate(read):
        held = getattr(module, node.target).detach()
        with module.graph.inserting_before(first):
            placeholder = module.graph.placeholder(f"c_{node.name}")
        placeholder.meta["val"] = mode.from_tensor(held, static_shapes=True)
        node.replace_all_uses_with(placeholder)
        module.graph.erase_node(node)
        program.graph_signature.input_specs.insert(at, InputSpec(
            InputKind.CONSTANT_TENSOR, TensorArgument(placeholder.name), node.target, None))
        program.constants[node.target] = held
    module.recompile()
    return program_of(program, module)


def xnnpack(program):
    from executorch.backends.xnnpack._passes.fuse_batch_norm import FuseBatchNormPass
    return FuseBatchNormPass(program)


def vulkan(program):
    from executorch.backends.vulkan import vulkan_preprocess
    return vulkan_preprocess.FuseBatchNormPass(program)


def transforms(program):
    from executorch.backends.transforms.fuse_batch_norm_with_conv import FuseBatchNormWithConvPass
    return FuseBatchNormWithConvPass(program)


def samsung(program):
    package = "executorch.backends.samsung.python"
    stand_in(package, f"{package}.PyEnnWrapperAdaptor", f"{package}.PyGraphWrapperAdaptor")
    from executorch.backends.samsung import enn_preprocess
    return enn_preprocess.FuseBatchNormWithConvPass(program)


def arm_norm(program):
    stand_in("tosa_serializer")
    from executorch.backends.arm._passes.fuse_batch_norm2d_pass import FuseBatchNorm2dPass
    return FuseBatchNorm2dPass(program)


def arm_scale(program):
    stand_in("tosa_serializer")
    from executorch.backends.arm._passes.fold_scalar_mul_into_conv_pass import FoldScalarMulIntoConvPass
    return FoldScalarMulIntoConvPass(program)


def cadence_norm(net, inputs):
    """It looks for get_attr nodes, so it is given the module with its weights as attributes."""
    from executorch.backends.cadence.aot.fuse_ops import FuseBatchNormWithConv

    before = edge_program(net, inputs)
    result = FuseBatchNormWithConv()(copy.deepcopy(before).module())
    result.graph_module.graph.eliminate_dead_code()
    result.graph_module.recompile()
    return before, exported(result.graph_module, inputs)


def cadence_quantized(net, inputs):
    """It looks for quantized::conv2d on packed weights, behind it quantized::batch_norm2d: the operators of eager mode."""
    from executorch.backends.cadence.aot.fuse_ops import FuseQuantizedBatchNormWithConv

    FuseQuantizedBatchNormWithConv()
    quantized = torch.ao.nn.quantized
    layers = [quantized.Quantize(0.01, 128, torch.quint8), quantized.Conv2d(3, 4, 3), quantized.BatchNorm2d(4)]
    try:
        exported(torch.nn.Sequential(*layers), inputs)
    except Exception as error:
        raise NotHere(f"torch.export has no program of packed weights ({type(error).__name__})") from error


def xnnpack_quantized(net, inputs, with_weights, per_channel=True):
    """The net as convert_pt2e leaves it, its activations quantized, and its weights where that is asked for."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (XNNPACKQuantizer,
                                                                         get_symmetric_quantization_config)
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    config = get_symmetric_quantization_config(is_per_channel=per_channel)
    if not with_weights:
        config = dataclasses.replace(config, weight=None)
    module = prepare_pt2e(exported(net, inputs).module(), XNNPACKQuantizer().set_global(config))
    numbers = torch.Generator().manual_seed(1)
    for _ in range(4):
        module(torch.rand(inputs[0].shape, generator=numbers) * 2 - 1)
    return exported(convert_pt2e(module), inputs)


def ptq(net, inputs):
    """What quantizing the folded weights costs: activations alone quantized, against all of it."""
    return xnnpack_quantized(copy.deepcopy(net), inputs, False), xnnpack_quantized(net, inputs, True)


def ptq_of_float(net, inputs):
    return exported(net, inputs), xnnpack_quantized(net, inputs, True)


def fused_biases(net, inputs):
    from executorch.backends.transforms.quantize_fused_convbn_bias_pass import QuantizeFusedConvBnBiasAtenPass

    before = xnnpack_quantized(net, inputs, True)
    after = copy.deepcopy(before)
    QuantizeFusedConvBnBiasAtenPass(after, default_zero_bias=True)(after.graph_module)
    return before, after


CONVS = ["conv2d", "conv1d, no bias", "depthwise, stride 2"]
WRONG_AXIS = "linear on [2, 3, 4]"
SCALED = ["times a number", "times a constant per channel"]


@dataclasses.dataclass(frozen=True)
class Pass:
    name: str
    package: str
    run: typing.Callable
    nets: list


PASSES = [
    Pass("fuse_conv_bn_eval, fuse_linear_bn_eval", "torch.nn.utils.fusion", module_by_module(fuse_bn_eval), CONVS + ["linear"]),
    Pass("fuse", "torch.fx.experimental.optimization", fx_fuse, CONVS + [WRONG_AXIS]),
    Pass("fuse_modules", "torch.ao.quantization", fuse_modules, CONVS),
    Pass("_fuse_conv_bn_, _fuse_linear_bn_", "torchao.quantization.pt2e", on_graph_module(torchao_fuse),
         CONVS + [WRONG_AXIS]),
    Pass("prepare_pt2e, convert_pt2e", "torchao.quantization.pt2e", ptq, CONVS),
    Pass("prepare_pt2e, convert_pt2e of the float net", "torchao.quantization.pt2e", ptq_of_float, CONVS[:1]),
    Pass("FuseBatchNormPass", "executorch xnnpack", on_edge(xnnpack), CONVS + [WRONG_AXIS]),
    Pass("FuseBatchNorm2dPass", "executorch arm", on_edge(arm_norm), CONVS[:2] + ["transposed, square"]),
    Pass("FoldScalarMulIntoConvPass", "executorch arm", on_edge(arm_scale), SCALED),
    Pass("FuseBatchNormWithConvPass", "executorch transforms", on_edge(transforms),
         CONVS[:1] + ["transposed, square", "transposed"]),
    Pass("FuseBatchNormWithConvPass", "executorch nxp", on_graph_module(nxp_conv),
         CONVS[:2] + ["two batch norms, one conv"]),
    Pass("FuseBatchNormWithLinearPass", "executorch nxp", on_graph_module(nxp_linear), ["linear", "linear, no bias"]),
    Pass("FuseBatchNormWithConv", "executorch cadence", cadence_norm, ["native_batch_norm", "conv2d"]),
    Pass("FuseQuantizedBatchNormWithConv", "executorch cadence", cadence_quantized, ["conv2d"]),
    Pass("FuseBatchNormPass", "executorch vulkan", on_edge(vulkan), CONVS[:2]),
    Pass("FuseBatchNormWithConvPass", "executorch samsung", on_edge(samsung), CONVS[:1]),
    Pass("QuantizeFusedConvBnBiasAtenPass", "executorch transforms", fused_biases, CONVS[:2]),
]
