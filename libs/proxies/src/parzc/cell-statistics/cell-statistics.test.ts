import { rng, ShapeError, ValidationError } from '@sextant/common';
import { portableLowerings } from '@sextant/engine';
import { cellMacs, parseCell } from '@sextant/search-space';
import { afterAll, describe, expect, it } from 'vitest';
import {
  agreements,
  inputCorrelationScore,
  logDeterminant,
  meanAgreement,
} from './batch-agreement';
import { cellFeatures } from './cell-features';
import type { CellGraphSizes } from './cell-graph';
import { cellWeights } from './cell-passes';
import { cellRecordLength, packCellRecord, unpackCellRecord } from './cell-record';
import { liveOperations, openCellStatistics } from './open-cell-statistics';

const small: CellGraphSizes = {
  ...{ batch: 4, channels: 4, cellsPerStage: 5, resolution: 8, classes: 3 },
};
const layout = cellWeights(small);
const draw = rng(3, 'images');
const batch = {
  images: Uint8Array.from({ length: 4 * 3 * 64 }, () => draw.int(256)),
  labels: Uint8Array.of(0, 1, 2, 1),
};
const options = { sizes: small, batch, seed: 1, threads: 1, lowerings: portableLowerings };
const statistics = await openCellStatistics(options);
afterAll(() => statistics.release());

const cell = parseCell(
  '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|',
);
const record = unpackCellRecord(await statistics.of(7, cell));
const at = (name: string): number => layout.parameters.findIndex((it) => it.name === name);

describe('agreement of images', () => {
  it('is the worked example of NASWOT', () => {
    const codes = [
      [1, 0, 1, 1],
      [0, 1, 1, 0],
      [1, 1, 0, 0],
    ];
    const shared = codes.flatMap((a) =>
      codes.map((b) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)),
    );
    const agreement = agreements(shared, 3, 4);
    expect(agreement.to2DArray()).toEqual([
      [4, 1, 1],
      [1, 4, 2],
      [1, 2, 4],
    ]);
    expect(logDeterminant(agreement)).toBeCloseTo(3.78419, 5);
    expect(meanAgreement(agreement, 4)).toBeCloseTo(1 / 3, 9);
  });

  it('is the worked example of jacob_cov; −N where images have nothing in common', () => {
    expect(
      inputCorrelationScore(Float32Array.of(1, 2, 3, 4, 1, 2, 3, 5, 4, 3, 1, 2), 3),
    ).toBeCloseTo(-801.697205, 3);
    expect(inputCorrelationScore(Float32Array.of(1, -1, 0, 0, 0, 0, 1, -1), 2)).toBeCloseTo(-2, 6);
  });
});

describe('operations that count', () => {
  it('lie on a path from input to output', () => {
    expect(liveOperations([3, 3, 3, 3, 3, 3])).toEqual([3, 3, 3, 3, 3, 3]);
    // Node 1 hears nothing, so what it says counts for nothing; node 2 is heard by nobody.
    expect(liveOperations([0, 3, 2, 1, 3, 0])).toEqual([0, 0, 0, 1, 0, 0]);
    expect(liveOperations([3, 0, 1, 0, 0, 0])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(liveOperations([3, 0, 1, 0, 0, 2])).toEqual([3, 0, 1, 0, 0, 2]);
  });
});

describe('statistics of a cell', () => {
  it('keep the whole flow in every layer that all of it passes', () => {
    const [flow] = record.flow as unknown as [number];
    expect(flow).toBeGreaterThan(0);
    for (const name of ['stem', 'classifier']) {
      expect(record.synflow[at(name)]! / flow).toBeCloseTo(1, 4);
    }
    const parts = record.synflow[at('r1.b')]! + record.synflow[at('r1.s')]!;
    expect(parts / flow).toBeCloseTo(1, 4);
  });

  it('are 0 for weights the cell does not have, and for weights before normalisation in `plain`', () => {
    expect(record.snip[at('s0.c0.e0.k3')]).toBeGreaterThan(0);
    expect(record.snip[at('s0.c0.e0.k1')]).toBe(0);
    expect(record.gradSquares[at('s2.c4.e3.k3')]).toBe(0);
    // Normalisation undoes the scale of what is before it, so the gradient has no part along the weights.
    for (const name of ['stem', 's0.c0.e0.k3', 's2.c4.e2.k1']) {
      expect(Math.abs(record.plain[at(name)]!)).toBeLessThan(1e-3 * record.snip[at(name)]!);
    }
  });

  it('lie within their ranges', () => {
    expect(Math.min(...record.agreement)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...record.agreement)).toBeLessThanOrEqual(1);
    record.effectiveRank.forEach((rank, cellAt) => {
      const channels = 4 * 2 ** Math.floor(cellAt / 5);
      expect(rank).toBeGreaterThan(0);
      expect(rank).toBeLessThanOrEqual(Math.log(channels) + 1e-6);
    });
    expect(record.jacov[0]).toBeLessThanOrEqual(-4);
    expect([...record.index, ...record.operations]).toEqual([7, ...cell]);
  });

  it('repeat bit for bit, and change with the weights', async () => {
    expect([...(await statistics.of(7, cell))]).toEqual([...packCellRecord(record)]);
    const other = await openCellStatistics({ ...options, seed: 2 });
    const changed = await other.of(7, cell);
    await other.release();
    expect([...changed]).not.toEqual([...packCellRecord(record)]);
  });

  it('of a cell without a path are finite', async () => {
    const numbers = await statistics.of(0, [0, 0, 0, 0, 0, 0]);
    expect(numbers.every(Number.isFinite)).toBe(true);
    const { features } = cellFeatures(numbers, layout);
    // The flow that is not there has no logarithm: a failed score, as predictors take it.
    expect(features.scores['synflow']).toBeNaN();
    expect(features.nodes!['grad_norm']).toHaveLength(26);
  });

  it('refuse a batch of another size and records of another length', async () => {
    const wrong = { ...batch, labels: Uint8Array.of(0, 1, 2, 3) };
    await expect(openCellStatistics({ ...options, batch: wrong })).rejects.toThrow(ValidationError);
    expect(() => unpackCellRecord(new Float32Array(3))).toThrow(ShapeError);
    expect(() => packCellRecord({ ...record, flow: [] })).toThrow('flow has 0 numbers');
    expect(cellRecordLength).toBe(845);
  });
});

describe('features of a cell', () => {
  const { features, paper, index } = cellFeatures(packCellRecord(record), layout);

  it('are the statistics of the layers it has, packed for the paper and pooled for us', () => {
    // Stem, 15 cells with three convolutions, 2×3 between stages, classifier.
    expect(paper.nodes!['snip']).toHaveLength(1 + 45 + 6 + 1);
    expect(paper.nodes!['grad_norm']![0]).toBeCloseTo(
      Math.sqrt(record.gradSquares[at('stem')]!),
      9,
    );
    expect(paper.nodes!['snip']![1]).toBeCloseTo(record.snip[at('s0.c0.e0.k3')]! / (4 * 4 * 9), 9);
    const logs = [0, 1, 2, 3, 4].map((it) =>
      Math.log(record.snip[at(`s1.c${it}.e0.k3`)]! / (8 * 8 * 9)),
    );
    const mean = Math.exp(logs.reduce((sum, log) => sum + log / 5, 0));
    expect(features.nodes!['snip']![1 + 9]).toBeCloseTo(mean, 6);
  });

  it('come with costs, scores and the encoding of what counts', () => {
    expect(index).toBe(7);
    expect(features.macs).toBe(cellMacs(cell));
    expect(features.encoding).toHaveLength(30);
    expect(paper.encoding).toHaveLength(0);
    for (const [name, score] of Object.entries(features.scores)) {
      expect(Number.isFinite(score), name).toBe(true);
    }
    expect(features.scores['expressivity']).toBeCloseTo(
      record.effectiveRank.reduce((sum, rank) => sum + rank, 0),
      4,
    );
  });
});
