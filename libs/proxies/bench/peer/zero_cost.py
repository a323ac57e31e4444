"""snip, grad_norm and synflow of NAS-Bench-201 networks in PyTorch, as its users write them: the peer of the benchmark.
Prints one JSON line.

usage: zero_cost.py THREADS BATCH CELLS...
A CELL is six digits, the operations of its edges: 0 none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3, 4 avg_pool_3x3.
"""
import json
import sys
import time

import torch
from torch import nn

EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]


def relu_conv_norm(ci, co, k, stride, norm):
    layers = [nn.ReLU(), nn.Conv2d(ci, co, k, stride, k // 2, bias=False)]
    return nn.Sequential(*layers, *([nn.BatchNorm2d(co)] if norm else []))


class Zero(nn.Module):
    def forward(self, x):
        return x.mul(0.0)


def operation(code, c, norm):
    if code == '0':
        return Zero()
    if code == '1':
        return nn.Identity()
    if code == '4':
        return nn.AvgPool2d(3, 1, 1, count_include_pad=False)
    return relu_conv_norm(c, c, 1 if code == '2' else 3, 1, norm)


class Cell(nn.Module):
    def __init__(self, cell, c, norm):
        super().__init__()
        self.edges = nn.ModuleList(operation(code, c, norm) for code in cell)

    def forward(self, x):
        nodes = [x]
        for node in (1, 2, 3):
            nodes.append(sum(edge(nodes[a]) for edge, (a, b) in zip(self.edges, EDGES) if b == node))
        return nodes[3]


class Reduction(nn.Module):
    def __init__(self, c, norm):
        super().__init__()
        self.body = nn.Sequential(relu_conv_norm(c, 2 * c, 3, 2, norm), relu_conv_norm(2 * c, 2 * c, 3, 1, norm))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(c, 2 * c, 1, bias=False))

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Network(nn.Module):
    def __init__(self, cell, norm=True, classes=10):
        super().__init__()
        c = 16
        stem = [nn.Conv2d(3, c, 3, 1, 1, bias=False)] + ([nn.BatchNorm2d(c)] if norm else [])
        layers = []
        for stage in range(3):
            if stage > 0:
                layers.append(Reduction(c, norm))
                c *= 2
            layers += [Cell(cell, c, norm) for _ in range(5)]
        last = ([nn.BatchNorm2d(c)] if norm else []) + [nn.ReLU()]
        self.body = nn.Sequential(*stem, *layers, *last, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(c, classes)

    def forward(self, x):
        return self.classifier(self.body(x))


def layers_of(net):
    return [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def gradient_scores(cell, x, y):
    net = Network(cell)
    nn.functional.cross_entropy(net(x), y).backward()
    layers = [m for m in layers_of(net) if m.weight.grad is not None]
    snip = sum((m.weight * m.weight.grad).abs().sum().item() for m in layers)
    return snip, sum(m.weight.grad.norm().item() for m in layers)


def synflow(cell, shape):
    net = Network(cell, norm=False).double()
    with torch.no_grad():
        for p in net.state_dict().values():
            p.abs_()
    net(torch.ones([1, *shape], dtype=torch.float64)).sum().backward()
    return sum((m.weight * m.weight.grad).abs().sum().item() for m in layers_of(net) if m.weight.grad is not None)


def main():
    threads, batch, cells = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    x, y = torch.randn(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
    gradient_scores(cells[0], x, y)
    cpu, scores = [], []
    for cell in cells:
        start = time.process_time()
        snip, norm = gradient_scores(cell, x, y)
        flow = synflow(cell, [3, 32, 32])
        cpu.append(1e3 * (time.process_time() - start))
        scores.append({'snip': snip, 'grad_norm': norm, 'synflow': flow})
    with open('/proc/self/maps') as maps:
        openblas = 'openblas' in maps.read()
    print(json.dumps({'cpuMs': cpu, 'scores': scores, 'openblas': openblas, 'version': torch.__version__}))


main()
