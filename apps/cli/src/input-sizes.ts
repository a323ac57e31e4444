/** @file `--input name=1x3x224x224`, read. */
import type { InputDims } from '@sextant/engine';
import { CommandFailed, exitStatus } from './exit-status';

/** The last `=` divides, for names may hold one; `name=` is a single value, of no axes. */
const pattern = /^(.+)=((?:\d+(?:x\d+)*)?)$/;

/** @throws {CommandFailed} `usage`: not of that form, or an input named twice */
export function inputSizes(texts: readonly string[]): InputDims {
  const sizes = new Map<string, number[]>();
  for (const text of texts) {
    const [, name, dims] = pattern.exec(text) ?? [];
    if (name === undefined || dims === undefined || sizes.has(name)) {
      const wrong = name === undefined ? 'write it like name=1x3x224x224' : 'it is given twice';
      throw new CommandFailed(`--input ${text}: ${wrong}`, exitStatus.usage);
    }
    sizes.set(name, dims === '' ? [] : dims.split('x').map(Number));
  }
  return Object.fromEntries(sizes);
}
