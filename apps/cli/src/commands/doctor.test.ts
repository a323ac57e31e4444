import { afterEach, expect, it, vi } from 'vitest';
import { doctor } from './doctor.command';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
}

async function findings(): Promise<Map<string, Finding>> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  await doctor({ json: true }).catch(() => undefined);
  const list = JSON.parse(written.join('')) as Finding[];
  return new Map(list.map((finding) => [finding.what, finding]));
}

it('tells processor, threads, providers and the formulations that were found right', async () => {
  vi.stubEnv('DATABASE_URL', '');
  vi.stubEnv('REDIS_URL', '');
  const found = await findings();
  expect([...found.values()].every(({ ok }) => ok)).toBe(true);
  expect(found.get('machine')!.said).toMatch(/cores, .* GiB, Node v/);
  expect(found.get('ONNX Runtime')!.said).toMatch(/onnxruntime-node [\d.]+, \d+ threads/);
  expect(found.get('providers')!.said).toMatch(/^cpu/);
  expect(found.get('formulations')!.said).toMatch(
    /^networks of known sizes: .*maps as NCHW; supernets: .*maps as CNHW/,
  );
});

it('says what is wrong with a database that does not answer, and what to do', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://127.0.0.1:1/none');
  vi.stubEnv('REDIS_URL', '');
  const found = await findings();
  expect(found.get('PostgreSQL')).toMatchObject({
    ok: false,
    said: expect.stringContaining('check DATABASE_URL') as string,
  });
});
