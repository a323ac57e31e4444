/** @file Lets a measuring agent in by its signature: fresh, seen for the first time, and of a key of that profile. */
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AgentRefusedError } from '@sextant/common';
import { agentHeaders, AgentSignature } from '@sextant/contracts';
import { isSignedBy } from '@sextant/hardware';
import { AgentKeyRepository, type StoredAgentKey } from '@sextant/persistence';
import type { FastifyRequest } from 'fastify';
import { rawBody } from '../http/raw-body';

const agents = new WeakMap<FastifyRequest, StoredAgentKey>();

/** Whose request it is, behind the guard. */
export function agentOf(request: FastifyRequest): StoredAgentKey {
  const agent = agents.get(request);
  if (agent === undefined) throw new AgentRefusedError('the request is not signed by an agent');
  return agent;
}

const refusals = {
  stale: 'the timestamp is more than 5 minutes off; set this machine’s clock',
  replayed: 'this signature was used before; sign every request with a new nonce',
};

@Injectable()
export class AgentGuard implements CanActivate {
  constructor(@Inject(AgentKeyRepository) private readonly keys: AgentKeyRepository) {}

  /** @throws {AgentRefusedError} the reason */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { key: id, timestampMs, nonce, signature } = signatureOf(request);
    const key = await this.keys.find(id);
    const { method, url: path } = request;
    const signed = { timestampMs, nonce, method, path, body: rawBody(request) };
    // one answer for an unknown key, a revoked one and a wrong signature
    if (key === null || !isSignedBy(key.signingKey, signed, signature)) {
      throw new AgentRefusedError('the signature does not fit, or the key is unknown or revoked');
    }
    const { profile } = request.params as { readonly profile: string };
    if (key.profile !== profile) {
      throw new AgentRefusedError(`this key is of hardware profile ${key.profile}`);
    }
    const verdict = await this.keys.accept(id, timestampMs, signature);
    if (verdict !== 'accepted') throw new AgentRefusedError(refusals[verdict]);
    agents.set(request, key);
    return true;
  }
}

function signatureOf({ headers }: FastifyRequest): AgentSignature {
  const given = AgentSignature.safeParse({
    key: headers[agentHeaders.key],
    timestampMs: headers[agentHeaders.timestamp],
    nonce: headers[agentHeaders.nonce],
    signature: headers[agentHeaders.signature],
  });
  if (given.success) return given.data;
  throw new AgentRefusedError(
    `sign the request with the headers ${Object.values(agentHeaders).join(', ')}`,
  );
}
