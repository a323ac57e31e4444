/** @file Hardware profiles over the HTTP API. */
import {
  AgentKeyList,
  CreatedAgentKey,
  FittedHardwareModel,
  HardwareProfileDetail,
  HardwareProfilePage,
  MeasurementRequestView,
  RecordedProfileCosts,
  TableImport,
  type AgentKeyView,
  type CreateAgentKey,
  type CreateHardwareProfile,
  type CreateHardwareVersion,
  type FitHardwareModel,
  type HardwareProfileView,
  type MeasurementRequest,
} from '@sextant/contracts';
import type { ApiClient } from '../api-client';

const root = '/v1/hardware-profiles';

export class HardwareClient {
  constructor(private readonly api: ApiClient) {}

  async list(): Promise<HardwareProfileView[]> {
    const all: HardwareProfileView[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '200', ...(cursor ? { cursor } : {}) });
      const response = await this.api.send(`${root}?${query.toString()}`);
      const page = HardwareProfilePage.parse(await response.json());
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  }

  async get(profile: string): Promise<HardwareProfileDetail> {
    return HardwareProfileDetail.parse(await this.read(`${root}/${encodeURIComponent(profile)}`));
  }

  async create(spec: CreateHardwareProfile): Promise<HardwareProfileDetail> {
    return HardwareProfileDetail.parse(await this.post(root, spec));
  }

  async addVersion(profile: string, spec: CreateHardwareVersion): Promise<HardwareProfileDetail> {
    return HardwareProfileDetail.parse(await this.post(`${root}/${profile}/versions`, spec));
  }

  async remove(profile: string): Promise<void> {
    await this.api.send(`${root}/${encodeURIComponent(profile)}`, { method: 'DELETE' });
  }

  async importTable(
    profile: string,
    table: Uint8Array<ArrayBuffer>,
    mediaType: string,
    query: Readonly<Record<string, string>>,
  ): Promise<TableImport> {
    const path = `${root}/${encodeURIComponent(profile)}/tables?${new URLSearchParams(query).toString()}`;
    const headers = { 'content-type': mediaType };
    const response = await this.api.send(path, { method: 'POST', headers, body: table });
    return TableImport.parse(await response.json());
  }

  async createKey(profile: string, spec: CreateAgentKey): Promise<CreatedAgentKey> {
    return CreatedAgentKey.parse(await this.post(`${root}/${profile}/agent-keys`, spec));
  }

  async keys(profile: string): Promise<AgentKeyView[]> {
    return AgentKeyList.parse(await this.read(`${root}/${profile}/agent-keys`)).items;
  }

  async revokeKey(profile: string, key: string): Promise<void> {
    await this.api.send(`${root}/${profile}/agent-keys/${encodeURIComponent(key)}`, {
      method: 'DELETE',
    });
  }

  async request(profile: string, spec: MeasurementRequest): Promise<MeasurementRequestView> {
    return MeasurementRequestView.parse(
      await this.post(`${root}/${profile}/measurement-requests`, spec),
    );
  }

  async getRequest(profile: string, id: string): Promise<MeasurementRequestView> {
    return MeasurementRequestView.parse(
      await this.read(`${root}/${profile}/measurement-requests/${id}`),
    );
  }

  async fitModel(profile: string, spec: FitHardwareModel): Promise<FittedHardwareModel> {
    return FittedHardwareModel.parse(await this.post(`${root}/${profile}/models`, spec));
  }

  async recordCosts(profile: string, searchId: string): Promise<RecordedProfileCosts> {
    return RecordedProfileCosts.parse(await this.post(`${root}/${profile}/costs`, { searchId }));
  }

  private async read(path: string): Promise<unknown> {
    return (await this.api.send(path)).json();
  }

  private async post(path: string, content: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(content);
    return (await this.api.send(path, { method: 'POST', headers, body })).json();
  }
}
