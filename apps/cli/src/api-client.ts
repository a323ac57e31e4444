/** @file The HTTP API as functions; every problem it answers becomes one readable error. */
import { createHash } from 'node:crypto';
import { ServiceUnavailableError } from '@sextant/common';
import {
  BestView,
  CandidateDetail,
  CandidatePage,
  ParetoView,
  Problem,
  SearchView,
  type CandidateView,
} from '@sextant/contracts';
import { CommandFailed, exitStatus, type ExitStatus } from './exit-status';

/** Statuses that say the request itself was wrong. */
const usageStatuses = [400, 404, 409, 413, 422];

/** Statuses that say the service, or what it needs, is away for now. */
const awayStatuses = [502, 503, 504];

/** How a command ends that got this answer. */
export function statusOfResponse(status: number, code: string | undefined): ExitStatus {
  if (code === 'infeasible-constraint') return exitStatus.infeasible;
  return usageStatuses.includes(status) ? exitStatus.usage : exitStatus.failed;
}

export class ApiClient {
  constructor(private readonly url: string) {}

  async submit(spec: unknown): Promise<SearchView> {
    const response = await this.fetch('/v1/searches', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spec),
    });
    return SearchView.parse(await response.json());
  }

  async search(id: string): Promise<SearchView> {
    return SearchView.parse(await (await this.fetch(`/v1/searches/${id}`)).json());
  }

  async cancel(id: string): Promise<SearchView> {
    const response = await this.fetch(`/v1/searches/${id}/cancel`, { method: 'POST' });
    return SearchView.parse(await response.json());
  }

  /** All candidates in rank order, page after page. */
  async candidates(id: string): Promise<CandidateView[]> {
    const all: CandidateView[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
      const response = await this.fetch(`/v1/searches/${id}/candidates?${query.toString()}`);
      const page = CandidatePage.parse(await response.json());
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  }

  async candidate(searchId: string, id: string): Promise<CandidateDetail> {
    const response = await this.fetch(`/v1/searches/${searchId}/candidates/${id}`);
    return CandidateDetail.parse(await response.json());
  }

  async best(id: string, parameters: Readonly<Record<string, string>>): Promise<BestView> {
    const query = new URLSearchParams(parameters).toString();
    return BestView.parse(await (await this.fetch(`/v1/searches/${id}/best?${query}`)).json());
  }

  async pareto(id: string, parameters: Readonly<Record<string, string>>): Promise<ParetoView> {
    const query = new URLSearchParams(parameters).toString();
    return ParetoView.parse(await (await this.fetch(`/v1/searches/${id}/pareto?${query}`)).json());
  }

  /** The bytes of a model, checked against the checksum that was reported. */
  async model({ url, sha256 }: NonNullable<CandidateView['model']>): Promise<Uint8Array> {
    const response = await this.fetch(url);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
    throw new CommandFailed(`${url}: the download is damaged; try again`, exitStatus.failed);
  }

  /** One request, for what the methods above do not cover. @throws as they do */
  send(path: string, init?: RequestInit): Promise<Response> {
    return this.fetch(path, init);
  }

  private async fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(new URL(path, this.url), init).catch((cause: unknown) => {
      throw new ServiceUnavailableError(
        `no answer from ${this.url}; start the service with: sextant up`,
        { cause },
      );
    });
    if (response.ok) return response;
    if (awayStatuses.includes(response.status)) {
      throw new ServiceUnavailableError(`${this.url} answers HTTP ${response.status}; try again`);
    }
    const problem = Problem.safeParse(await response.json().catch(() => null));
    const status = statusOfResponse(response.status, problem.data?.code);
    if (!problem.success) throw new CommandFailed(`${path}: HTTP ${response.status}`, status);
    const { title, detail, errors = [], requestId } = problem.data;
    const lines = errors.map(({ pointer, message }) => `  ${pointer || '/'}: ${message}`);
    throw new CommandFailed(
      [`${title}: ${detail}`, ...lines, `request ${requestId}`].join('\n'),
      status,
    );
  }
}
