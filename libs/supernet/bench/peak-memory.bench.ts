/** @file Predicted over measured peak memory (VmHWM of a process that trains and evaluates), by space, batch and lowering. */
import path from 'node:path';
import { bundleChild, runChild } from '@sextant/common/testing';

interface Peak {
  readonly predictedBytes: number;
  readonly measuredBytes: number;
}

const cases = [
  ['tiny', 16],
  ['fashionMnist', 64],
  ['fashionMnist', 256],
  ['mbNet', 16],
  ['mbNet', 64],
  ['mbNet', 128],
  ['fixed', 16],
  ['fixed', 64],
] as const;

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

export async function run() {
  const program = await bundleChild(path.resolve('libs/supernet/testing/peak-memory.child.ts'));
  const peaks = [];
  for (const lowering of ['probed', 'portable']) {
    for (const [name, batch] of cases) {
      const peak = await runChild<Peak>(program, [name, String(batch), lowering]);
      peaks.push({
        name,
        batch,
        lowering,
        predictedMb: mebibytes(peak.predictedBytes),
        measuredMb: mebibytes(peak.measuredBytes),
        ratio: Number((peak.predictedBytes / peak.measuredBytes).toFixed(2)),
      });
    }
  }
  const ratios = peaks.map(({ ratio }) => ratio);
  return { peaks, leastRatio: Math.min(...ratios), mostRatio: Math.max(...ratios) };
}
