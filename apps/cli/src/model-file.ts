/** @file A model file read whole, its size checked first. */
import { open } from 'node:fs/promises';
import { MalformedModelError, messageOf, UnsupportedModelError } from '@sextant/common';

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/**
 * @throws {UnsupportedModelError} the file is larger than `maxBytes`; nothing of it has been read
 * @throws {MalformedModelError} it cannot be read, is empty, or is no regular file
 */
export async function readModelFile(file: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new MalformedModelError(`it cannot be opened: ${messageOf(cause)}`, { cause });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new MalformedModelError('it is not a regular file');
    if (stat.size === 0) throw new MalformedModelError('it is empty; download it again');
    if (stat.size > maxBytes) {
      throw new UnsupportedModelError(
        `it has ${mebibytes(stat.size)} MiB and the limit is ${mebibytes(maxBytes)} MiB; raise it with --max-size if you trust the file`,
      );
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
