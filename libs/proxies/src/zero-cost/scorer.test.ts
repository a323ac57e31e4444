import { portableLowerings } from '@sextant/engine';
import { maxArchitecture } from '@sextant/search-space';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  rectifier,
  scoresOf,
  smallBatches as batches,
  smallCells,
  smallSpace,
  smallTransformers,
} from '../../testing';
import { cellFamily, mbconvFamily, nasBench201Cifar10, transformerFamily } from '.';
import { logDeterminant } from './linear-algebra';
import { describeFamily } from './network/describe-network';
import { costsOf } from './passes/initial-pass';
import { openScorer } from './scorer';
import { proxyNames, zeroCostProxies } from './zero-cost-proxies';

describe('nodes', () => {
  it('are the layers of the architecture, those of dead edges and reductions included', async () => {
    const [dead] = await scoresOf({ family: smallCells, proxies: ['snip', 'l2_norm'] }, [
      [3, 2, 0, 1, 0, 0],
    ]);
    // Stem, 3 cells of 2 convolutions, 2 reductions of 3, classifier.
    expect(dead!.layers).toHaveLength(14);
    const at = dead!.layers.indexOf('stages.0.cells.0.edges.0.conv3');
    expect(dead!.nodes.snip![at]).toBe(0);
    expect(dead!.nodes.l2_norm![at]).toBeGreaterThan(0);
  });

  it('are 98 in the NAS-Bench-201 network of six convolutions a cell', () => {
    const family = cellFamily(nasBench201Cifar10);
    const { layers } = describeFamily(family, [3, 3, 3, 3, 3, 3]);
    const own = layers.filter(({ name }) => family.has([3, 3, 3, 3, 3, 3], `${name}.weight`));
    expect(own).toHaveLength(98);
  });
});

describe('costs', () => {
  const family = cellFamily(nasBench201Cifar10);
  const costs = (cell: readonly number[]) => {
    const description = describeFamily(family, cell);
    const layers = description.layers.filter(({ name }) => family.has(cell, `${name}.weight`));
    return costsOf(family, description, cell, layers);
  };

  it.each([
    [[0, 0, 0, 0, 0, 0], 7.78304, 0.073306],
    [[3, 3, 3, 3, 3, 3], 220.11968, 1.531546],
    [[3, 3, 3, 1, 2, 3], 153.27296, 1.073466],
    [[1, 3, 2, 3, 2, 3], 121.81568, 0.858426],
  ])('of cell %j are %f million MACs and %f million parameters', (cell, macs, params) => {
    const { macs: counted, paramCount } = costs(cell);
    expect(counted / 1e6).toBeCloseTo(macs, 9);
    expect(paramCount / 1e6).toBeCloseTo(params, 9);
  });
});

const cell = [3, 2, 1, 4, 3, 2];

describe('weights at initialisation', () => {
  it.each(
    [
      [3, 3, 3, 3, 3, 3],
      [0, 0, 0, 2, 0, 0],
    ].map((cell) => [cell]),
  )('have the norm of their closed form', async (cell) => {
    const family = cellFamily(nasBench201Cifar10);
    const [only] = await scoresOf({ family, proxies: ['l2_norm'] }, [cell]);
    const n = cell.filter((operation) => operation === 2 || operation === 3).length;
    const [a, b, c] = [16, 32, 64].map((channels) => Math.sqrt(channels / 3)) as [
      number,
      number,
      number,
    ];
    const expected = a + 5 * n * (a + b + c) + 3 * b + 3 * c + Math.sqrt(10 / 3);
    expect(only!.scores.l2_norm! / expected).toBeCloseTo(1, 12);
  });

  it('differ by seed', async () => {
    const [one] = await scoresOf({ family: smallCells, proxies: ['synflow'] }, [cell]);
    const [two] = await scoresOf({ family: smallCells, proxies: ['synflow'], seed: 6 }, [cell]);
    expect(one!.scores.synflow).not.toBe(two!.scores.synflow);
  });
});

describe('any network the engine builds', () => {
  it('may be inverted residuals with squeeze-and-excite', async () => {
    const family = mbconvFamily(smallSpace);
    const [scores] = await scoresOf({ family }, [maxArchitecture(smallSpace)]);
    expect(scores!.layers).toHaveLength(1 + 2 * 5 + 1 + 1);
    for (const name of [
      'params',
      'macs',
      'l2_norm',
      'grad_norm',
      'snip',
      'fisher',
      'synflow',
    ] as const) {
      expect(scores!.scores[name], name).toBeGreaterThan(0);
    }
  });

  it('may be a transformer, whose positions are no layer', async () => {
    const family = transformerFamily(smallTransformers, { channels: 3, height: 8, width: 8 });
    const architecture = { embedding: 12, blocks: [{ heads: 2, mlpRatio: 2 }] };
    const [scores] = await scoresOf({ family }, [architecture]);
    expect(scores!.layers).toEqual([
      'patches',
      'blocks.0.attention.query',
      'blocks.0.attention.key',
      'blocks.0.attention.value',
      'blocks.0.attention.output',
      'blocks.0.mlp.up',
      'blocks.0.mlp.down',
      'classifier',
    ]);
    for (const name of ['grad_norm', 'snip', 'fisher', 'synflow'] as const) {
      expect(scores!.scores[name], name).toBeGreaterThan(0);
    }
  });
});

describe('what activations see', () => {
  it('is the sign of their input, image by image and unit by unit', async () => {
    const [scores] = await scoresOf({ family: rectifier, proxies: ['nwot', 'swap'] }, [null]);
    const { images, labels } = batches[0]!;
    const [n, units] = [labels.length, 192];
    const isOpen = (image: number, unit: number): boolean => images[image * units + unit]! > 0;
    const kernel = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) => {
        let agreed = 0;
        for (let u = 0; u < units; u++) agreed += Number(isOpen(i, u) === isOpen(j, u));
        return agreed;
      }),
    );
    expect(scores!.scores.nwot).toBeCloseTo(logDeterminant(new Matrix(kernel)), 6);
    const patterns = Array.from({ length: units }, (_, u) =>
      Array.from({ length: n }, (_unused, image) => Number(isOpen(image, u))).join(''),
    );
    expect(scores!.scores.swap).toBe(new Set(patterns).size);
  });
});

describe('a proxy that a network has not', () => {
  it('is a failure with a code, and the others have their scores', async () => {
    const family = transformerFamily(smallTransformers, { channels: 3, height: 8, width: 8 });
    const architecture = { embedding: 8, blocks: [{ heads: 1, mlpRatio: 2 }] };
    const proxies = [
      'nwot',
      'swap',
      'meco',
      'zen',
      'jacob_cov',
      'zico',
      'az_expressivity',
    ] as const;
    const [scores] = await scoresOf({ family, proxies }, [architecture]);
    for (const name of ['nwot', 'swap', 'meco', 'zen'] as const) {
      expect(scores!.failures[name]?.code, name).toBe('not-defined');
    }
    expect(Object.keys(scores!.scores).sort()).toEqual(['az_expressivity', 'jacob_cov', 'zico']);
  });

  it('is a failure where the score is not finite: a cell that hands on its input', async () => {
    const [scores] = await scoresOf({ family: smallCells, proxies: ['az_trainability'] }, [
      [0, 0, 0, 1, 0, 0],
    ]);
    expect(scores!.failures.az_trainability).toEqual({
      code: 'non-finite',
      message: 'az_trainability is -Infinity',
    });
  });
});

describe('what is asked for wrongly', () => {
  it('is refused with a reason', async () => {
    expect(() =>
      openScorer({
        family: smallCells,
        proxies: [],
        batches,
        seed: 1,
        threads: 1,
        lowerings: portableLowerings,
      }),
    ).toThrow('no proxy');
    const missing = scoresOf({ family: smallCells, proxies: ['snip'], batches: [] }, [cell]);
    await expect(missing).rejects.toThrow('need 1 labelled batch');
    const images = new Float32Array(5);
    const wrongSize = [{ images, labels: [0] }];
    await expect(
      scoresOf({ family: smallCells, proxies: ['snip'], batches: wrongSize }, [cell]),
    ).rejects.toThrow('has 192 numbers, not 5');
    const wrongLabel = [{ images: new Float32Array(192), labels: [4] }];
    await expect(
      scoresOf({ family: smallCells, proxies: ['snip'], batches: wrongLabel }, [cell]),
    ).rejects.toThrow('label 4 of image 0 is not a class 0..3');
  });
});

describe('every declaration', () => {
  it.each(proxyNames)(
    '%s has the name it is registered by, a reference and a direction',
    (name) => {
      const proxy = zeroCostProxies[name];
      expect(proxy.name).toBe(name);
      expect(proxy.reference).toMatch(/\d{4}/);
      expect(['maximize', 'minimize']).toContain(proxy.direction);
    },
  );
});
