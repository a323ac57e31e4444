/**
 * @file An exported child against a plain ONNX Runtime session of the same network, written by hand as Conv, Clip, Add,
 * GlobalAveragePool and Gemm on normalised float32 images; in turn, on one core. Ratios are of throughput.
 */
import { childFile, run as runCommand } from '@sextant/common/testing';

interface Compared {
  readonly network: string;
  readonly batch: number;
  readonly medianMs: number;
  readonly plainMedianMs: number;
  readonly ratioToPlain: number;
}

export function run() {
  const { compared, n } = runCommand<{ compared: Compared[]; n: number }>(
    [process.execPath, childFile('inference.child')],
    { pinned: true },
  );
  return {
    n,
    compared,
    ratioToPlain: Math.min(...compared.map(({ ratioToPlain }) => ratioToPlain)),
    note: 'ours takes raw uint8 pixels and normalises inside; the plain session is fed normalised float32',
  };
}
