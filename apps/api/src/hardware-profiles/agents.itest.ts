import { createHash } from 'node:crypto';
import {
  AgentKeyList,
  CreatedAgentKey,
  HardwareProfileDetail,
  LeasedMeasurement,
  MeasurementRequestView,
  type MeasurementTask,
} from '@sextant/contracts';
import { parseAgentToken } from '@sextant/hardware';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluated, request as search } from '../../testing/fixtures';
import { signed as signedBy, type Signing } from '../../testing/signed';
import { startTestApi, type TestApi } from '../../testing/test-api';

const model = new TextEncoder().encode('not quite a model');
const root = '/v1/hardware-profiles';
const conditions = { device: 'a board', runtime: 'a runtime 1.0', threads: 1 };

let api: TestApi;
let searchId: string;
let ids: readonly string[];

const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

async function create(id: string): Promise<string> {
  await post(root, { id, source: 'agent', conditions });
  const response = await post(`${root}/${id}/agent-keys`, { name: 'a test' });
  expect(response.statusCode).toBe(201);
  return CreatedAgentKey.parse(response.json()).token;
}

const signed = (path: string, content: object, signing: Signing) =>
  signedBy(api, path, content, signing);

const tasks = (profile: string) => `${root}/${profile}/measurement-tasks`;

async function lease(profile: string, token: string, more: object = {}): Promise<MeasurementTask> {
  const response = await signed(`${tasks(profile)}/lease`, { conditions, ...more }, { token });
  const { task } = LeasedMeasurement.parse(response.json());
  if (task === null) throw new RangeError('nothing waits');
  return task;
}

const settle = (profile: string, token: string, { id }: MeasurementTask, result: object) =>
  signed(`${tasks(profile)}/${id}/result`, result, { token });

const good = (
  { leaseEpoch }: MeasurementTask,
  latencyMs: object = { value: 2, p10: 1.9, p90: 2.3, n: 100 },
) => ({
  outcome: 'measured',
  leaseEpoch,
  latencyMs,
  medians: [2.01, 1.99],
  measuredAt: new Date().toISOString(),
});

const ask = (profile: string, what: object) =>
  post(`${root}/${profile}/measurement-requests`, { searchId, ...what });
const statusOf = async (url: string) =>
  MeasurementRequestView.parse((await api.inject(url)).json());

beforeAll(async () => {
  api = await startTestApi();
  searchId = (await post('/v1/searches', search)).json<{ id: string }>().id;
  const epoch = await api.lease(searchId);
  const stored = await api.artifacts.put(model);
  const candidates = [
    evaluated(0, 0.9, 1, stored),
    evaluated(1, 0.8, 1, stored),
    evaluated(2, 0.7, 1, stored),
    evaluated(3, 0.95, 1),
  ];
  await api.candidates.record(searchId, epoch, candidates);
  ids = candidates.map(({ id }) => id);
});
afterAll(() => api.stop());

describe('agent keys', () => {
  it('are shown once, listed without their secret, and revoked', async () => {
    const token = await create('keys');
    const list = await api.inject(`${root}/keys/agent-keys`);
    expect(list.body).not.toContain(parseAgentToken(token)?.secret);
    const { items } = AgentKeyList.parse(list.json());
    expect(items).toMatchObject([{ name: 'a test', source: 'agent', revokedAt: null }]);
    const url = `${root}/keys/agent-keys/${items[0]?.id}`;
    expect((await api.inject({ method: 'DELETE', url })).statusCode).toBe(204);
    const response = await signed(`${tasks('keys')}/lease`, { conditions }, { token });
    expect(response.json()).toMatchObject({ status: 401, code: 'agent-refused' });
    const none = { method: 'DELETE' as const, url: `${root}/keys/agent-keys/${ids[0]}` };
    expect((await api.inject(none)).statusCode).toBe(404);
  });

  it('are not stored: what verifies is a digest of the secret', async () => {
    const { secret = '' } = parseAgentToken(await create('digest')) ?? {};
    const [row] = await api.database.dataSource.query<{ signing_key: Buffer }[]>(
      `select signing_key from agent_key where profile_id = 'digest'`,
    );
    expect(row?.signing_key).toEqual(createHash('sha256').update(secret).digest());
  });
});

describe('a signed request', () => {
  const leasing = (signing: Partial<Signing> & { token: string }, profile = 'signed') =>
    signed(`${tasks(profile)}/lease`, { conditions }, signing);
  let token: string;
  beforeAll(async () => {
    token = await create('signed');
  });

  it('is answered: nothing waits here', async () => {
    const response = await leasing({ token });
    expect(response.json()).toEqual({ task: null, pollAfterMs: 2000 });
  });

  it.each([
    ['no signature', () => post(`${tasks('signed')}/lease`, { conditions }), /sign the request/],
    [
      'another body than was signed',
      () => leasing({ token, body: JSON.stringify({ conditions, leaseSeconds: 20 }) }),
      /does not fit/,
    ],
    [
      'a secret that is another’s',
      () => leasing({ token: token.slice(0, -43) + 'x'.repeat(43) }),
      /does not fit/,
    ],
    [
      'a clock 6 minutes behind',
      () => leasing({ token, timestampMs: Date.now() - 360_000 }),
      /5 minutes/,
    ],
    [
      'a clock 6 minutes ahead',
      () => leasing({ token, timestampMs: Date.now() + 360_000 }),
      /5 minutes/,
    ],
  ])('is refused with %s', async (_, send, detail) => {
    const response = await send();
    expect(response.json()).toMatchObject({ status: 401, code: 'agent-refused' });
    expect(response.json<{ detail: string }>().detail).toMatch(detail);
  });

  it('is refused the second time', async () => {
    const again = { token, timestampMs: Date.now(), nonce: 'abcdef0123456789' };
    expect((await leasing(again)).statusCode).toBe(200);
    const replay = await leasing(again);
    expect(replay.json()).toMatchObject({ status: 401, detail: expect.stringMatching(/before/) });
  });

  it('is refused on another profile', async () => {
    await create('another');
    expect((await leasing({ token }, 'another')).json()).toMatchObject({
      status: 401,
      detail: expect.stringMatching(/of hardware profile signed/),
    });
  });
});

describe('a request for measurements', () => {
  it('becomes stored rows and costs, each candidate once', async () => {
    const token = await create('round');
    const response = await ask('round', { top: 3 });
    expect(response.statusCode).toBe(202);
    const asked = MeasurementRequestView.parse(response.json());
    expect(asked).toMatchObject({
      counts: { waiting: 2, leased: 0, done: 0 },
      skipped: { measured: 0, waiting: 0, withoutModel: 1 },
      isFinished: false,
    });
    expect(response.headers.location).toBe(asked.links.self);

    for (const id of [ids[0], ids[1]]) {
      const task = await lease('round', token);
      expect(task).toMatchObject({ candidateId: id, searchId, leaseEpoch: 1, version: 1 });
      const file = await api.inject(task.model.url);
      expect(createHash('sha256').update(file.rawPayload).digest('hex')).toBe(task.model.sha256);
      expect((await settle('round', token, task, good(task))).statusCode).toBe(204);
      const twice = await settle('round', token, task, good(task));
      expect(twice.json()).toMatchObject({ status: 409, code: 'lease-lost' });
    }
    expect(await statusOf(asked.links.self)).toMatchObject({
      isFinished: true,
      tasks: [
        { candidateId: ids[0], state: 'done', latencyMs: 2, error: null },
        { candidateId: ids[1], state: 'done' },
      ],
    });
    const { current } = HardwareProfileDetail.parse((await api.inject(`${root}/round`)).json());
    expect(current).toMatchObject({ version: 1, source: 'agent', rows: { latencyMs: 2 } });
    const costs = await api.database.dataSource.query<object[]>(
      `select cost, value, lower, upper, evidence, n, conditions from candidate_cost
       where search_id = $1 and candidate_id = $2 and cost = 'latencyMs@round'`,
      [searchId, ids[0]],
    );
    expect(costs).toMatchObject([
      {
        value: 2,
        lower: 1.9,
        upper: 2.3,
        evidence: 'measured',
        n: 100,
        conditions: { ...conditions, batch: 1, precision: 'float32', version: 1 },
      },
    ]);
    const again = await ask('round', { top: 3 });
    expect(again.json()).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/2 measured already, 0 waiting already, 1 without/),
    });
  });

  it('puts what a changed runtime measures into another version, and its cost in the old one’s place', async () => {
    const token = await create('runtime');
    await ask('runtime', { candidateIds: [ids[0]] });
    const task = await lease('runtime', token);
    await settle('runtime', token, task, good(task));
    expect((await ask('runtime', { candidateIds: [ids[0]] })).statusCode).toBe(409);
    await ask('runtime', { candidateIds: [ids[0]], again: true });
    const next = await lease('runtime', token, {
      conditions: { ...conditions, runtime: 'a runtime 1.1' },
    });
    expect([task.version, next.version]).toEqual([1, 2]);
    await settle('runtime', token, next, good(next, { value: 3, p10: 3, p90: 3, n: 100 }));
    const [cost] = await api.database.dataSource.query<{ value: number }[]>(
      `select value from candidate_cost where cost = 'latencyMs@runtime'`,
    );
    expect(cost?.value).toBe(3);
  });

  it('queues nothing twice', async () => {
    await create('once');
    const both = await Promise.all([
      ask('once', { candidateIds: [ids[0]] }),
      ask('once', { candidateIds: [ids[0]] }),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([202, 409]);
  });

  it.each([
    ['neither candidates nor a number', {}, 400],
    ['both', { top: 1, candidateIds: ['0'.repeat(32)] }, 400],
    ['a candidate that is not there', { candidateIds: ['0'.repeat(32)] }, 404],
    [
      'a search that is not there',
      { searchId: '0198c0de-0000-7000-8000-000000000000', top: 1 },
      404,
    ],
  ])('is refused with %s', async (_, what, status) => {
    expect((await ask('round', what)).json()).toMatchObject({ status });
  });
});

describe('a result', () => {
  it.each([
    ['too few runs', { value: 2, p10: 1.9, p90: 2.3, n: 49 }, '/latencyMs/n'],
    ['a median outside p10 and p90', { value: 3, p10: 1.9, p90: 2.3, n: 50 }, '/latencyMs/value'],
    ['a negative time', { value: -1, p10: -1, p90: -1, n: 50 }, '/latencyMs/value'],
    ['what no device can do', { value: 1e-4, p10: 1e-4, p90: 1e-4, n: 50 }, '/latencyMs/value'],
  ])(
    'with %s is not believed; the task goes on to whoever asks next',
    async (name, claim, pointer) => {
      const profile = name.toLowerCase().replaceAll(' ', '-');
      const token = await create(profile);
      const fast = name.startsWith('what');
      if (fast) {
        await api.database.dataSource.query(`update candidate set macs = 1e12 where id = $1`, [
          ids[2],
        ]);
      }
      const { links } = MeasurementRequestView.parse(
        (await ask(profile, { candidateIds: [ids[2]] })).json(),
      );
      const task = await lease(profile, token);
      const response = await settle(profile, token, task, good(task, claim));
      expect(response.json()).toMatchObject({
        status: 422,
        code: 'implausible-measurement',
        errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
      });
      const again = await lease(profile, token);
      expect(again).toMatchObject({ id: task.id, leaseEpoch: 2 });
      expect((await statusOf(links.self)).tasks).toMatchObject([
        { attempts: 2, error: { code: 'implausible' } },
      ]);
      const { current } = HardwareProfileDetail.parse(
        (await api.inject(`${root}/${profile}`)).json(),
      );
      expect(current.rows).toEqual({});
      const late = await settle(profile, token, task, good(task));
      expect(late.json()).toMatchObject({ status: 409, code: 'lease-lost' });
    },
  );

  it('that fails three times is given up, with the reason', async () => {
    const token = await create('failing');
    const { links } = MeasurementRequestView.parse(
      (await ask('failing', { candidateIds: [ids[0]] })).json(),
    );
    for (let attempt = 1; attempt <= 3; attempt++) {
      const task = await lease('failing', token);
      const error = { code: 'too-noisy', message: `attempt ${attempt}` };
      const result = { outcome: 'failed', leaseEpoch: task.leaseEpoch, error };
      expect((await settle('failing', token, task, result)).statusCode).toBe(204);
    }
    expect(await statusOf(links.self)).toMatchObject({
      isFinished: true,
      tasks: [{ state: 'given-up', attempts: 3, error: { message: 'attempt 3' } }],
    });
  });

  it('of an agent that vanished is somebody else’s task; after three it is given up', async () => {
    const token = await create('vanishing');
    const { links } = MeasurementRequestView.parse(
      (await ask('vanishing', { candidateIds: [ids[0]] })).json(),
    );
    const expire = () =>
      api.database.dataSource.query(
        `update measurement_task set lease_expires_at = now() - interval '1 second' where profile_id = 'vanishing'`,
      );
    const first = await lease('vanishing', token);
    await expire();
    const second = await lease('vanishing', token);
    expect([first.leaseEpoch, second.leaseEpoch]).toEqual([1, 2]);
    await expire();
    await lease('vanishing', token);
    await expire();
    await expect(lease('vanishing', token)).rejects.toThrow('nothing waits');
    expect((await statusOf(links.self)).tasks).toMatchObject([
      { state: 'given-up', error: { code: 'agent-lost' } },
    ]);
  });
});
