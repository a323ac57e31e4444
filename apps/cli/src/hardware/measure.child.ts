/** @file Times one model that somebody else made, in a process that may be killed and is used once. */
import {
  MalformedModelError,
  messageOf,
  rng,
  UnsupportedModelError,
  ValidationError,
} from '@sextant/common';
import { drawFeeds, readModel, settleInputs, type InputDims } from '@sextant/engine';
import { measureLatency, measureSteadily, type SteadyLatency } from '@sextant/evaluation';
import { readModelFile } from '../model-file';

export interface MeasureRequest {
  readonly file: string;
  readonly maxFileBytes: number;
  readonly batch: number;
  readonly threads: number;
  /** Of each repetition. */
  readonly runs: number;
  readonly tolerance: number;
  readonly mostRounds: number;
}

export type MeasureAnswer =
  | { readonly latency: SteadyLatency }
  /** `refused`: the file is at fault. */
  | { readonly error: string; readonly refused: boolean };

/** Any fixed number: the contents of the inputs are the same in every run. */
const seed = 1;

async function measure(request: MeasureRequest): Promise<SteadyLatency> {
  const { threads, runs, batch } = request;
  const model = readModel(await readModelFile(request.file, request.maxFileBytes));
  const sizes = withBatch(settleInputs(model, {}), batch);
  const feeds = drawFeeds(model, settleInputs(model, sizes), rng(seed, 'measure'));
  const once = () => measureLatency(model.bytes, feeds, runs, () => performance.now(), { threads });
  return measureSteadily(once, request);
}

/** An open first size is the batch; one that the model fixes otherwise is refused by `settleInputs`. */
const withBatch = (sizes: InputDims, batch: number): InputDims =>
  Object.fromEntries(
    Object.entries(sizes).map(([name, dims]) => [
      name,
      dims.length === 0 ? dims : [batch, ...dims.slice(1)],
    ]),
  );

const isRefusal = (error: unknown): boolean =>
  error instanceof MalformedModelError ||
  error instanceof UnsupportedModelError ||
  error instanceof ValidationError;

process.once('disconnect', () => process.exit(0));
process.once('message', (request: MeasureRequest) => {
  void measure(request)
    .then(
      (latency): MeasureAnswer => ({ latency }),
      (error: unknown): MeasureAnswer => ({
        error: messageOf(error).slice(0, 1000),
        refused: isRefusal(error),
      }),
    )
    .then((answer) => process.send?.(answer, () => process.exit(0)));
});
