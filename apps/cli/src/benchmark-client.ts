/** @file Benchmarks, and questions to hardware profiles, over the HTTP API. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BenchmarkImport,
  BenchmarkList,
  BenchmarkView,
  HardwareQueryView,
  SearchEstimate,
} from '@sextant/contracts';
import type { ApiClient } from './api-client';

const json = { 'content-type': 'application/json' };

/** A gzip file is told by its first two bytes, whatever it is called. */
export const tableType = (content: Uint8Array): string =>
  content[0] === 0x1f && content[1] === 0x8b ? 'application/gzip' : 'text/csv';

export class BenchmarkClient {
  constructor(private readonly api: ApiClient) {}

  async list(): Promise<BenchmarkView[]> {
    return BenchmarkList.parse(await this.read('/v1/benchmarks')).items;
  }

  async get(id: string): Promise<BenchmarkView> {
    return BenchmarkView.parse(await this.read(`/v1/benchmarks/${encodeURIComponent(id)}`));
  }

  async import(
    id: string,
    kind: 'accuracies' | 'proxies',
    content: Uint8Array<ArrayBuffer>,
  ): Promise<BenchmarkImport> {
    const response = await this.api.send(`/v1/benchmarks/${encodeURIComponent(id)}/${kind}`, {
      method: 'POST',
      headers: { 'content-type': tableType(content) },
      body: content,
    });
    return BenchmarkImport.parse(await response.json());
  }

  /** Asks, and waits while finalists are being measured; `onWait` hears of it once. */
  async ask(
    profile: string,
    query: object,
    onWait: () => void = () => undefined,
  ): Promise<HardwareQueryView> {
    const path = `/v1/hardware-profiles/${encodeURIComponent(profile)}/queries`;
    const body = JSON.stringify(query);
    const response = await this.api.send(path, { method: 'POST', headers: json, body });
    let asked = HardwareQueryView.parse(await response.json());
    if (asked.state === 'measuring') onWait();
    while (asked.state === 'measuring') {
      await sleep(asked.pollAfterMs);
      asked = HardwareQueryView.parse(await this.read(asked.links.self));
    }
    return asked;
  }

  async estimate(spec: unknown): Promise<SearchEstimate> {
    const body = JSON.stringify(spec);
    const options = { method: 'POST', headers: json, body };
    const response = await this.api.send('/v1/searches/dry-run', options);
    return SearchEstimate.parse(await response.json());
  }

  private async read(path: string): Promise<unknown> {
    return (await this.api.send(path)).json();
  }
}
