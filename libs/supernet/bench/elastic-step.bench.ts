/**
 * @file What it costs that a graph holds every architecture: a pass of each child in the elastic graph over one in a graph
 * built for that child alone, in the same formulation; for inverted residuals, cells and transformers; and a sandwich step over PyTorch's passes of four such children.
 */
import {
  benchFile,
  childFile,
  findPyTorch,
  median,
  run as runCommand,
  tunedMalloc,
} from '@sextant/common/testing';

interface Child {
  readonly name: string;
  readonly macs: number;
  readonly elasticMs: number;
  readonly staticMs: number;
  readonly staticProbedMs: number;
  readonly network: object;
}

const sandwichOf = (children: readonly Child[]): readonly Child[] =>
  children.filter(({ name }) => name !== 'random 3');

export function run() {
  const measured = runCommand<{ children: Child[]; sandwichMs: number }>(
    [process.execPath, childFile('elastic-step.child')],
    { pinned: true },
  );
  const { children, sandwichMs } = measured;
  const others = runCommand<Record<string, { overheads: number[] }>>(
    [process.execPath, childFile('elastic-networks.child')],
    { pinned: true },
  );
  const overheads = children.map(({ elasticMs, staticMs }) => elasticMs / staticMs - 1);
  return {
    children: children.map(({ network: _network, ...times }) => times),
    overhead: median(overheads),
    worstOverhead: Math.max(...overheads),
    ...Object.fromEntries(
      Object.entries(others).map(([name, it]) => [
        name,
        { ...it, overhead: median(it.overheads), worstOverhead: Math.max(...it.overheads) },
      ]),
    ),
    sandwichMs,
    ...peer(sandwichOf(children), sandwichMs),
  };
}

function peer(children: readonly Child[], sandwichMs: number) {
  const found = findPyTorch();
  if ('missing' in found) return { peer: found.missing };
  const fourSteps = (layout: string, environment: Readonly<Record<string, string>>): number =>
    children.reduce((sum, { network }) => {
      const file = benchFile('peer/mb_net.py');
      const command = [found.python, file, layout, '1', '9', JSON.stringify(network)];
      const { cpuMs } = runCommand<{ cpuMs: number }>(command, { pinned: true, environment });
      return sum + cpuMs;
    }, 0);
  const [plain, tuned] = [fourSteps('default', {}), fourSteps('channels_last', tunedMalloc)];
  return {
    peer: 'four static PyTorch steps, one per child',
    peerMs: { default: plain, tuned },
    ratioDefault: sandwichMs / plain,
    ratioTuned: sandwichMs / tuned,
  };
}
