import { IdempotencyMismatchError, IllegalTransitionError, LeaseLostError } from '@sextant/common';
import { migrations } from '@sextant/migrations';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, sampleCandidate, sampleSpec, type FreshDatabase } from '../../testing';
import { migrate } from '../data-source';
import type { ListedCandidate } from '../query/stored-candidate';
import { CandidateRepository } from './candidate.repository';
import { CheckpointRepository } from './checkpoint.repository';
import { OutboxRepository } from './outbox.repository';
import { SearchRepository } from './search.repository';

let database: FreshDatabase;
let searches: SearchRepository;
let candidates: CandidateRepository;
let checkpoints: CheckpointRepository;
let outbox: OutboxRepository;

beforeAll(async () => {
  database = await freshDatabase();
  searches = new SearchRepository(database.dataSource);
  candidates = new CandidateRepository(database.dataSource);
  checkpoints = new CheckpointRepository(database.dataSource);
  outbox = new OutboxRepository(database.dataSource);
});
afterAll(() => database.drop());

const submitted = async (): Promise<string> => (await searches.create(sampleSpec())).search.id;

async function running(): Promise<{ id: string; epoch: number }> {
  const id = await submitted();
  const lease = await searches.lease(id, 'worker', 60);
  await searches.start(id, lease!.epoch);
  return { id, epoch: lease!.epoch };
}

const expire = (id: string) =>
  database.dataSource.query(
    `update search set lease_expires_at = now() - interval '1 second' where id = $1`,
    [id],
  );

const failure = { code: 'training-crashed', message: 'SIGSEGV', permanent: false };
const summary = {
  candidates: 1,
  trainingSteps: 1,
  seconds: { training: 1, evaluating: 1, testing: 1, measuring: 1 },
  parameters: 1,
  trainImages: 1,
  validationImages: 1,
  testImages: 1,
  threads: 1,
};

describe('R1: an accepted search is never lost', () => {
  it('has its outbox row as soon as it exists, and keeps it while the queue refuses', async () => {
    const id = await submitted();
    const seen: string[] = [];
    await expect(
      outbox.dispatch(1000, () => Promise.reject(new Error('queue down'))),
    ).rejects.toThrow('queue down');
    await outbox.dispatch(1000, (rows) => {
      seen.push(...rows.map(({ searchId }) => searchId));
      return Promise.resolve();
    });
    expect(seen).toContain(id);
    expect(await outbox.dispatch(1000, () => Promise.resolve())).toBe(0);
  });

  it('stores nothing when the transaction fails half way', async () => {
    const before = await searches.list(200);
    const key = { key: 'k'.repeat(10), bodySha256: null as unknown as string };
    await expect(searches.create(sampleSpec(), key)).rejects.toThrow();
    expect(await searches.list(200)).toHaveLength(before.length);
  });
});

describe('R16: an idempotency key', () => {
  it('answers the same search to the same body, refuses another, and holds under 20 posts at once', async () => {
    const key = { key: 'once', bodySha256: 'a' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => searches.create(sampleSpec(), key)),
    );
    expect(new Set(answers.map(({ search }) => search.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await expect(searches.create(sampleSpec(), { key: 'once', bodySha256: 'b' })).rejects.toThrow(
      IdempotencyMismatchError,
    );
  });
});

describe('R2: results are exactly once', () => {
  it('records the same candidates twice as one, and keeps the first value', async () => {
    const { id, epoch } = await running();
    await candidates.record(id, epoch, [sampleCandidate(1), sampleCandidate(2)]);
    await candidates.record(id, epoch, [sampleCandidate(1, { accuracy: 0.1 })]);
    const all = await candidates.all(id);
    expect(all).toHaveLength(2);
    expect(all.map(({ measurements }) => measurements.length)).toEqual([2, 2]);
    expect((await candidates.get(id, sampleCandidate(1).id)).accuracy).toBe(0.8);
  });

  it('writes nothing from an epoch that is over', async () => {
    const { id, epoch } = await running();
    await expire(id);
    expect(await searches.reapExpired()).toBeGreaterThanOrEqual(1);
    const next = await searches.lease(id, 'other', 60);
    expect(next!.epoch).toBe(epoch + 1);
    await expect(candidates.record(id, epoch, [sampleCandidate(1)])).rejects.toThrow(
      LeaseLostError,
    );
    await expect(
      checkpoints.add(id, epoch, { step: 1, file: 'f', sha256: 's', bytes: 1 }),
    ).rejects.toThrow(LeaseLostError);
    await expect(searches.finish(id, epoch, { state: 'succeeded', summary })).rejects.toThrow(
      LeaseLostError,
    );
    await expect(searches.renew(id, epoch, 60)).rejects.toThrow(LeaseLostError);
    expect(await candidates.all(id)).toEqual([]);
    expect((await searches.get(id)).state).toBe('leased');
  });
});

describe('R3: leases', () => {
  it('go to one of many that ask at once', async () => {
    const id = await submitted();
    const leases = await Promise.all(
      Array.from({ length: 8 }, (_, i) => searches.lease(id, `w${i}`, 60)),
    );
    expect(leases.filter(Boolean)).toHaveLength(1);
  });

  it('keep their promises under any interleaving of two workers', async () => {
    const action = fc.record({
      worker: fc.integer({ min: 0, max: 1 }),
      act: fc.constantFrom(
        'lease',
        'start',
        'renew',
        'record',
        'expire',
        'release',
        'crash',
        'finish',
        'cancel',
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), async (script) => {
        const id = await submitted();
        const epochs = [0, 0];
        let last = await searches.get(id);
        for (const { worker, act } of script) {
          const epoch = epochs[worker]!;
          const current = await searches.get(id);
          try {
            if (act === 'lease')
              epochs[worker] = (await searches.lease(id, `w${worker}`, 60))?.epoch ?? epoch;
            if (act === 'start') await searches.start(id, epoch);
            if (act === 'renew') await searches.renew(id, epoch, 60);
            if (act === 'record') await candidates.record(id, epoch, [sampleCandidate(worker)]);
            if (act === 'expire') await expire(id).then(() => searches.reapExpired());
            if (act === 'release') await searches.release(id, epoch);
            if (act === 'crash') await searches.crash(id, epoch, failure);
            if (act === 'finish') await searches.finish(id, epoch, { state: 'succeeded', summary });
            if (act === 'cancel') await searches.cancel(id);
            if (['start', 'renew', 'record', 'release', 'crash', 'finish'].includes(act)) {
              expect(epoch).toBe(current.leaseEpoch); // only the holder's writes go through
            }
          } catch (error) {
            if (!(error instanceof LeaseLostError) && !(error instanceof IllegalTransitionError))
              throw error;
            expect((await searches.get(id)).version).toBe(current.version); // a refused write leaves no trace
          }
          const now = await searches.get(id);
          expect(now.leaseEpoch).toBeGreaterThanOrEqual(last.leaseEpoch);
          expect(now.version).toBeGreaterThanOrEqual(last.version);
          if (['succeeded', 'failed', 'cancelled', 'quarantined'].includes(last.state))
            expect(now.state).toBe(last.state);
          last = now;
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('R10: a search that keeps crashing', () => {
  it('is quarantined after three crashes without progress, with the reason', async () => {
    const id = await submitted();
    for (const expected of ['queued', 'queued', 'quarantined']) {
      const { epoch } = (await searches.lease(id, 'w', 60))!;
      await searches.start(id, epoch);
      expect(await searches.crash(id, epoch, failure)).toBe(expected);
    }
    expect((await searches.get(id)).error).toEqual(failure);
  });

  it('goes on as long as each run gets further', async () => {
    const id = await submitted();
    for (let crash = 0; crash < 5; crash++) {
      const { epoch } = (await searches.lease(id, 'w', 60))!;
      await searches.start(id, epoch);
      await checkpoints.add(id, epoch, { step: crash, file: `f${crash}`, sha256: 's', bytes: 1 });
      expect(await searches.crash(id, epoch, failure)).toBe('queued');
    }
  });
});

describe('cancel', () => {
  it('ends a waiting search at once and a running one through its worker; asking twice is no error', async () => {
    const waiting = await submitted();
    expect((await searches.cancel(waiting)).state).toBe('cancelled');
    expect((await searches.cancel(waiting)).state).toBe('cancelled');
    const { id, epoch } = await running();
    expect((await searches.cancel(id)).state).toBe('cancelling');
    expect(await searches.renew(id, epoch, 60)).toBe('cancelling');
    await searches.finish(id, epoch, { state: 'cancelled' });
    expect((await searches.get(id)).finishedAt).not.toBeNull();
  });

  it('is refused once the search has ended', async () => {
    const { id, epoch } = await running();
    await searches.finish(id, epoch, { state: 'succeeded', summary });
    await expect(searches.cancel(id)).rejects.toThrow(IllegalTransitionError);
  });
});

describe('checkpoints', () => {
  it('keep the newest two and name the files that go', async () => {
    const { id, epoch } = await running();
    const dropped = [];
    for (const step of [1, 2, 3])
      dropped.push(
        ...(await checkpoints.add(id, epoch, { step, file: `c${step}`, sha256: 's', bytes: 5 })),
      );
    expect(dropped).toEqual(['c1']);
    expect((await checkpoints.list(id)).map(({ step, bytes }) => [step, bytes])).toEqual([
      [3, 5],
      [2, 5],
    ]);
  });
});

describe('ranked candidates', () => {
  it('page by cursor without gaps or repeats while more arrive', async () => {
    const { id, epoch } = await running();
    const many = Array.from({ length: 25 }, (_, i) =>
      sampleCandidate(i, { accuracy: 0.5 + (i % 5) / 20, latencyMs: 1 + i / 10, macs: 1000 - i }),
    );
    await candidates.record(id, epoch, many);
    const seen: string[] = [];
    let after = null;
    for (;;) {
      const page: ListedCandidate[] = await candidates.list(id, {
        sort: 'accuracy',
        limit: 7,
        after,
      });
      if (page.length === 0) break;
      seen.push(...page.map(({ candidate }) => candidate.id));
      const last = page.at(-1)!;
      after = { k1: last.k1, k2: last.k2, id: last.candidate.id };
      await candidates.record(id, epoch, [
        sampleCandidate(100 + seen.length, { accuracy: 0.99, latencyMs: 5 }),
      ]);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(25);
  });
});

describe('R18: migrations', () => {
  it('may be started by several processes at once, and again', async () => {
    const empty = await freshDatabase({ migrated: false });
    try {
      await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);
      await migrate(empty.url);
      const [row] = await empty.dataSource.query<{ count: string }[]>(
        'select count(*) from migrations',
      );
      expect(Number(row!.count)).toBe(migrations.length);
    } finally {
      await empty.drop();
    }
  });
});

describe('R7: a pause', () => {
  it('is kept when the worker dies before it has let go', async () => {
    const { id, epoch } = await running();
    await database.dataSource.query(`update search set state = 'pausing' where id = $1`, [id]);
    expect(await searches.crash(id, epoch, failure)).toBe('paused');
    expect((await searches.get(id)).finishedAt).toBeNull();
  });
});
