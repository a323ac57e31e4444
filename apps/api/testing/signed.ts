/** @file Requests of measuring agents. */
import { randomBytes } from 'node:crypto';
import { agentHeaders } from '@sextant/contracts';
import { parseAgentToken, sign, signingKeyOf } from '@sextant/hardware';
import type { TestApi } from './test-api';

export interface Signing {
  readonly token: string;
  readonly timestampMs?: number;
  readonly nonce?: string;
  /** Sent in place of what was signed. */
  readonly body?: string;
}

/** A request as an agent sends it, or as one that errs would. */
export function signed(
  api: Pick<TestApi, 'inject'>,
  path: string,
  content: object,
  signing: Signing,
) {
  const { token, timestampMs = Date.now(), nonce = randomBytes(8).toString('hex') } = signing;
  const { id = '', secret = '' } = parseAgentToken(token) ?? {};
  const body = JSON.stringify(content);
  const signature = sign(signingKeyOf(secret), { timestampMs, nonce, method: 'POST', path, body });
  return api.inject({
    method: 'POST',
    url: path,
    payload: signing.body ?? body,
    headers: {
      'content-type': 'application/json',
      [agentHeaders.key]: id,
      [agentHeaders.timestamp]: String(timestampMs),
      [agentHeaders.nonce]: nonce,
      [agentHeaders.signature]: signature,
    },
  });
}
