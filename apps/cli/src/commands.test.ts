import { NotFoundError } from '@sextant/common';
import type { CandidateView } from '@sextant/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiClient, statusOfResponse } from './api-client';
import { statusOfState } from './commands/search.command';
import { CommandFailed, exitStatus, statusOf } from './exit-status';
import { followSearch } from './follow-search';
import { latencyLimits } from './latency-limits';
import { canRedraw } from './output/progress';
import { agreement } from './verify-model';

afterEach(() => vi.unstubAllGlobals());

describe('exit status', () => {
  it.each([
    [422, 'infeasible-constraint', 3],
    [422, 'validation', 2],
    [400, undefined, 2],
    [404, 'not-found', 2],
    [503, 'service-unavailable', 1],
    [500, undefined, 1],
  ])('of HTTP %i %s is %i', (status, code, expected) => {
    expect(statusOfResponse(status, code)).toBe(expected);
  });
  it('of a search that ended', () => {
    const states = ['succeeded', 'cancelled', 'failed', 'quarantined'] as const;
    expect(states.map(statusOfState)).toEqual([0, 4, 1, 1]);
  });
  it('of what was thrown', () => {
    expect(statusOf(new CommandFailed('late', exitStatus.timeout))).toBe(124);
    expect(statusOf(new NotFoundError('x'))).toBe(1);
  });
});

describe('latency limits', () => {
  /** In rank order. */
  const ranked = (...values: (number | null)[]) =>
    values.map((value, at) => ({
      rank: at + 1,
      latencyMs: value === null ? null : ({ value } as CandidateView['latencyMs']),
    }));
  /** Rank of the best that fits. */
  const answer = (candidates: ReturnType<typeof ranked>, limit: number | undefined) =>
    candidates.find(({ latencyMs }) => latencyMs && latencyMs.value <= Number(limit))?.rank;

  it('both admit something, and admit different answers', () => {
    for (const candidates of [
      ranked(0.9, 0.8, 0.5, 0.4, 0.1),
      ranked(0.9, 0.1, 0.2, 0.3, 0.4), // three fifths have the same answer as one fifth
    ]) {
      const answers = latencyLimits(candidates).map((limit) => answer(candidates, limit));
      expect(answers).not.toContain(undefined);
      expect(new Set(answers).size).toBe(2);
    }
  });
  it('leave out what was not measured', () => {
    expect(latencyLimits(ranked(null))).toEqual([]);
    expect(latencyLimits(ranked(null, 0.5))).toEqual([0.5, 0.5]);
  });
});

describe('agreement', () => {
  it('is over all predictions, and 1 only where every one is equal', () => {
    const all = { equal: 2000, accuracy: 0.8, n: 2000 };
    expect(agreement([all, all])).toBe(1);
    expect(agreement([all, { ...all, equal: 1999 }])).toBeLessThan(1);
    expect(agreement([])).toBe(0);
  });
});

describe('a line is redrawn', () => {
  it('on a terminal that is nobody’s log', () => {
    expect(canRedraw({ isTTY: true }, {})).toBe(true);
    expect(canRedraw({}, {})).toBe(false);
    for (const env of [{ CI: '1' }, { NO_COLOR: '1' }, { TERM: 'dumb' }])
      expect(canRedraw({ isTTY: true }, env)).toBe(false);
  });
});

describe('the API client', () => {
  const answering = (response: () => Response): ApiClient => {
    vi.stubGlobal('fetch', () => Promise.resolve(response()));
    return new ApiClient('http://127.0.0.1:1');
  };
  it('says what is wrong, where, and which request it was', async () => {
    const problem = {
      type: 'about:blank',
      title: 'Invalid request',
      status: 422,
      detail: 'one field',
      instance: '/v1/searches',
      code: 'validation',
      requestId: 'r-1',
      errors: [{ pointer: '/seed', message: 'must be whole' }],
    };
    const api = answering(() => Response.json(problem, { status: 422 }));
    await expect(api.submit({})).rejects.toThrow(
      'Invalid request: one field\n  /seed: must be whole\nrequest r-1',
    );
  });
  it('refuses a damaged model', async () => {
    const api = answering(() => new Response('other bytes'));
    const model = { url: '/m', sha256: '0'.repeat(64), bytes: 11 };
    await expect(api.model(model)).rejects.toThrow(/damaged/);
  });
  it('stops following when told, with the reason', async () => {
    const api = {
      search: () => Promise.resolve({ version: 1, state: 'running', pollAfterMs: 1000 }),
    };
    const signal = AbortSignal.abort(new CommandFailed('detached', exitStatus.cancelled));
    const following = followSearch(api as unknown as ApiClient, 'x', () => undefined, signal);
    await expect(following).rejects.toThrow('detached');
  });
});
