/**
 * @file The same small training run here and in PyTorch: the same first weights, batches in the same order, rates, clipping,
 * decay and recalibrated statistics. Test accuracies of both, seed by seed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childFile, findPyTorch, run as runCommand } from '@sextant/common/testing';

interface Trained {
  readonly accuracy: number;
  readonly loss: number;
}

const seeds = [1, 2, 3];
const threads = os.availableParallelism();
const peerFile = path.resolve('libs/supernet/bench/peer/parity.py');

export function run() {
  const peer = findPyTorch();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sextant-parity-'));
  try {
    const runs = seeds.map((seed) => {
      const command = [
        process.execPath,
        childFile('parity.child'),
        folder,
        `${seed}`,
        `${threads}`,
      ];
      const ours = runCommand<Trained>(command, { pinned: false });
      if ('missing' in peer) return { seed, ours };
      const theirs = runCommand<Trained>([peer.python, peerFile, folder, `${threads}`], {
        pinned: false,
      });
      const gapPoints = 100 * (ours.accuracy - theirs.accuracy);
      return { seed, ours, theirs, gapPoints };
    });
    const gaps = runs.flatMap(({ gapPoints }) => (gapPoints === undefined ? [] : [gapPoints]));
    return {
      runs,
      ...('missing' in peer
        ? { peer: peer.missing }
        : {
            meanGapPoints: gaps.reduce((a, b) => a + b, 0) / gaps.length,
            worstGapPoints: Math.max(...gaps.map(Math.abs)),
          }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
