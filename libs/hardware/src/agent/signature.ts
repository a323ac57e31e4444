/** @file How a measuring agent signs what it sends, and how the service tells that it did. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed: a signature of one request is none of another. */
export interface SignedRequest {
  /** Unix time, ms. */
  readonly timestampMs: number;
  /** Never twice from one agent. */
  readonly nonce: string;
  readonly method: string;
  /** With the query, as it is sent. */
  readonly path: string;
  readonly body: string;
}

/**
 * The key of the HMAC: SHA-256 of the secret, so that the secret itself need not be stored to verify.
 * Whoever reads the stored key can sign with it, so it is a secret as well.
 */
export const signingKeyOf = (secret: string): Buffer =>
  createHash('sha256').update(secret, 'utf8').digest();

/** HMAC-SHA256 over timestamp, nonce, method, path and body, each ended by a line feed but the last; hexadecimal. */
export function sign(signingKey: Uint8Array, request: SignedRequest): string {
  const { timestampMs, nonce, method, path, body } = request;
  const text = [String(timestampMs), nonce, method.toUpperCase(), path, body].join('\n');
  return createHmac('sha256', signingKey).update(text, 'utf8').digest('hex');
}

/** Whether `signature` (hexadecimal) is that of the request; takes equally long for every wrong one. */
export function isSignedBy(
  signingKey: Uint8Array,
  request: SignedRequest,
  signature: string,
): boolean {
  const given = Buffer.from(signature, 'hex');
  const expected = Buffer.from(sign(signingKey, request), 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The text an agent is given: which key it is, and the secret. */
export const agentToken = (id: string, secret: string): string => `sxa_${id}_${secret}`;

const token = /^sxa_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([\w-]{20,200})$/;

/** Key id and secret of a token, or null where it is none. */
export function parseAgentToken(text: string): { id: string; secret: string } | null {
  const [, id, secret] = token.exec(text.trim()) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}
