/** @file `sextant inspect`: what a model file is, what it costs, and how fast it runs here. */
import { inspectModel } from '../inspect-model';
import { inputSizes } from '../input-sizes';
import { inspectionLines } from '../output/inspection';

export interface InspectOptions {
  readonly input: readonly string[];
  readonly threads: number;
  readonly runs: number;
  /** MiB. */
  readonly maxSize: number;
  /** MiB. */
  readonly maxMemory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

const mebibyte = 2 ** 20;

export async function inspect(file: string, options: InspectOptions): Promise<void> {
  const { threads, runs } = options;
  const inspection = await inspectModel(
    {
      file,
      inputs: inputSizes(options.input),
      threads,
      runs,
      maxFileBytes: options.maxSize * mebibyte,
    },
    { memoryBytes: options.maxMemory * mebibyte, timeoutMs: options.timeout * 1000 },
  );
  const text = options.json
    ? JSON.stringify({ file, ...inspection })
    : inspectionLines(inspection).join('\n');
  process.stdout.write(`${text}\n`);
}
