/** @file Identifiers: those that sort by the time they were made, and those that follow from a name. */
import { createHash, randomBytes } from 'node:crypto';

/** 48 bits of Unix ms, then version, variant and 74 random bits. @see RFC 9562 §5.7 */
export function uuidV7(nowMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  return withVersion(bytes, 7);
}

/** 122 bits of the name's SHA-256. @see RFC 9562 §5.8 and B.2 */
export const uuidOfName = (name: string): string =>
  withVersion(createHash('sha256').update(name).digest().subarray(0, 16), 8);

function withVersion(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
