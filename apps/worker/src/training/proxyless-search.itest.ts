/** @file A search that learns from a device’s latencies, by the real process and out of a real database. */
import { CreateSearch } from '@sextant/contracts';
import { blockTable, garmentPathSpace as space } from '@sextant/evaluation/testing';
import type {
  CandidateRepository,
  HardwareProfileRepository,
  SearchRepository,
} from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import type { Architecture } from '@sextant/search-space';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Surroundings } from '../../testing/fixtures';
import { trainingRunner } from '../../testing/training-runner';
import type { SearchRunner } from './search-runner';

let database: FreshDatabase;
let around: Surroundings;
let searches: SearchRepository;
let candidates: CandidateRepository;
let hardwareProfiles: HardwareProfileRepository;
let runner: SearchRunner;

beforeAll(async () => {
  database = await freshDatabase();
  around = new Surroundings();
  ({ runner, searches, candidates, hardwareProfiles } = await trainingRunner(database, around));
});
afterAll(async () => {
  around.remove();
  await database.drop();
});

/** A device on which some blocks take next to no time. */
async function device(id: string, isFast: (block: string) => boolean): Promise<void> {
  const conditions = {
    ...{ device: id, runtime: 'a runtime 1.0', batch: 1, threads: 1 },
    ...{ precision: 'float32' as const, measuredOn: null },
  };
  const of = { space: null, keys: 'block' as const, conditions };
  await hardwareProfiles.create({ id, source: 'imported', ...of });
  const table = blockTable(space, (block) => (isFast(block) ? 0.5 : 50));
  const rows = [...table].map(([key, value]) => ({
    ...{ key, metric: 'latencyMs' as const, value, p10: value, p90: value, n: null },
  }));
  await hardwareProfiles.importTable(id, { ...of, origin: {}, rows });
}

/** Kernels and expansions of the network that was found. */
async function found(latencyProfile: string) {
  const { search } = await searches.create(
    CreateSearch.parse({
      dataset: 'fashion-mnist-subset',
      space,
      method: {
        name: 'proxyless-nas',
        options: {
          ...{ latencyProfile, latencyWeight: 100, architectureLearningRate: 0.1 },
          ...{ warmUpEpochs: 0, searchEpochs: 4, trainingEpochs: 0, weights: 'inherited' },
          ...{ batchSize: 256, architectureEvery: 1 },
        },
      },
    }),
  );
  await runner.run(search.id);
  expect(await searches.get(search.id)).toMatchObject({ state: 'succeeded', error: null });
  const [candidate] = await candidates.all(search.id);
  const { stages } = candidate?.architecture as unknown as Architecture;
  return stages.slice(1).flatMap(({ blocks }) => blocks);
}

it('what a search finds follows the device it learns from', async () => {
  await device('likes-large', (block) => block.includes('kernel:5') && block.includes('expand:3'));
  await device('likes-small', (block) => block.includes('kernel:3') && block.includes('expand:2'));
  const large = await found('likes-large');
  const small = await found('likes-small');
  expect(large[0]).toMatchObject({ kernel: 5, expansion: 3 });
  expect(small[0]).toMatchObject({ kernel: 3, expansion: 2 });
}, 180_000);
