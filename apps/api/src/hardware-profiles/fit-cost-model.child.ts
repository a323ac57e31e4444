/** @file Fits cost models and predicts with the best, in a process that serves nobody. */
import {
  ConfigurationError,
  InsufficientDataError,
  InvalidMeasurementError,
  messageOf,
  NasError,
} from '@sextant/common';
import { chooseCostModel, type TransferKnowledge } from '@sextant/hardware';
import { allCells, cellHash, cellKey, formatCell } from '@sextant/search-space';
import type {
  CostModelAnswer,
  CostModelRequest,
  FittedCosts,
  KeyedRequest,
  KnownDevice,
} from './cost-model-task';
import { costsOn, learnFrom, transferFeatures } from './known-costs';
import { featuresOf } from './space-features';

/** Cells by the key of a table's row or, for what agents measured, by the hash of their class. */
function architecturesOf(measured: KeyedRequest['measured']): CostModelRequest['measured'] {
  const wanted = new Map(measured.map(({ key, cost }) => [key, cost]));
  return allCells().flatMap((cell) => {
    const cost = wanted.get(cellKey(cell)) ?? wanted.get(cellHash(cell));
    return cost === undefined ? [] : [{ architecture: { cell: formatCell(cell) }, cost }];
  });
}

interface Learned {
  readonly devices: readonly KnownDevice[];
  readonly knowledge: TransferKnowledge | null;
  /** What became of the devices, in words. */
  readonly said: string;
}

/** Knows every cost that is needed, of which `architectures` are all. */
function learn(
  { space, seed, known }: CostModelRequest,
  architectures: readonly unknown[],
): Learned {
  if (known === null) return { devices: [], knowledge: null, said: '' };
  const costs = architectures.map(costsOn(space, known.devices));
  const unknown = known.devices.map((_, at) => costs.filter((row) => Number.isNaN(row[at])).length);
  const whyNot = known.devices.flatMap(({ profile }, at) =>
    unknown[at] === 0
      ? []
      : [
          `${profile} has neither row nor model for ${unknown[at]} of ${costs.length} architectures`,
        ],
  );
  if (whyNot.length > 0 && !known.mayLeaveOut) {
    throw new InvalidMeasurementError(
      `${whyNot.join('; ')}: fit a model to it first, or do not transfer from it`,
    );
  }
  const devices = known.devices.filter((_, at) => unknown[at] === 0);
  const leftOut = whyNot.length > 0 ? `; left out: ${whyNot.join('; ')}` : '';
  if (devices.length < 2) {
    const said = `; transfer needs 2 known devices and was not tried with ${devices.length}${leftOut}`;
    return { devices: [], knowledge: null, said };
  }
  const names = devices.map(({ profile }) => profile).join(', ');
  try {
    const knowledge = learnFrom(space, devices, seed);
    return { devices, knowledge, said: `; known devices: ${names}${leftOut}` };
  } catch (error) {
    if (!(error instanceof InsufficientDataError) || !known.mayLeaveOut) throw error;
    return {
      devices: [],
      knowledge: null,
      said: `; not from ${names}: ${error.message}${leftOut}`,
    };
  }
}

function fit(request: CostModelRequest): FittedCosts {
  const { space, measured, targets, seed } = request;
  const all = [...measured, ...targets].map(({ architecture }) => architecture);
  const { devices, knowledge, said } = learn(request, all);
  const features = devices.length > 0 ? transferFeatures(space, devices) : featuresOf(space);
  const rows = all.map((architecture) => features.of(architecture));
  const { best, compared, reason } = chooseCostModel(
    {
      layout: features.layout,
      rows: rows.slice(0, measured.length),
      costs: measured.map(({ cost }) => cost),
    },
    { seed, ...(knowledge && { knowledge }) },
  );
  const predictions = best.predict(rows.slice(measured.length));
  const isTransfer = best.name === 'transfer';
  return {
    // others read none of the known devices' columns, which come last
    state: isTransfer ? best.toJSON() : { ...best.toJSON(), layout: featuresOf(space).layout },
    compared,
    reason: reason + said,
    knownDevices: isTransfer ? devices.map(({ profile, version }) => ({ profile, version })) : [],
    predictions: predictions.map((it, at) => ({ ...it, id: targets[at]?.id ?? '' })),
  };
}

const isKeyed = (request: CostModelRequest | KeyedRequest): request is KeyedRequest =>
  request.measured.some((it) => 'key' in it);

function answer(request: CostModelRequest | KeyedRequest): CostModelAnswer {
  try {
    if (!isKeyed(request)) return { fitted: fit(request) };
    if (request.space !== 'nas-bench-201') {
      throw new InvalidMeasurementError('only cells of NAS-Bench-201 are found by their key');
    }
    return { fitted: fit({ ...request, measured: architecturesOf(request.measured) }) };
  } catch (error) {
    const known = error instanceof NasError ? error : new ConfigurationError(messageOf(error));
    return { error: { code: known.code, message: known.message } };
  }
}

process.once('disconnect', () => process.exit(0));
process.once('message', (request: CostModelRequest | KeyedRequest) =>
  process.send?.(answer(request), () => process.exit(0)),
);
