/** @file Sizes of tensors inside a model, as ONNX Runtime computes them: exact for any graph, open sizes included. */
import { messageOf, UnsupportedModelError } from '@sextant/common';
import { Session, type Feed } from '../runtime/session';
import { appendToModel, nodeProto, valueInfo } from './protobuf';
import type { ForeignModel } from './read-model';

/** For models that import only other domains; every runtime that reads our own models has it. */
const opsetOfShape = 17;

/** A prefix that no tensor of the model has. */
function freshPrefix({ scopes }: ForeignModel): string {
  const taken = scopes.flatMap(({ nodes }) => nodes.flatMap(({ output }) => output));
  let prefix = 'sextant.shape';
  while (taken.some((name) => name.startsWith(prefix))) prefix += '.';
  return prefix;
}

/**
 * Dims of the named tensors of the main graph, from one run. A `Shape` node per tensor is appended and only its result
 * fetched, so that large intermediate values are not kept.
 * @throws {UnsupportedModelError} ONNX Runtime does not open the model, or not run it on these feeds
 */
export async function runShapes(
  model: ForeignModel,
  names: readonly string[],
  feeds: Readonly<Record<string, Feed>>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const prefix = freshPrefix(model);
  const wanted = [...new Set(names)].map((name, at) => ({ name, shape: `${prefix}${at}` }));
  const probed = appendToModel(model.bytes, {
    nodes: wanted.map(({ name, shape }) => nodeProto('Shape', shape, [name], [shape])),
    outputs: wanted.map(({ shape }) => valueInfo(shape, 'int64')),
    ...(model.opsets[''] === undefined ? { domains: new Map([['', opsetOfShape]]) } : {}),
  });
  const session = await open(probed);
  try {
    const results = await session
      .run(
        feeds,
        wanted.map(({ shape }) => shape),
      )
      .catch((cause: unknown) => {
        throw refusal('does not run the model on these inputs', cause);
      });
    return new Map(
      wanted.map(({ name, shape }) => [name, Array.from(results[shape]?.data ?? [], Number)]),
    );
  } finally {
    await session.release();
  }
}

const open = (model: Uint8Array): Promise<Session> =>
  Session.create(model, { threads: 1, optimization: 'none' }).catch((cause: unknown) => {
    throw refusal('does not open the model', cause);
  });

/** Longest quotation of the runtime, in characters: a model can put its own text into it. */
const longestQuote = 600;

/** What to do about some of the runtime's complaints. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/not a registered function\/op|No Op registered/, 'export it with standard ONNX operators only'],
  [/Could not find an implementation/, 'export it again for opset 7 or later, in float32'],
];

function refusal(what: string, cause: unknown): UnsupportedModelError {
  const words = messageOf(cause).replace(/\s+/g, ' ').trim().slice(0, longestQuote);
  const [, hint] = hints.find(([pattern]) => pattern.test(words)) ?? [];
  const advice = hint === undefined ? '' : `; ${hint}`;
  return new UnsupportedModelError(`ONNX Runtime ${what}: ${words}${advice}`, { cause });
}
