/** @file One model loaded in ONNX Runtime. The only importer of onnxruntime-node. */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

// The package is CommonJS with a native binding; require keeps it out of bundles and loads it once per process.
const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;

export interface SessionOptions {
  readonly threads: number;
  /** `none` creates a large training session 3–5 times faster and hardly slows a step. */
  readonly optimization: 'none' | 'all';
}

export type TensorData = Float32Array | BigInt64Array | Uint8Array;

export interface Tensor {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

const dtypeOf = (data: TensorData): 'float32' | 'int64' | 'uint8' => {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof BigInt64Array ? 'int64' : 'uint8';
};

export class Session {
  private constructor(private readonly session: Ort.InferenceSession) {}

  /** Loads a serialised model. Numeric work blocks the event loop: use it in a thread or process of its own. */
  static async create(model: Uint8Array, options: SessionOptions): Promise<Session> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: options.optimization === 'none' ? 'disabled' : 'all',
      logSeverityLevel: 3,
    });
    return new Session(session);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  /** Runs the model; only the outputs in `fetches` are computed for the caller (default: all). */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[] = this.session.outputNames,
  ): Promise<Record<string, Tensor>> {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, dims }]) => [
        name,
        new ort.Tensor(dtypeOf(data), data as Float32Array, dims),
      ]),
    );
    const results = await this.session.run(tensors, fetches);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        { data: data as TensorData, dims },
      ]),
    );
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
