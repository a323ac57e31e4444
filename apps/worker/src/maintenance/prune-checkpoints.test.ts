import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SearchState } from '@sextant/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pruneCheckpoints } from './prune-checkpoints';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sextant-prune-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function searchWithCheckpoint(): string {
  const id = randomUUID();
  mkdirSync(path.join(directory, id));
  writeFileSync(path.join(directory, id, 'checkpoint-000000000001'), 'bytes');
  return id;
}

it('removes those of searches that succeeded or were cancelled, and no others', async () => {
  const states = new Map(SearchState.options.map((state) => [searchWithCheckpoint(), state]));
  const pruned = await pruneCheckpoints(directory, (id) => Promise.resolve(states.get(id) ?? null));
  expect(pruned.map((id) => states.get(id)).sort()).toEqual(['cancelled', 'succeeded']);
  expect(readdirSync(directory).sort()).toEqual(
    [...states.keys()].filter((id) => !pruned.includes(id)).sort(),
  );
});

it('leaves what is not a search, or not of this installation', async () => {
  const foreign = searchWithCheckpoint();
  mkdirSync(path.join(directory, 'notes'));
  expect(await pruneCheckpoints(directory, () => Promise.resolve(null))).toEqual([]);
  expect(readdirSync(directory).sort()).toEqual([foreign, 'notes'].sort());
});

it('needs no directory', async () => {
  const none = path.join(directory, 'none');
  expect(await pruneCheckpoints(none, () => Promise.resolve('succeeded'))).toEqual([]);
});
