/** @file The signed half of the HTTP API: what a measuring agent asks for and reports. */
import { randomBytes } from 'node:crypto';
import {
  agentHeaders,
  LeasedMeasurement,
  type LeaseMeasurement,
  type MeasurementResult,
} from '@sextant/contracts';
import { parseAgentToken, sign, signingKeyOf } from '@sextant/hardware';
import type { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';

export class AgentClient {
  private readonly id: string;
  private readonly signingKey: Buffer;

  /** @throws {CommandFailed} `usage`: the token is none */
  constructor(
    private readonly api: ApiClient,
    private readonly profile: string,
    token: string,
  ) {
    const parsed = parseAgentToken(token);
    if (parsed === null) {
      throw new CommandFailed(
        'that is no agent key; make one with: sextant hw agent-key create',
        exitStatus.usage,
      );
    }
    this.id = parsed.id;
    this.signingKey = signingKeyOf(parsed.secret);
  }

  async lease(request: LeaseMeasurement): Promise<LeasedMeasurement> {
    const response = await this.post('measurement-tasks/lease', request);
    return LeasedMeasurement.parse(await response.json());
  }

  async settle(task: string, result: MeasurementResult): Promise<void> {
    await this.post(`measurement-tasks/${task}/result`, result);
  }

  private post(rest: string, content: object): Promise<Response> {
    const path = `/v1/hardware-profiles/${this.profile}/${rest}`;
    const body = JSON.stringify(content);
    const timestampMs = Date.now();
    const nonce = randomBytes(16).toString('hex');
    const signature = sign(this.signingKey, { timestampMs, nonce, method: 'POST', path, body });
    return this.api.send(path, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        [agentHeaders.key]: this.id,
        [agentHeaders.timestamp]: String(timestampMs),
        [agentHeaders.nonce]: nonce,
        [agentHeaders.signature]: signature,
      },
    });
  }
}
