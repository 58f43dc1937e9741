# SPDX-License-Identifier: BSD-3-Clause
"""What several files of tests ask for."""
import pytest


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="this Python has no PyTorch")
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
    return module
