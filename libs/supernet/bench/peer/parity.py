"""The training run of parity.child.ts in PyTorch, from the files it left. Prints one JSON line.

usage: parity.py FOLDER THREADS
"""
import json
import sys

import numpy as np
import torch
from torch import nn

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
run = json.load(open(f'{folder}/run.json'))
weights = np.fromfile(f'{folder}/weights.f32', np.float32)
batches = np.fromfile(f'{folder}/batches.i32', np.int32).reshape(-1, run['batchSize'])
shape = (-1, run['channels'], run['height'], run['width'])
mean, deviation = (torch.tensor(run[key]).view(1, -1, 1, 1) for key in ('mean', 'standardDeviation'))


def images(name):
    pixels = torch.from_numpy(np.fromfile(f'{folder}/{name}', np.uint8)).view(*shape)
    return (pixels.float() / 255 - mean) / deviation


tensors = {t['name']: torch.from_numpy(weights[t['offset']:t['offset'] + int(np.prod(t['dims']))].reshape(t['dims']).copy())
           for t in run['tensors']}


class ConvNorm(nn.Module):
    def __init__(self, name, stride=1, groups=1, activation=True):
        super().__init__()
        w = tensors[f'{name}.weight']
        co, ci, k, _ = w.shape
        self.conv = nn.Conv2d(ci * groups, co, k, stride, k // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(co)
        self.activation = nn.ReLU6() if activation else nn.Identity()
        self.conv.weight.data.copy_(w)
        self.norm.weight.data.copy_(tensors[f'{name}.gamma'])
        self.norm.bias.data.copy_(tensors[f'{name}.beta'])

    def forward(self, x):
        return self.activation(self.norm(self.conv(x)))


class Block(nn.Module):
    def __init__(self, block):
        super().__init__()
        prefix = f"stages.{block['stage']}.blocks.{block['block']}"
        layers = [ConvNorm(f'{prefix}.expand')] if block['hasExpansion'] else []
        layers.append(ConvNorm(f'{prefix}.depthwise', block['stride'], block['midChannels']))
        layers.append(ConvNorm(f'{prefix}.project', activation=False))
        self.body = nn.Sequential(*layers)
        self.shortcut = block['shortcut'] == 'identity'

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(ConvNorm('stem', run['stemStride']), *[Block(b) for b in run['blocks']])
        w = tensors['classifier.weight']
        self.fc = nn.Linear(w.shape[1], w.shape[0])
        self.fc.weight.data.copy_(w)
        self.fc.bias.data.copy_(tensors['classifier.bias'])

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


net = Network()
x, y = images('train-images.u8'), torch.from_numpy(np.fromfile(f'{folder}/train-labels.u8', np.uint8)).long()
weights_only = [p for p in net.parameters() if p.dim() > 1]
others = [p for p in net.parameters() if p.dim() <= 1]
optimizer = torch.optim.SGD([{'params': weights_only, 'weight_decay': run['weightDecay']},
                             {'params': others, 'weight_decay': 0}], lr=1, momentum=run['momentum'], nesterov=True)
for batch, rate in zip(batches, run['rates']):
    for group in optimizer.param_groups:
        group['lr'] = rate
    at = torch.from_numpy(batch).long()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x[at]), y[at], label_smoothing=run['labelSmoothing'])
    loss.backward()
    nn.utils.clip_grad_value_(net.parameters(), run['gradientClip'])
    optimizer.step()

for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.reset_running_stats()
        module.momentum = None  # a cumulative mean over the batches
with torch.no_grad():
    for start in range(0, run['calibrationImages'], 128):
        net(x[start:start + 128])
    net.eval()
    logits = torch.cat([net(part) for part in images('test-images.u8').split(250)])
labels = torch.from_numpy(np.fromfile(f'{folder}/test-labels.u8', np.uint8)).long()
accuracy = (logits.argmax(1) == labels).float().mean().item()
print(json.dumps({'accuracy': accuracy, 'loss': loss.item()}))
