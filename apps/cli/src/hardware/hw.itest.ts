/** @file `sextant hw` against the built API; once as the built command, so that its own processes are found. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { serveSearch, type ServedSearch } from '../../testing/served-search';
import { statusOf } from '../exit-status';
import { addHardwareCommands } from '../hardware-program';

const built = path.join(import.meta.dirname, '../../../../dist/apps/cli/main.js');

let served: ServedSearch;
beforeAll(async () => {
  served = await serveSearch();
}, 90_000);
afterAll(() => served.stop());
afterEach(() => vi.restoreAllMocks());

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The command in this process: what it prints, and how it would end. */
async function hw(...args: string[]): Promise<Ran> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const program = new Command().exitOverride();
  addHardwareCommands(program);
  try {
    await program.parseAsync(['hw', ...args, '--url', served.url], { from: 'user' });
    return { status: 0, out, err: '' };
  } catch (error) {
    return { status: statusOf(error), out, err: String(error) };
  } finally {
    vi.restoreAllMocks();
  }
}

/** Any command in a process of its own. */
const apart = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [built, ...args, '--url', served.url], (error, out, err) =>
      resolve({ status: error === null ? 0 : Number(error.code), out, err }),
    );
  });
const hwApart = (...args: string[]): Promise<Ran> => apart('hw', ...args);

const json = <T>({ out }: Ran): T => JSON.parse(out) as T;

it('imports a table for a device that it registers first, and reports it', async () => {
  const file = path.join(served.home, 'board.csv');
  writeFileSync(file, 'idx,board_latency\n0,1.5\n1,-1\n2,2.5\n');
  const described = ['--device', 'a board', '--runtime', 'some 1.0', '--space', 'nas-bench-201'];
  const imported = await hw('import', 'board', file, ...described);
  expect(imported).toMatchObject({ status: 0 });
  expect(imported.out.split('\n')).toEqual([
    'board: version 1',
    '3 rows; stored: 2 latencyMs',
    'refused: 1 × not-positive in latencyMs, lines 3 (as "-1")',
    '',
  ]);
  const { out } = await hw('list');
  expect(out).toMatch(/board +1 +2 latencyMs +imported +a board +some 1\.0/);
  expect((await hw('report', 'board')).out).toMatch(/^board; answers come from version 1/);
  expect((await hw('models', 'board')).out).toMatch(/no model yet/);
});

it.each([
  ['a table of which nothing can be used', 2, /every row was refused/],
  ['a device that is not there', 2, /no hardware profile nobody/],
  ['a file that is not there', 2, /no such file/],
])('ends with another status after %s', async (what, status, message) => {
  const file = path.join(served.home, what.includes('file') ? 'none.csv' : 'bad.csv');
  if (!what.includes('file')) writeFileSync(file, 'idx,board_latency\n0,-1\n');
  const ran = await hw('import', what.includes('device') ? 'nobody' : 'board', file);
  expect(ran).toMatchObject({ status, err: expect.stringMatching(message) });
});

it('measures on this machine: a device of its own, a cost for what runs, the reason for the rest', async () => {
  const how = ['--tolerance', '90', '--rounds', '12', '--device', 'this machine', '--json'];
  const what = ['--profile', 'here', '--search', served.searchId, '--top', '2'];
  const ran = await hwApart('measure', ...what, ...how);
  const why = /1 of 2 models could not be measured; the first: .*not an ONNX model/;
  expect(ran).toMatchObject({ status: 1, err: expect.stringMatching(why) });
  expect(json(ran)).toMatchObject({
    isFinished: true,
    tasks: [{ state: 'done' }, { state: 'given-up' }],
  });
  const report = json<{ current: unknown }>(await hw('report', 'here', '--json'));
  expect(report.current).toMatchObject({
    source: 'measured',
    conditions: { device: 'this machine', runtime: expect.stringMatching(/^onnxruntime-node \d/) },
    rows: { latencyMs: 1 },
  });
  const keys = await hw('agent-key', 'list', 'here', '--json');
  expect(json(keys)).toMatchObject([{ revokedAt: expect.any(String) }]);
}, 120_000);

it('answers a query about a search once an agent has measured its finalists', async () => {
  await hw('add', 'bench', '--device', 'a bench', '--runtime', 'any');
  const { token } = json<{ token: string }>(await hw('agent-key', 'create', 'bench', '--json'));
  const asked = ['query', '--search', served.searchId, '--hardware', 'bench'];
  const query = apart(...asked, '--max-latency', '1000');
  await vi.waitUntil(
    async () => {
      const [row] = await served.database.dataSource.query<{ n: number }[]>(
        `select count(*)::integer as n from measurement_task where profile_id = 'bench'`,
      );
      return (row?.n ?? 0) > 0;
    },
    { timeout: 60_000, interval: 200 },
  );
  const how = ['--until-idle', '--tolerance', '90', '--rounds', '12'];
  // one of the two has no model that runs
  const agent = await hwApart('agent', '--profile', 'bench', '--key', token, ...how);
  expect(agent.out).toMatch(/1 measured/);
  const answered = await query;
  expect(answered.err).toMatch(/finalists wait to be measured on bench/);
  expect(answered).toMatchObject({ status: 0 });
  expect(answered.out).toMatch(/latencyMs [\d.]+ \(measured\)/);
  const nothing = await apart(...asked, '--max-latency', '0.000001', '--no-measure');
  expect(nothing).toMatchObject({ status: 3, err: expect.stringMatching(/nothing fits/) });
}, 180_000);

it('serves as an agent with a key, and not without', async () => {
  const added = await hw('add', 'farm', '--device', 'a farm', '--runtime', 'any');
  expect(added.status).toBe(0);
  const { token, id } = json<{ token: string; id: string }>(
    await hw('agent-key', 'create', 'farm', '--json'),
  );
  const agent = ['agent', '--profile', 'farm', '--until-idle'];
  const idle = await hw(...agent, '--key', token);
  expect(idle).toMatchObject({ status: 0, out: '0 measured, 0 not\n' });
  expect(await hw(...agent)).toMatchObject({ status: 2, err: expect.stringMatching(/--key/) });
  expect(await hw(...agent, '--key', 'no key')).toMatchObject({ status: 2 });
  expect(await hw(...agent, '--key', token, '--runs', '10')).toMatchObject({ status: 2 });
  await hw('agent-key', 'revoke', 'farm', id);
  const refused = await hw(...agent, '--key', token);
  expect(refused).toMatchObject({ status: 1, err: expect.stringMatching(/revoked/) });
  expect((await hw('remove', 'farm')).status).toBe(0);
});
