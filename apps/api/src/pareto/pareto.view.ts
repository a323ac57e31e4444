/** @file From a stored front to what a caller reads: scores the right way round. */
import type { ParetoQuery, ParetoView, SortKey } from '@sextant/contracts';
import type { StoredFront } from '@sextant/persistence';

const isScore = (key: SortKey): boolean => key === 'accuracy' || key === 'predictedAccuracy';

export function paretoView({ evidence }: ParetoQuery, front: StoredFront): ParetoView {
  const { objectives, points, reference, history } = front;
  const turned = (point: readonly number[]): number[] =>
    point.map((value, at) => (isScore(objectives[at] as SortKey) ? 0 - value : value));
  return {
    objectives: objectives.map((key) => ({
      key,
      direction: isScore(key) ? 'maximize' : 'minimize',
    })),
    evidence,
    points: points.map(({ id, point }) => ({ id, values: turned(point) })),
    hypervolume: {
      reference: reference && turned(reference),
      value: history.at(-1)?.hypervolume ?? 0,
      history: history.map(({ at, size, hypervolume }) => ({ at, size, value: hypervolume })),
    },
  };
}
