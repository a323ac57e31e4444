/**
 * @file One training step of MBNet (batch 64, 3×32×32) here and in PyTorch, alternating, each in a process of its own on
 * one core; then here on two threads. Ratios are of median CPU times, ours over PyTorch's.
 */
import {
  benchFile,
  childFile,
  findPyTorch,
  median,
  run as runCommand,
  tunedMalloc,
} from '@sextant/common/testing';

interface OwnRun {
  readonly lowering: { readonly featureOrder: string; readonly blockChannels: number | null };
  readonly createMs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakRssMb: number;
}

interface PeerRun {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakRssMb: number;
  readonly openblas: boolean;
  readonly version: string;
}

const rounds = 3;
const steps = 15;

const own = (threads: number, lowering: 'probed' | 'portable', pinned: boolean): OwnRun =>
  runCommand(
    [process.execPath, childFile('mb-net-step.child'), String(threads), String(steps), lowering],
    {
      pinned,
    },
  );

const variants = {
  default: { layout: 'default', environment: {} },
  channelsLast: { layout: 'channels_last', environment: {} },
  tuned: { layout: 'channels_last', environment: tunedMalloc },
} as const;
type Variant = keyof typeof variants;

export function run() {
  const peer = findPyTorch();
  const names = Object.keys(variants) as Variant[];
  const ours: OwnRun[] = [];
  const theirs: Record<Variant, PeerRun[]> = { default: [], channelsLast: [], tuned: [] };
  for (let round = 0; round < rounds; round++) {
    ours.push(own(1, 'probed', true));
    if ('missing' in peer) continue;
    for (const name of names) {
      const { layout, environment } = variants[name];
      const command = [peer.python, benchFile('peer/mb_net.py'), layout, '1', String(steps)];
      theirs[name].push(runCommand(command, { pinned: true, environment }));
    }
  }
  const threads = [1, 2, 1, 2].map((count) => ({ count, ...own(count, 'probed', false) }));
  const wallOf = (count: number): number =>
    Math.min(...threads.filter((it) => it.count === count).map(({ wallMs }) => wallMs));
  const stepCpuMs = median(ours.map(({ cpuMs }) => cpuMs));
  const [first] = ours as [OwnRun];
  return {
    n: rounds * steps,
    lowering: first.lowering,
    stepCpuMs,
    portableStepCpuMs: own(1, 'portable', true).cpuMs,
    createMs: median(ours.map(({ createMs }) => createMs)),
    ...('missing' in peer ? { peer: peer.missing } : against(theirs, stepCpuMs)),
    peakRssMb: Math.max(...ours.map(({ peakRssMb }) => peakRssMb)),
    speedup2Threads: wallOf(1) / wallOf(2),
  };
}

function against(theirs: Record<Variant, PeerRun[]>, stepCpuMs: number) {
  const cpuOf = (name: Variant): number => median(theirs[name].map(({ cpuMs }) => cpuMs));
  const [sample] = theirs.tuned as [PeerRun];
  return {
    peer: `PyTorch ${sample.version}${sample.openblas ? ' with OpenBLAS' : ' WITHOUT OpenBLAS: ratios flatter us'}`,
    peerCpuMs: {
      default: cpuOf('default'),
      channelsLast: cpuOf('channelsLast'),
      tuned: cpuOf('tuned'),
    },
    peerPeakRssMb: median(theirs.tuned.map(({ peakRssMb }) => peakRssMb)),
    ratioDefault: stepCpuMs / cpuOf('default'),
    ratioChannelsLast: stepCpuMs / cpuOf('channelsLast'),
    ratioTuned: stepCpuMs / cpuOf('tuned'),
  };
}
