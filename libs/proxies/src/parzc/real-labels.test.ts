import { withoutTables } from '@sextant/common/testing';
import { kendallTauB } from '@sextant/statistics';
import { describe, expect, it } from 'vitest';
import { drawnMbconv, drawnTransformers, labelledNetworks } from '../../testing/digit-spaces';
import { digitsTable, readDigits } from '../../testing/trained-accuracy';
import { fitPredictor } from '../predictors';

const missing = withoutTables(digitsTable);
const settings = { batchSize: 64, seed: 1, learningRate: 2e-3 };

describe(`ParZC on networks that were trained${missing}`, () => {
  it.skipIf(missing !== '').each([
    ['inverted residuals', () => drawnMbconv(24), 30],
    ['transformers', () => drawnTransformers(24), 40],
  ] as const)(
    'orders %s that it has not seen',
    async (_, drawn, steps) => {
      const networks = await labelledNetworks(
        drawn() as ReturnType<typeof drawnMbconv>,
        readDigits(),
        { ...settings, steps },
      );
      const [train, held] = [networks.slice(0, 12), networks.slice(12)];
      const { predictor, report } = await fitPredictor({
        ...{ name: 'parzc', seed: 1, threads: 1 },
        features: train.map(({ features }) => features),
        labels: train.map(({ accuracy }) => accuracy),
      });
      expect(report.picked).toBe('parzc');
      const { scores } = await predictor.predict(held.map(({ features }) => features));
      const truth = held.map(({ accuracy }) => accuracy);
      expect(kendallTauB(scores, truth)).toBeGreaterThan(0.2);
    },
    240_000,
  );
});
