/** @file Files by content: the name of an artifact is its SHA-256, so storing twice stores once. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError, NotFoundError } from '@sextant/common';

export interface StoredArtifact {
  readonly sha256: string;
  readonly bytes: number;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes `bytes` so that `file` is there whole or not at all, also after a power cut. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.part`;
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

export class ArtifactStore {
  constructor(private readonly root: string) {}

  async put(bytes: Uint8Array): Promise<StoredArtifact> {
    const sha256 = sha256Of(bytes);
    const file = this.fileOf(sha256);
    await mkdir(path.dirname(file), { recursive: true });
    await writeDurably(file, bytes);
    return { sha256, bytes: bytes.length };
  }

  /** @throws {NotFoundError} no such artifact @throws {ConfigurationError} the file was altered */
  async get(sha256: string): Promise<Uint8Array> {
    const bytes = await readFile(this.fileOf(sha256)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      throw new NotFoundError(`artifact ${sha256} is not in the store`, { cause });
    });
    if (sha256Of(bytes) !== sha256) {
      throw new ConfigurationError(
        `artifact ${sha256} was altered on disk; restore it from a backup`,
      );
    }
    return bytes;
  }

  private fileOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new NotFoundError(`${sha256} is not a SHA-256`);
    return path.join(this.root, sha256.slice(0, 2), sha256);
  }
}
