import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CheckpointCorruptError } from '@sextant/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { latestCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint-file';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sextant-checkpoint-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const payload = (step: number) => Buffer.from(`weights after step ${step}`);
const write = (step: number) => writeCheckpoint(directory, step, payload(step)).file;
const latest = () => latestCheckpoint(directory, vi.fn());

describe('checkpoint files', () => {
  it('read back what was written, whatever the content', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
    const { file } = writeCheckpoint(directory, 7, bytes);
    expect(readCheckpoint(file)).toEqual({ step: 7, payload: Buffer.from(bytes) });
    expect(readCheckpoint(writeCheckpoint(directory, 8, new Uint8Array()).file).step).toBe(8);
  });

  it('keep two, by step and not by name length', () => {
    [9, 10, 100].forEach(write);
    expect(readdirSync(directory)).toEqual(['checkpoint-000000000010', 'checkpoint-000000000100']);
    expect(latest()).toEqual({ step: 100, payload: payload(100) });
  });

  it('leave no temporary file behind and ignore one that a crash left', () => {
    write(1);
    writeFileSync(path.join(directory, 'checkpoint-000000000002.99.tmp'), 'half');
    expect(latest()?.step).toBe(1);
  });

  it('know nothing of a directory that does not exist yet', () => {
    expect(latestCheckpoint(path.join(directory, 'new'), vi.fn())).toBeNull();
  });

  it('fall back past a corrupt one and say so', () => {
    write(1);
    truncateSync(write(2), 70);
    const onCorrupt = vi.fn();
    expect(latestCheckpoint(directory, onCorrupt)?.step).toBe(1);
    expect(onCorrupt).toHaveBeenCalledExactlyOnceWith(expect.any(CheckpointCorruptError));
  });

  it('refuse any single flipped bit', () => {
    const file = write(3);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.byteLength; at++) {
      const broken = Buffer.from(whole);
      broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
      writeFileSync(file, broken);
      expect(() => readCheckpoint(file)).toThrow(CheckpointCorruptError);
    }
  });

  it.each([
    [0, 'only 0 bytes'],
    [59, 'only 59 bytes'],
    [61, '1 bytes of content'],
  ])('refuse a file cut to %i bytes', (length, why) => {
    const file = write(3);
    truncateSync(file, length);
    expect(() => readCheckpoint(file)).toThrow(why);
  });
});
