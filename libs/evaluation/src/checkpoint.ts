/** @file Training state as bytes: a JSON header line, then θ and velocity as little-endian float32. */
import { CheckpointCorruptError } from '@sextant/common';
import type { TrainingState } from '@sextant/supernet';
import { z } from 'zod';

const Header = z.object({
  format: z.literal('sextant-training-1'),
  step: z.int().min(0),
  parameters: z.int().min(1),
});

const newline = 0x0a;

export function encodeCheckpoint({ step, theta, velocity }: TrainingState): Uint8Array {
  const header = { format: 'sextant-training-1', step, parameters: theta.length };
  const head = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const bytes = new Uint8Array(head.length + 8 * theta.length);
  bytes.set(head);
  bytes.set(bytesOf(theta), head.length);
  bytes.set(bytesOf(velocity), head.length + 4 * theta.length);
  return bytes;
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * @param parameters the number of weights the space needs
 * @throws {CheckpointCorruptError} not a checkpoint, of another space, or cut short
 */
export function decodeCheckpoint(bytes: Uint8Array, parameters: number): TrainingState {
  const end = bytes.indexOf(newline);
  const header = Header.safeParse(parseJson(bytes.subarray(0, Math.max(0, end))));
  if (!header.success) throw new CheckpointCorruptError('the checkpoint has no readable header');
  const { step, parameters: stored } = header.data;
  if (stored !== parameters) {
    throw new CheckpointCorruptError(
      `the checkpoint holds ${stored} weights, the space needs ${parameters}`,
    );
  }
  // A copy of its own: a Buffer's slice would share memory, at any alignment.
  const body = Uint8Array.from(bytes.subarray(end + 1));
  if (body.length !== 8 * parameters) {
    throw new CheckpointCorruptError(
      `the checkpoint has ${body.length} bytes of ${8 * parameters}`,
    );
  }
  const values = new Float32Array(body.buffer);
  return { step, theta: values.slice(0, parameters), velocity: values.slice(parameters) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
