/** @file All that a method carries from step to step, and the same as bytes. */
import { CheckpointCorruptError } from '@sextant/common';
import { z } from 'zod';

/** With (seed, settings, data) it determines the rest of a run. */
export interface TrainingState<Name extends string = string> {
  /** Steps done. */
  readonly step: number;
  /** Weights, moments, distributions, histories: whatever steps read and write. */
  readonly vectors: Readonly<Record<Name, Float32Array>>;
}

const formatName = 'sextant-training-2';

const Header = z.object({
  format: z.literal(formatName),
  method: z.string(),
  step: z.int().min(0),
  vectors: z.array(z.tuple([z.string(), z.int().min(0)])),
});

const newline = 0x0a;
const bytesPerNumber = Float32Array.BYTES_PER_ELEMENT;

/** A JSON line naming the method, step and vectors with their lengths, then the vectors as little-endian float32. */
export function encodeState(method: string, { step, vectors }: TrainingState): Uint8Array {
  const entries = Object.entries(vectors);
  const lengths = entries.map(([name, { length }]) => [name, length] as const);
  const header: z.infer<typeof Header> = {
    format: formatName,
    method,
    step,
    vectors: lengths.map(([name, length]) => [name, length]),
  };
  const head = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const total = lengths.reduce((sum, [, length]) => sum + bytesPerNumber * length, head.length);
  const bytes = new Uint8Array(total);
  bytes.set(head);
  let at = head.length;
  for (const [, { buffer, byteOffset, byteLength }] of entries) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/**
 * The state that was encoded, bit for bit.
 * @throws {CheckpointCorruptError} not a checkpoint, of another method, or cut short
 */
export function decodeState(method: string, bytes: Uint8Array): TrainingState {
  const end = bytes.indexOf(newline);
  const header = Header.safeParse(parseJson(bytes.subarray(0, Math.max(0, end))));
  if (!header.success) throw new CheckpointCorruptError('the checkpoint has no readable header');
  const { step, method: stored, vectors: lengths } = header.data;
  if (stored !== method) {
    throw new CheckpointCorruptError(`the checkpoint is of ${stored}, the search by ${method}`);
  }
  // A copy of its own: a Buffer's slice would share memory, at any alignment.
  const body = Uint8Array.from(bytes.subarray(end + 1));
  const needed = lengths.reduce((sum, [, length]) => sum + bytesPerNumber * length, 0);
  if (body.length !== needed) {
    throw new CheckpointCorruptError(`the checkpoint has ${body.length} bytes of ${needed}`);
  }
  let at = 0;
  const vectors = lengths.map(([name, length]) => {
    const vector = new Float32Array(body.buffer, at, length).slice();
    at += bytesPerNumber * length;
    return [name, vector] as const;
  });
  return { step, vectors: Object.fromEntries(vectors) };
}

/** How many numbers each vector must hold; null: any number of them. */
export type VectorLengths<Name extends string> = Readonly<Record<Name, number | null>>;

/** The state with its vectors by name. @throws {CheckpointCorruptError} one is missing or of another length */
export function requireVectors<Name extends string>(
  state: TrainingState,
  lengths: VectorLengths<Name>,
): TrainingState<Name> {
  for (const [name, length] of Object.entries<number | null>(lengths)) {
    const vector = state.vectors[name];
    if (vector && (length === null || vector.length === length)) continue;
    throw new CheckpointCorruptError(
      `the checkpoint holds ${vector?.length ?? 'no'} numbers of ${name}, this search needs ${length ?? 'some'}`,
    );
  }
  return state;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
