/** @file What architectures cost on devices that are known already, as features of what they cost on another. */
import { CellArchitecture, MbconvArchitecture } from '@sextant/contracts';
import {
  costModelFrom,
  learnTransfer,
  withKnownDevices,
  type FeatureMap,
  type TransferKnowledge,
} from '@sextant/hardware';
import { rng } from '@sextant/common';
import {
  allCells,
  canonicalHash,
  cellHash,
  cellKey,
  formatCell,
  parseCell,
  sample,
} from '@sextant/search-space';
import type { KnownDevice, ModelledSpace } from './cost-model-task';
import { featuresOf } from './space-features';

/** Keys under which the rows of a version may hold an architecture, the most exact first. */
export function keysOf(space: ModelledSpace, architecture: unknown): string[] {
  if (space !== 'nas-bench-201') {
    return [canonicalHash(space, MbconvArchitecture.parse(architecture))];
  }
  const cell = parseCell(CellArchitecture.parse(architecture).cell);
  return [cellKey(cell), cellHash(cell)];
}

/** One cost a device: its row, else what its model says; NaN where there is neither. */
export type CostsOf = (architecture: unknown) => number[];

export function costsOn(space: ModelledSpace, devices: readonly KnownDevice[]): CostsOf {
  const features = featuresOf(space);
  const models = devices.map(({ model }) => model && costModelFrom(model));
  return (architecture) => {
    const keys = keysOf(space, architecture);
    const row = models.some((it) => it !== null) ? features.of(architecture) : null;
    return devices.map(({ values }, at) => {
      const key = keys.find((it) => values.has(it));
      if (key !== undefined) return values.get(key) ?? Number.NaN;
      const [predicted] = (row && models[at]?.predict([row])) ?? [];
      return predicted && predicted.value > 0 ? predicted.value : Number.NaN;
    });
  };
}

/** Features with the costs on these devices behind them: NaN where a device does not know the architecture. */
export const transferFeatures = (
  space: ModelledSpace,
  devices: readonly KnownDevice[],
): FeatureMap<unknown> =>
  withKnownDevices(
    featuresOf(space),
    devices.map(({ profile }) => profile),
    costsOn(space, devices),
  );

/** Architectures that hyper-parameters are learned from. */
const taught = 400;

/** Random architectures of the space; those of cells that every device knows. */
export function learnFrom(
  space: ModelledSpace,
  devices: readonly KnownDevice[],
  seed: number,
): TransferKnowledge {
  const features = transferFeatures(space, devices);
  const draw = rng(seed, 'transfer-population');
  const rows: Float64Array[] = [];
  for (const architecture of drawn(space, draw)) {
    const row = features.of(architecture);
    if (!row.includes(Number.NaN)) rows.push(row);
    if (rows.length === taught) break;
  }
  return learnTransfer({ layout: features.layout, rows });
}

function* drawn(space: ModelledSpace, draw: ReturnType<typeof rng>): Generator<unknown, void> {
  if (space === 'nas-bench-201') {
    for (const cell of draw.shuffle(allCells())) yield { cell: formatCell(cell) };
    return;
  }
  for (let count = 0; count < taught; count++) yield sample(space, draw);
}
