/** @file Opens, counts and times a model that nobody vouches for, in a process that may be killed. */
import {
  MalformedModelError,
  messageOf,
  rng,
  UnsupportedModelError,
  ValidationError,
} from '@sextant/common';
import { countMacs, drawFeeds, operatorCounts, readModel, settleInputs } from '@sextant/engine';
import { measureLatency } from '@sextant/evaluation';
import type { InspectAnswer, Inspection, InspectRequest } from './inspection';
import { readModelFile } from './model-file';

/** Metadata values are cut here, so that an answer stays small; characters. */
const longestValue = 20_000;

/** Any fixed number: the contents of the inputs are the same in every run. */
const seed = 1;

async function inspect(request: InspectRequest): Promise<Inspection> {
  const { file, inputs, threads, runs, maxFileBytes } = request;
  const model = readModel(await readModelFile(file, maxFileBytes));
  const sizes = settleInputs(model, inputs);
  const feeds = drawFeeds(model, sizes, rng(seed, 'inspect'));
  const { outputDims, ...cost } = await countMacs(model, feeds);
  const latency = await measureLatency(model.bytes, feeds, runs, () => performance.now(), {
    threads,
  });
  return {
    fileBytes: model.bytes.length,
    irVersion: model.irVersion,
    opsets: model.opsets,
    producer: model.producer,
    metadata: Object.fromEntries(
      Object.entries(model.metadata).map(([key, value]) => [key, value.slice(0, longestValue)]),
    ),
    inputs: model.inputs.map((port) => ({ ...port, ranWith: sizes[port.name] ?? [] })),
    outputs: model.outputs.map((port) => ({ ...port, ranWith: outputDims[port.name] ?? [] })),
    ...cost,
    operators: operatorCounts(model),
    threads,
    latency,
  };
}

/** Characters. A name in the file can be as long as the file. */
const longestAnswer = 2 ** 23;
const longestError = 4000;

function bounded(answer: InspectAnswer): InspectAnswer {
  if ('error' in answer) return { ...answer, error: answer.error.slice(0, longestError) };
  if (JSON.stringify(answer).length <= longestAnswer) return answer;
  return { error: 'the names in it fill megabytes, so it is no model to work with', refused: true };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof MalformedModelError ||
  error instanceof UnsupportedModelError ||
  error instanceof ValidationError;

process.once('disconnect', () => process.exit(0));
process.once('message', (request: InspectRequest) => {
  void inspect(request)
    .then(
      (inspection): InspectAnswer => ({ inspection }),
      (error: unknown): InspectAnswer => ({ error: messageOf(error), refused: isRefusal(error) }),
    )
    .then((answer) => process.send?.(bounded(answer), () => process.exit(0)));
});
