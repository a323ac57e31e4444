import { describe, expect, it } from 'vitest';
import { implausibilities } from './plausible';
import { agentToken, isSignedBy, parseAgentToken, sign, signingKeyOf } from './signature';

const request = {
  timestampMs: 1_790_000_000_000,
  nonce: '0123456789abcdef',
  method: 'POST',
  path: '/v1/x',
  body: '{"a":1}',
};

describe('a signature', () => {
  const key = signingKeyOf('a secret');

  it('is HMAC-SHA256 over timestamp, nonce, method, path and body', () => {
    // printf '1790000000000\n0123456789abcdef\nPOST\n/v1/x\n{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf 'a secret' | openssl dgst -sha256 -r | cut -c1-64)
    expect(sign(key, request)).toBe(
      'd4f11538ec90194107cf8124830b74235947ec5a65f4cb7b941434a0345cb11d',
    );
    expect(isSignedBy(key, request, sign(key, request))).toBe(true);
  });

  it.each([
    ['timestamp', { timestampMs: request.timestampMs + 1 }],
    ['nonce', { nonce: 'f123456789abcdef' }],
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/y' }],
    ['body', { body: '{"a":2}' }],
  ])('is of that %s alone', (_, change) => {
    expect(isSignedBy(key, { ...request, ...change }, sign(key, request))).toBe(false);
  });

  it('needs the secret, whole', () => {
    expect(isSignedBy(signingKeyOf('another'), request, sign(key, request))).toBe(false);
    expect(isSignedBy(key, request, sign(key, request).slice(2))).toBe(false);
    expect(isSignedBy(key, request, '')).toBe(false);
  });
});

describe('a token', () => {
  const id = '0198c0de-0000-7000-8000-000000000000';
  it('is read back', () => {
    const secret = 's_-'.repeat(14);
    expect(parseAgentToken(` ${agentToken(id, secret)}\n`)).toEqual({ id, secret });
  });
  it.each(['', 'sxa_', `sxa_${id}`, `sxa_${id}_short`, `${id}_${'x'.repeat(43)}`])(
    '%j is none',
    (text) => expect(parseAgentToken(text)).toBeNull(),
  );
});

describe('a claimed latency', () => {
  const claim = { value: 2, p10: 1.9, p90: 2.2, n: 100 };
  const known = {
    macs: 1e7,
    predicted: { lower: 1.5, upper: 2.5 },
    others: { count: 20, smallest: 0.5, largest: 8 },
  };
  const pointers = (change: object, what: object = {}) =>
    implausibilities({ ...claim, ...change }, { ...known, ...what }).map(({ pointer }) => pointer);

  it('is believed where nothing speaks against it', () => {
    expect(pointers({})).toEqual([]);
    const first = { predicted: null, others: { count: 0, smallest: 0, largest: 0 } };
    expect(pointers({ value: 900, p10: 890, p90: 910 }, first)).toEqual([]);
  });
  it.each([
    ['too few runs', { n: 49 }, ['/latencyMs/n']],
    ['a median below p10', { p10: 2.1 }, ['/latencyMs/value']],
    ['a median above p90', { p90: 1.95 }, ['/latencyMs/value']],
    ['p10 of 0', { p10: 0, p90: 2 }, ['/latencyMs/value', '/latencyMs/p90']],
    ['a spread beyond reason', { p90: 40 }, ['/latencyMs/p90']],
    ['a value the model excludes', { value: 11, p10: 10, p90: 12 }, ['/latencyMs/value']],
  ])('is not believed with %s', (_, change, expected) => {
    expect(pointers(change)).toEqual(expected);
  });
  it('is not believed where no device is that fast', () => {
    const tiny = { value: 0.001, p10: 0.001, p90: 0.001 };
    expect(
      pointers(tiny, { macs: 2e10, predicted: null, others: { ...known.others, smallest: 0.001 } }),
    ).toEqual(['/latencyMs/value']);
  });
  it('is not believed far off all others, once there are some', () => {
    const far = { value: 500, p10: 490, p90: 510 };
    expect(pointers(far, { predicted: null })).toEqual(['/latencyMs/value']);
    expect(pointers(far, { predicted: null, others: { ...known.others, count: 7 } })).toEqual([]);
  });
});
