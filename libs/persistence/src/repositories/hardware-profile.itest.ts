import { ConflictError, NotFoundError } from '@sextant/common';
import { CreateHardwareProfile, type HardwareRow } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../testing';
import { currentVersion, HardwareProfileRepository } from './hardware-profile.repository';

let database: FreshDatabase;
let profiles: HardwareProfileRepository;
beforeAll(async () => {
  database = await freshDatabase();
  profiles = new HardwareProfileRepository(database.dataSource);
});
afterAll(() => database.drop());

const conditions = {
  device: 'a board',
  runtime: 'a runtime 1.0',
  batch: 1,
  threads: 1,
  precision: 'float32' as const,
  measuredOn: null,
};
const spec = (id: string) =>
  CreateHardwareProfile.parse({ id, source: 'imported', space: 'nas-bench-201', conditions });

const row = (key: string, value = 1): HardwareRow => ({
  key,
  metric: 'latencyMs',
  value,
  p10: value,
  p90: value,
  n: null,
});
const table = (rows: readonly HardwareRow[], runtime = conditions.runtime) => ({
  space: 'nas-bench-201',
  keys: 'architecture' as const,
  conditions: { ...conditions, runtime },
  origin: { file: 'a table' },
  rows,
});

describe('hardware profiles', () => {
  it('start with one empty version; an id is taken once', async () => {
    const profile = await profiles.create(spec('one'));
    expect(profile.versions).toMatchObject([{ version: 1, rowCounts: {}, sealedAt: null }]);
    await expect(profiles.create(spec('one'))).rejects.toThrow(ConflictError);
  });

  it('are listed by id, and unknown ones are not found', async () => {
    await profiles.create(spec('b'));
    await profiles.create(spec('a'));
    const ids = (await profiles.list(10, null)).map(({ id }) => id);
    expect(ids).toEqual(['a', 'b', 'one']);
    expect((await profiles.list(1, 'a')).map(({ id }) => id)).toEqual(['b']);
    await expect(profiles.get('no')).rejects.toThrow(NotFoundError);
    await expect(profiles.importTable('no', table([row('k')]))).rejects.toThrow(NotFoundError);
  });

  it('take a table into the empty version, seal it, and put the next into a new one', async () => {
    await profiles.create(spec('tables'));
    expect(await profiles.importTable('tables', table([row('x', 2), row('y', 3)]))).toBe(1);
    expect(await profiles.importTable('tables', table([row('x', 5)]))).toBe(2);
    const profile = await profiles.get('tables');
    expect(profile.versions.map(({ version, rowCounts }) => [version, rowCounts])).toEqual([
      [2, { latencyMs: 1 }],
      [1, { latencyMs: 2 }],
    ]);
    expect(profile.versions[1]).toMatchObject({ origin: { file: 'a table' } });
    expect(profile.versions[1]?.sealedAt).toBeInstanceOf(Date);
    expect(await profiles.values('tables', 1, 'latencyMs')).toEqual(
      new Map([
        ['x', 2],
        ['y', 3],
      ]),
    );
    expect(currentVersion(profile).version).toBe(2);
  });

  it('answer from the newest version that has rows', async () => {
    const { conditions: own, ...rest } = spec('tables');
    await profiles.addVersion('tables', { ...rest, conditions: { ...own, runtime: 'next' } });
    const profile = await profiles.get('tables');
    expect(profile.versions[0]).toMatchObject({ version: 3, rowCounts: {} });
    expect(currentVersion(profile).version).toBe(2);
  });

  it('store nothing of a table with a row that PostgreSQL refuses', async () => {
    await profiles.create(spec('broken'));
    const rows = [row('x'), { ...row('y'), value: -1 }];
    await expect(profiles.importTable('broken', table(rows))).rejects.toThrow(/check/);
    expect((await profiles.get('broken')).versions).toMatchObject([{ rowCounts: {} }]);
  });

  it('page through rows by metric, then key', async () => {
    await profiles.create(spec('pages'));
    const rows = [
      row('b'),
      row('a'),
      { ...row('a', 7), metric: 'energyMj' as const, p10: 6, p90: 8, n: 50 },
    ];
    const version = await profiles.importTable('pages', table(rows));
    const first = await profiles.rows('pages', version, { metric: null, limit: 2, after: null });
    expect(first).toMatchObject([
      { metric: 'energyMj', key: 'a', value: 7, p10: 6, p90: 8, n: 50, details: null },
      { metric: 'latencyMs', key: 'a' },
    ]);
    const after = { metric: 'latencyMs', key: 'a' };
    expect(await profiles.rows('pages', version, { metric: null, limit: 2, after })).toMatchObject([
      { key: 'b' },
    ]);
  });

  it('open one version per conditions, however many ask at once', async () => {
    await profiles.create(spec('campaign'));
    const campaign = { ...spec('campaign'), source: 'agent' as const };
    const same = await Promise.all(
      Array.from({ length: 4 }, () => profiles.versionFor('campaign', campaign)),
    );
    expect(new Set(same)).toEqual(new Set([2]));
    const other = { ...campaign, conditions: { ...conditions, runtime: 'a runtime 1.1' } };
    expect(await profiles.versionFor('campaign', other)).toBe(3);
    expect(await profiles.versionFor('campaign', campaign)).toBe(2);
  });

  it('can be forgotten with all they hold', async () => {
    await profiles.delete('tables');
    await expect(profiles.get('tables')).rejects.toThrow(NotFoundError);
    await expect(profiles.delete('tables')).rejects.toThrow(NotFoundError);
    expect(await profiles.values('tables', 1, 'latencyMs')).toEqual(new Map());
  });
});
