/** @file Imports over HTTP, as `sextant benchmark import` does them. */
import type { TestApi } from './test-api';

export interface ImportedTable {
  readonly content: string | Buffer;
  /** gzip unless told. */
  readonly type?: 'application/gzip' | 'text/csv';
}

async function post(api: TestApi, url: string, { content, type }: ImportedTable): Promise<void> {
  const headers = { 'content-type': type ?? 'application/gzip' };
  const response = await api.inject({ method: 'POST', url, payload: content, headers });
  if (response.statusCode < 300) return;
  throw new TypeError(`${url}: ${response.body}`);
}

export const importAccuracies = (api: TestApi, id: string, table: ImportedTable): Promise<void> =>
  post(api, `/v1/benchmarks/${id}/accuracies`, table);

/** A profile of `device`, with what the table has of it. */
export async function importDevice(
  api: TestApi,
  device: string,
  table: ImportedTable,
): Promise<void> {
  await api.inject({
    method: 'POST',
    url: '/v1/hardware-profiles',
    payload: {
      id: device,
      source: 'imported',
      space: 'nas-bench-201',
      conditions: { device, runtime: 'as published' },
    },
  });
  await post(api, `/v1/hardware-profiles/${device}/tables?space=nas-bench-201`, table);
}
