"""A network of inverted residual blocks in PyTorch, as its users write it: the peer of the benchmarks. Prints one JSON line.

usage: mb_net.py default|channels_last THREADS STEPS [NETWORK]
NETWORK is JSON: {"side": 32, "channels": 3, "stem": [16, 1], "blocks": [[in, mid, out, kernel, stride], ...]}; MBNet without it.
"""
import json
import resource
import sys
import time

import torch
from torch import nn

MB_NET = {'side': 32, 'channels': 3, 'stem': [16, 1],
          'blocks': [[16, 48, 16, 3, 1], [16, 64, 24, 5, 2], [24, 96, 24, 3, 1], [24, 96, 40, 5, 2],
                     [40, 160, 40, 3, 1], [40, 240, 64, 5, 2], [64, 384, 64, 3, 1]]}


def conv_norm(ci, co, k, stride, groups, activation):
    layers = [nn.Conv2d(ci, co, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(co)]
    return nn.Sequential(*layers, *([nn.ReLU6(inplace=True)] if activation else []))


class Block(nn.Module):
    def __init__(self, ci, mid, co, k, stride):
        super().__init__()
        self.body = nn.Sequential(conv_norm(ci, mid, 1, 1, 1, True), conv_norm(mid, mid, k, stride, mid, True),
                                  conv_norm(mid, co, 1, 1, 1, False))
        self.shortcut = ci == co and stride == 1

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


class MBNet(nn.Module):
    def __init__(self, network):
        super().__init__()
        width, stride = network['stem']
        stem = conv_norm(network['channels'], width, 3, stride, 1, True)
        self.features = nn.Sequential(stem, *[Block(*b) for b in network['blocks']])
        self.fc = nn.Linear(network['blocks'][-1][2], 10)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


def main():
    layout, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    channels_last = layout == 'channels_last'
    network = json.loads(sys.argv[4]) if len(sys.argv) > 4 else MB_NET
    net = MBNet(network)
    x = torch.randn(64, network['channels'], network['side'], network['side'])
    if channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (64,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-5)
    wall, cpu = [], []
    for step in range(4 + steps):
        w, c = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 1)
        optimizer.step()
        loss.item()
        if step >= 4:
            wall.append(1e3 * (time.perf_counter() - w))
            cpu.append(1e3 * (time.process_time() - c))
    with open('/proc/self/maps') as maps:
        openblas = 'openblas' in maps.read()
    print(json.dumps({'cpuMs': sorted(cpu)[steps // 2], 'wallMs': sorted(wall)[steps // 2], 'openblas': openblas,
                      'version': torch.__version__, 'peakRssMb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
