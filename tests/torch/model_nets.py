# SPDX-License-Identifier: BSD-3-Clause
"""Real architectures with drawn statistics (script/models): torchvision's, and small nets of kinds that it lacks."""
import zlib

import torch
from torch import nn


def block(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU, conv=nn.Conv2d, norm=nn.BatchNorm2d):
    return nn.Sequential(conv(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), norm(outputs), act())


class UNet(nn.Module):
    """Two levels down, two up by transposed convolutions, skips by cat."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([block(3, 8), block(8, 16, stride=2), block(16, 24, stride=2)])
        self.up = nn.ModuleList([nn.Sequential(nn.ConvTranspose2d(24, 16, 2, 2), nn.BatchNorm2d(16), nn.ReLU()),
                                 nn.Sequential(nn.ConvTranspose2d(16, 8, 2, 2), nn.BatchNorm2d(8), nn.ReLU())])
        self.join = nn.ModuleList([block(32, 16), block(16, 8)])
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        kept = [self.down[0](x)]
        for level in (1, 2):
            kept.append(self.down[level](kept[-1]))
        y = kept[2]
        for up, join, skip in zip(self.up, self.join, (kept[1], kept[0])):
            y = join(torch.cat([up(y), skip], 1))
        return self.head(y)


class KeywordSpotter(nn.Module):
    """Depthwise separable convolutions over time."""

    def __init__(self):
        super().__init__()
        options = {"conv": nn.Conv1d, "norm": nn.BatchNorm1d}
        layers = [block(20, 32, 5, **options)]
        for _ in range(4):
            layers += [block(32, 32, 3, groups=32, **options), block(32, 32, 1, **options)]
        self.layers, self.head = nn.Sequential(*layers), nn.Linear(32, 12)

    def forward(self, x):
        return self.head(self.layers(x).mean(2))


class YoloHead(nn.Module):
    """SiLU blocks, a split whose half goes round a bottleneck, and upsampling beside a skip."""

    def __init__(self):
        super().__init__()
        act = nn.SiLU
        self.stem, self.wide = block(3, 16, stride=2, act=act), block(16, 32, stride=2, act=act)
        self.one, self.two = block(16, 16, act=act), block(16, 16, act=act)
        self.after = block(48, 32, 1, act=act)
        self.low, self.join = block(32, 32, stride=2, act=act), block(64, 32, act=act)
        self.head = nn.Conv2d(32, 3 * 7, 1)

    def forward(self, x):
        left, right = self.wide(self.stem(x)).chunk(2, 1)
        high = self.after(torch.cat([left, right, right + self.two(self.one(right))], 1))
        up = nn.functional.interpolate(self.low(high), scale_factor=2.0, mode="nearest")
        return self.head(self.join(torch.cat([up, high], 1)))


class LinearNorms(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for inputs, outputs in ((40, 32), (32, 32), (32, 16)):
            layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(16, 5))

    def forward(self, x):
        return self.layers(x)


DETECTION = [f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" for name in ("nms", "qnms")]


def vision(name, **options):
    """One of torchvision's. A wheel whose own library was built for another PyTorch lacks operators that its import asks
    for and none of these nets calls."""
    def make():
        if not hasattr(torch.ops.torchvision, "nms"):
            vision.library = torch.library.Library("torchvision", "DEF")
            for schema in DETECTION:
                vision.library.define(schema)
        import torchvision

        return torchvision.models.get_model(name, weights=None, num_classes=10, **options)
    return make


IMAGE = (2, 3, 64, 64)
# Name: how it is made, the shape of its input.
ARCHITECTURES = {
    "keyword spotter, 1-D": (KeywordSpotter, (2, 20, 32)),
    "U-Net": (UNet, (2, 3, 32, 32)),
    "YOLO-like head": (YoloHead, (2, 3, 32, 32)),
    "linear and batch norm": (LinearNorms, (4, 40)),
    "ResNet-18": (vision("resnet18"), IMAGE),
    "MobileNetV2": (vision("mobilenet_v2"), IMAGE),
    "MobileNetV3-small": (vision("mobilenet_v3_small"), IMAGE),
    "ShuffleNetV2-x0.5": (vision("shufflenet_v2_x0_5"), IMAGE),
    "RegNet-X-400MF": (vision("regnet_x_400mf"), IMAGE),
    # Its stochastic depth would stay in the program that is trained and exported: PyTorch moves batch_norm and dropout of an
    # exported program to evaluation, and no drawn bernoulli.
    "EfficientNet-B0": (vision("efficientnet_b0", stochastic_depth_prob=0.0), IMAGE),
    "MNASNet-0.5": (vision("mnasnet0_5"), IMAGE),
    "SqueezeNet-1.1": (vision("squeezenet1_1"), IMAGE),
    "DenseNet-121": (vision("densenet121"), IMAGE),
    "ResNet-50": (vision("resnet50"), IMAGE),
}


def made(name):
    """(net, an input)"""
    seed = zlib.crc32(name.encode())
    torch.manual_seed(seed)
    make, shape = ARCHITECTURES[name]
    net, numbers = make().eval(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                size = module.running_mean.shape
                module.running_mean.copy_(torch.randn(size, generator=numbers) * 0.1)
                module.running_var.copy_(torch.rand(size, generator=numbers) + 0.5)
                module.weight.copy_(torch.rand(size, generator=numbers) + 0.5)
                module.bias.copy_(torch.randn(size, generator=numbers) * 0.1)
    return net, torch.rand(shape, generator=numbers) * 2 - 1
