# SPDX-License-Identifier: BSD-3-Clause
"""Two programs that are one, a pass in the place of the program after, and what cannot be saved."""
import copy
import pathlib

import foldproof
import pytest

torch = pytest.importorskip("torch", reason="this Python has no PyTorch")
import torch.ao.quantization.fx._decomposed  # noqa: E402,F401  registers the operators
from foldproof.pytest_plugin import Foldproof, assert_fold_holds  # noqa: E402
from pairs import LOST  # noqa: E402

BEFORE, AFTER = LOST


def loses_half(program):
    """Works in place: halves every state tensor of a float type."""
    for tensor in [*program.state_dict.values(), *program.constants.values()]:
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            tensor.data.mul_(0.5)
    return program


def puts_relu_at_the_end(program):
    output = next(node for node in program.graph.nodes if node.op == "output")
    (result,) = output.args[0]
    with program.graph.inserting_before(output):
        relu = program.graph.call_function(torch.ops.aten.relu.default, (result,))
        relu.meta = dict(result.meta)
    output.args = ((relu,),)
    program.graph_module.recompile()
    return program


@pytest.mark.parametrize("judge", [
    foldproof.verify, foldproof.compare, assert_fold_holds,
    lambda *pair: Foldproof("name", pathlib.Path("witness"), None).assert_fold_holds(*pair),
    lambda *pair: foldproof.gate([pair])], ids=["verify", "compare", "assert_fold_holds", "fixture", "gate"])
def test_one_program_given_twice_is_no_pair(judge):
    before = torch.export.load(BEFORE)
    shares = copy.copy(before)
    for after in (before, loses_half(before), shares):
        with pytest.raises(foldproof.FoldproofError, match="^after: before and after are one program: .* give it copy.deepcopy"):
            judge(before, after)


def test_a_pass_makes_the_program_after_of_a_copy():
    for before in (torch.export.load(BEFORE), BEFORE, str(BEFORE)):
        for judge in (foldproof.verify, foldproof.compare):
            assert judge(before, loses_half).verdict == "differs"
    assert foldproof.verify(BEFORE, lambda program: torch.export.load(AFTER)).verdict == "differs"
    assert foldproof.verify(torch.export.load(BEFORE), lambda program: program).verdict == "equal"
    for wrong, said in ((lambda program: None, "returned None"), (lambda program: 3, "returned int, and a pass returns an Exp")):
        with pytest.raises(foldproof.FoldproofError, match=f"^after: <lambda> {said}"):
            foldproof.verify(BEFORE, wrong)
    with pytest.raises(foldproof.FoldproofError, match="^after: Linear is no ExportedProgram .* torch.export.export"):
        foldproof.verify(BEFORE, torch.nn.Linear(1, 1))


def test_what_the_signature_does_not_name_has_its_remedy(tmp_path):
    from foldproof._worker import answer

    remedy = r"is not in the correct order .*; foldproof.with_outputs_named\(program\) mends that$"
    with pytest.raises(foldproof.FoldproofError, match=f"^after: it cannot be saved: SpecViolationError: .*{remedy}"):
        foldproof.verify(BEFORE, puts_relu_at_the_end)
    said = answer(puts_relu_at_the_end, str(BEFORE), str(tmp_path / "after.pt2"))
    assert said["result"] == "raised" and said["reason"].endswith("; foldproof.with_outputs_named(program) mends that")
    mended = answer(lambda program: foldproof.with_outputs_named(puts_relu_at_the_end(program)), str(BEFORE),
                    str(tmp_path / "after.pt2"))
    assert mended["result"] == "folded"
