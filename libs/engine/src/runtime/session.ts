/** @file One model loaded in ONNX Runtime. The only importer of onnxruntime-node. */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

// The package is CommonJS with a native binding; require keeps it out of bundles and loads it once per process.
const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
// What it has to say comes as exceptions too; its lines on stderr would be the only ones that nobody asked for.
ort.env.logLevel = 'fatal';

/** Where ONNX Runtime computes. */
export const executionProviders = ['cpu', 'cuda', 'webgpu'] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

export interface SessionOptions {
  readonly threads: number;
  /** `none` creates a large training session 3–5 times faster and hardly slows a step. */
  readonly optimization: 'none' | 'all';
  /**
   * `planned` (default): the second run lays out one block for all values beside what the first run took. 5 µs faster a
   * run, and up to twice the memory: training takes memory `asNeeded`.
   */
  readonly allocation?: 'planned' | 'asNeeded';
  /** By default the processor. */
  readonly executionProvider?: ExecutionProvider;
}

export type TensorData = Float32Array | BigInt64Array | Uint8Array;

export interface Tensor {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/** Element types, beyond our own, of tensors that can be fed to a model from elsewhere. */
export type FeedType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'string'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64';

/** A tensor whose element type its array does not tell: float16 comes as uint16 bits, bool as uint8. */
export interface TypedTensor {
  readonly type: FeedType;
  readonly data: ArrayBufferView | readonly string[];
  readonly dims: readonly number[];
}

export type Feed = Tensor | TypedTensor;

const dtypeOf = (data: TensorData): 'float32' | 'int64' | 'uint8' => {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof BigInt64Array ? 'int64' : 'uint8';
};

function toOrt(feed: Feed): Ort.Tensor {
  const type = 'type' in feed ? feed.type : dtypeOf(feed.data);
  return new ort.Tensor(type as 'float32', feed.data as Float32Array, feed.dims);
}

export class Session {
  private constructor(private readonly session: Ort.InferenceSession) {}

  /** Loads a serialised model. Numeric work blocks the event loop: use it in a thread or process of its own. */
  static async create(model: Uint8Array, options: SessionOptions): Promise<Session> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [options.executionProvider ?? 'cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      // Threads spin for the next op, briefly and only within a run: those of several sessions would starve each other.
      extra: {
        session: {
          force_spinning_stop: '1',
          intra_op: { allow_spinning: '1', spin_duration_us: '30' },
        },
      },
      graphOptimizationLevel: options.optimization === 'none' ? 'disabled' : 'all',
      enableMemPattern: options.allocation !== 'asNeeded',
      logSeverityLevel: 3,
    });
    return new Session(session);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  /** Runs the model; only the outputs in `fetches` are computed for the caller (default: all). */
  async run(
    feeds: Readonly<Record<string, Feed>>,
    fetches: readonly string[] = this.session.outputNames,
  ): Promise<Record<string, Tensor>> {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]),
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
