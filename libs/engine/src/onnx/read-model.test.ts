import { MalformedModelError, NasError, rng, UnsupportedModelError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import {
  edited,
  externalWeights,
  foreignModel,
  graphProto,
  nodeProto,
  oneConvolution,
  ones,
  valueInfo,
} from '../../testing';
import { axisDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { plain } from '../graph/value';
import { relu } from '../ops/relu';
import { Session } from '../runtime/session';
import { DataLocation, type ModelProto } from './protobuf';
import { newestIrVersion, newestOpset, operatorCounts, readModel } from './read-model';
import { writeModel } from './write-model';

const first = <T>(items: readonly T[]): T => items[0] as T;
const graphOf = ({ graph }: ModelProto) => graph!;
const refusalOf = (bytes: Uint8Array): NasError | null => {
  try {
    readModel(bytes);
    return null;
  } catch (error) {
    return error as NasError;
  }
};

describe('a model that is read', () => {
  it('tells what it takes, gives, needs and says of itself', () => {
    const model = readModel(oneConvolution());
    expect(model.inputs).toEqual([
      { name: 'x', elementType: 'float32', isTensor: true, dims: [1, 3, 16, 16] },
    ]);
    expect(model.outputs).toEqual([
      { name: 'y', elementType: 'float32', isTensor: true, dims: null },
    ]);
    expect([...model.initializers.keys()]).toEqual(['w', 'b']);
    expect(model).toMatchObject({ irVersion: 9, opsets: { '': 17 }, producer: 'sextant 1' });
    expect(model.metadata).toEqual({ names: "{0: 'cat', 1: 'dog'}" });
    expect(operatorCounts(model)).toEqual({ Conv: 1 });
  });
  it('is one that Sextant writes, its open batch named', () => {
    const graph = new Graph();
    graph.output('y', relu(graph.input('x', plain([axisDim('x', 0), 4]))));
    const lowering = { featureOrder: 'NCHW', blockChannels: null } as const;
    const model = readModel(writeModel(graph, { lowering, metadata: { classes: 'a,b' } }));
    const [batch, features] = first(model.inputs).dims!;
    expect([typeof batch, features, model.metadata]).toEqual(['string', 4, { classes: 'a,b' }]);
  });
  it('feeds no input that has a stored default, and takes −1 for an open size', () => {
    const bytes = edited(oneConvolution(), (model) => {
      const { input } = graphOf(model);
      input.push(valueInfo('w', 'float32', [8, 3, 3, 3]));
      const type = first(input).type!.value.value as { shape: { dim: { value: object }[] } };
      type.shape.dim[0]!.value = { case: 'dimValue', value: -1n };
    });
    const { inputs } = readModel(bytes);
    expect(inputs.map(({ name, dims }) => [name, dims])).toEqual([['x', [null, 3, 16, 16]]]);
  });
});

describe('a model that is refused', () => {
  it.each([
    ['empty', new Uint8Array()],
    ['text', new TextEncoder().encode('<!DOCTYPE html><p>404 Not Found')],
    ['zeros', new Uint8Array(64)],
    ['a model without its graph', edited(oneConvolution(), (model) => delete model.graph)],
    ['one without operator sets', edited(oneConvolution(), (model) => (model.opsetImport = []))],
  ])('is %s', (_, bytes) => {
    expect(refusalOf(bytes)).toBeInstanceOf(MalformedModelError);
  });

  const conditional = () => {
    const arm = (name: string) =>
      graphProto({
        name,
        nodes: [],
        initializers: [ones('k', [1])],
        outputs: [valueInfo('k', 'float32')],
      });
    const arms = { then_branch: arm('then'), else_branch: arm('else') };
    return foreignModel({
      nodes: [nodeProto('If', 'if', ['c'], ['y'], arms)],
      inputs: {},
      outputs: ['y'],
    });
  };
  it.each([
    ['an initializer', externalWeights()],
    [
      'an arm of a condition',
      edited(conditional(), (model) => {
        const arm = first(graphOf(model).node).attribute[1]!.g!;
        first(arm.initializer).dataLocation = DataLocation.EXTERNAL;
      }),
    ],
    [
      'a Constant',
      edited(oneConvolution(), (model) => {
        const { node, initializer } = graphOf(model);
        const [weights] = initializer.splice(0, 1);
        const constant = nodeProto('Constant', 'c', [], ['w']);
        weights!.dataLocation = DataLocation.EXTERNAL;
        constant.attribute.push(
          ...nodeProto('Constant', '', [], [], { value: { int: 0 } }).attribute,
        );
        Object.assign(first(constant.attribute), { t: weights });
        node.unshift(constant);
      }),
    ],
  ])('keeps the data of %s in another file', (_, bytes) => {
    const refusal = refusalOf(bytes);
    expect(refusal).toBeInstanceOf(UnsupportedModelError);
    expect(refusal?.message).toMatch(/another file.*save the model with its data inside/);
  });

  it.each([
    ['[9,3,3,3] of float32, needs 972 bytes and holds 864', [9n, 3n, 3n, 3n], 1],
    [`[${2n ** 40n},${2n ** 40n}] of float32, needs`, [2n ** 40n, 2n ** 40n], 1],
    ['has the size -8', [-8n, 3n, 3n, 3n], 1],
    ['unknown element type 99', [8n, 3n, 3n, 3n], 99],
    ['of float16, needs 432 bytes and holds 864', [8n, 3n, 3n, 3n], 10],
    ['of int4, needs 108 bytes and holds 864', [8n, 3n, 3n, 3n], 22],
    ['of string, needs 216 strings and holds 0', [8n, 3n, 3n, 3n], 8],
  ])('declares %s', (words, dims, dataType) => {
    const bytes = edited(oneConvolution(), (model) =>
      Object.assign(first(graphOf(model).initializer), { dims, dataType }),
    );
    const refusal = refusalOf(bytes);
    expect(refusal).toBeInstanceOf(MalformedModelError);
    expect(refusal?.message).toContain(words);
  });

  it('is newer than the runtime, which opens exactly the versions that are read', async () => {
    const withVersions = (irVersion: number, opset: number) =>
      edited(oneConvolution(), (model) => {
        model.irVersion = BigInt(irVersion);
        first(model.opsetImport).version = BigInt(opset);
      });
    const open = async (bytes: Uint8Array) =>
      (await Session.create(bytes, { threads: 1, optimization: 'none' })).release();
    const newest = withVersions(newestIrVersion, newestOpset);
    expect(refusalOf(newest)).toBeNull();
    await open(newest);
    for (const [irVersion, opset] of [
      [newestIrVersion + 1, 17],
      [9, newestOpset + 1],
    ] as const) {
      const bytes = withVersions(irVersion, opset);
      expect(refusalOf(bytes)?.message).toMatch(/opens up to \d+: export it again/);
      await expect(open(bytes)).rejects.toThrow();
    }
  });
});

describe('a damaged model', () => {
  const bytes = oneConvolution();
  const isClear = (refusal: NasError | null): boolean =>
    refusal === null ||
    refusal instanceof MalformedModelError ||
    refusal instanceof UnsupportedModelError;

  it('is refused wherever it is cut before its operator set', () => {
    const refusals = Array.from(bytes, (_, length) => refusalOf(bytes.subarray(0, length)));
    expect(refusals.every(isClear)).toBe(true);
    // Only metadata follows the operator set, so the few prefixes that end behind it can be whole models.
    expect(refusals.filter((refusal) => refusal === null).length).toBeLessThanOrEqual(1);
  });
  it('never fails in another way when bytes are changed', () => {
    const draw = rng(7, 'changed bytes');
    for (let trial = 0; trial < 3000; trial++) {
      const changed = bytes.slice();
      // The front holds the structure, the middle is weights.
      for (let change = 0; change <= draw.int(4); change++) {
        const at = draw.int(2) === 0 ? draw.int(80) : draw.int(bytes.length);
        changed[at] = draw.int(256);
      }
      expect(isClear(refusalOf(changed))).toBe(true);
    }
  });
});
