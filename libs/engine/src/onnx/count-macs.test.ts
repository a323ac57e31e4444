import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import { rng, UnsupportedModelError } from '@sextant/common';
import { TypeProto_SequenceSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import {
  edited,
  foreignModel,
  graphProto,
  nodeProto,
  oneConvolution,
  ones,
  valueInfo,
  type ForeignParts,
} from '../../testing';
import { axisDim } from '../graph/dims';
import { countMacs } from './count-macs';
import { drawFeeds, settleInputs, type InputDims } from './model-feeds';
import { readModel } from './read-model';

async function cost(bytes: Uint8Array, given: InputDims = {}) {
  const model = readModel(bytes);
  return countMacs(model, drawFeeds(model, settleInputs(model, given), rng(1)));
}

const one = (
  opType: string,
  attributes: Parameters<typeof nodeProto>[4],
  inputs: ForeignParts['inputs'],
  weights: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array =>
  foreignModel({
    nodes: [
      nodeProto(opType, 'n', [...Object.keys(inputs), ...Object.keys(weights)], ['y'], attributes),
    ],
    inputs,
    outputs: ['y'],
    initializers: Object.entries(weights).map(([name, dims]) => ones(name, dims)),
  });

describe('multiply–accumulates', () => {
  it.each([
    ['a convolution', oneConvolution(), 8 * 16 * 16 * 3 * 9],
    [
      'one with groups, stride and dilation', // output ⌊(15 + 2·2 − 2·2 − 1) / 2⌋ + 1 = 8
      one(
        'Conv',
        {
          group: { int: 2 },
          strides: { ints: [2, 2] },
          dilations: { ints: [2, 2] },
          pads: { ints: [2, 2, 2, 2] },
        },
        { x: [2, 4, 15, 15] },
        { w: [6, 2, 3, 3] },
      ),
      2 * 6 * 8 * 8 * 2 * 9,
    ],
    [
      'one that pads by itself', // output ⌈7 / 2⌉ = 4
      one(
        'Conv',
        { auto_pad: { string: 'SAME_UPPER' }, strides: { ints: [2] } },
        { x: [1, 3, 7] },
        { w: [5, 3, 4] },
      ),
      5 * 4 * 3 * 4,
    ],
    [
      'one whose weights are an input',
      one('Conv', {}, { x: [1, 3, 8, 8], w: [4, 3, 1, 1] }),
      4 * 64 * 3,
    ],
    [
      'a transposed convolution',
      one('ConvTranspose', { strides: { ints: [2, 2] } }, { x: [1, 4, 5, 5] }, { w: [4, 6, 3, 3] }),
      4 * 25 * 6 * 9,
    ],
    [
      'Gemm, both transposed',
      one('Gemm', { transA: { int: 1 }, transB: { int: 1 } }, { a: [7, 3] }, { b: [5, 7] }),
      3 * 5 * 7,
    ],
    [
      'MatMul with broadcasting',
      one('MatMul', {}, { a: [2, 1, 3, 4] }, { b: [5, 4, 6] }),
      2 * 5 * 3 * 6 * 4,
    ],
    ['MatMul of vectors', one('MatMul', {}, { a: [9] }, { b: [9] }), 9],
    [
      'an LSTM', // T 5, N 2, I 3, H 4: four gates
      one('LSTM', { hidden_size: { int: 4 } }, { x: [5, 2, 3] }, { w: [1, 16, 3], r: [1, 16, 4] }),
      5 * 2 * 16 * (3 + 4),
    ],
    ['nothing that accumulates', one('Relu', {}, { x: [1, 8] }), 0],
  ])('of %s', async (_, bytes, expected) => {
    expect(await cost(bytes)).toMatchObject({ macs: expected, notCounted: [] });
  });

  it('follow the sizes that are given', async () => {
    const height = axisDim('x', 2);
    const bytes = one('Conv', {}, { x: [axisDim('x', 0), 3, height, height] }, { w: [4, 3, 1, 1] });
    await expect(cost(bytes)).rejects.toThrow(/give its open sizes, as in --input x=1x3x32x32/);
    await expect(cost(bytes, { x: [1, 4, 8, 8] })).rejects.toThrow(
      /so it cannot be \[1, 4, 8, 8\]/,
    );
    await expect(cost(bytes, { z: [1] })).rejects.toThrow(/has no input "z"; its inputs: x/);
    await expect(cost(bytes, { x: [4000, 3, 100, 100] })).rejects.toThrow(/choose a smaller size/);
    expect((await cost(bytes, { x: [2, 3, 8, 8] })).macs).toBe(2 * 4 * 64 * 3);
  });

  it('need a size where not even a rank is declared; an open batch is 1', async () => {
    const open = one('Relu', {}, { x: undefined });
    await expect(cost(open)).rejects.toThrow(/does not declare the size of input "x"/);
    expect((await cost(open, { x: [] })).outputDims).toEqual({ y: [] });
    const batch = one('MatMul', {}, { x: [axisDim('x', 0), 3] }, { w: [3, 5] });
    expect(await cost(batch)).toMatchObject({ macs: 15, outputDims: { y: [1, 5] } });
  });

  it('of arms, bodies, and products without a rule are listed instead', async () => {
    const arm = (name: string) =>
      graphProto({
        name,
        nodes: [
          nodeProto('MatMul', '', ['x', 'w'], [name]),
          nodeProto('Relu', '', [name], ['unused']),
        ],
        outputs: [valueInfo(name, 'float32')],
      });
    const arms = { then_branch: arm('t'), else_branch: arm('e') };
    const bytes = foreignModel({
      nodes: [
        nodeProto('ReduceSum', '', ['x'], ['sum'], { keepdims: { int: 0 } }),
        nodeProto('Cast', '', ['sum'], ['condition'], { to: { int: 9 } }),
        nodeProto('If', 'choice', ['condition'], ['chosen'], arms),
        nodeProto('Einsum', '', ['chosen', 'w'], ['y'], { equation: { string: 'ij,jk->ik' } }),
      ],
      inputs: { x: [2, 3] },
      outputs: ['y'],
      initializers: [ones('w', [3, 3])],
    });
    expect(await cost(bytes)).toMatchObject({
      macs: 0,
      paramCount: 9,
      notCounted: [
        { operator: 'Einsum', where: 'the graph', count: 1 },
        { operator: 'MatMul', where: 'If "choice"', count: 1 },
        { operator: 'MatMul', where: 'If "choice"', count: 1 },
      ],
    });
  });

  it('need no declared type of an output', async () => {
    const bytes = edited(oneConvolution(), ({ graph }) => {
      delete graph!.output[0]!.type;
    });
    expect(await cost(bytes)).toMatchObject({ macs: 55_296, outputDims: { y: [1, 8, 16, 16] } });
  });

  it('are refused where ONNX Runtime does not know an operator or cannot run it', async () => {
    const custom = foreignModel({
      nodes: [nodeProto('Sparkle', '', ['x'], ['y'], {}, 'org.example')],
      inputs: { x: [1] },
      outputs: ['y'],
      domains: new Map([
        ['', 17],
        ['org.example', 1],
      ]),
    });
    await expect(cost(custom)).rejects.toThrow(UnsupportedModelError);
    await expect(cost(custom)).rejects.toThrow(
      /Sparkle.*export it with standard ONNX operators only/,
    );
    const sequence = edited(one('Relu', {}, { x: [1] }), ({ graph }) => {
      const type = graph!.output[0]!.type!;
      type.value = { case: 'sequenceType', value: create(TypeProto_SequenceSchema) };
    });
    await expect(cost(sequence)).rejects.toThrow(/"y" is of kind sequence; only models that take/);
    const mismatched = one('MatMul', {}, { a: [axisDim('a', 0), axisDim('a', 1)] }, { b: [3, 3] });
    await expect(cost(mismatched, { a: [1, 4] })).rejects.toThrow(
      /does not run the model on these/,
    );
  });
});

describe('parameters', () => {
  it('are stored numbers, not sizes or indices', async () => {
    const bytes = foreignModel({
      nodes: [
        nodeProto('Reshape', '', ['x', 'shape'], ['flat']),
        nodeProto('Gemm', '', ['flat', 'w'], ['y']),
      ],
      inputs: { x: [1, 2, 2] },
      outputs: ['y'],
      initializers: [ones('w', [4, 3])],
    });
    const whole = edited(bytes, ({ graph }) => {
      graph!.initializer.push({ ...ones('shape', [2]), dataType: 7, rawData: int64Bytes([1, 4]) });
    });
    expect(await cost(whole)).toMatchObject({ paramCount: 12, macs: 12 });
  });
});

const int64Bytes = (values: readonly number[]) =>
  new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);

const landmarks = path.join(
  process.env['SEXTANT_DATA'] ?? path.join(import.meta.dirname, '../../../../../shared/data'),
  'onnx/proxyless_landmark_pfld.onnx',
);
const without = existsSync(landmarks) ? '' : ' (skipped: no onnx folder in SEXTANT_DATA)';

describe.skipIf(without)(`a network from elsewhere${without}`, () => {
  /** Inverted residuals in order: in, middle and out channels, kernel, side of their output; read off the file by hand. */
  const blocks = [
    [8, 24, 16, 5, 28],
    [16, 48, 16, 3, 28],
    [16, 48, 16, 7, 14],
    [16, 48, 16, 3, 14],
    [16, 48, 16, 5, 14],
    [16, 48, 16, 5, 14],
    [16, 96, 24, 7, 7],
    [24, 72, 24, 5, 7],
    [24, 72, 24, 5, 7],
    [24, 72, 24, 5, 7],
    [24, 144, 32, 5, 7],
    [32, 96, 32, 5, 7],
    [32, 96, 32, 5, 7],
    [32, 96, 32, 5, 7],
    [32, 192, 64, 7, 4],
    [64, 384, 64, 7, 4],
    [64, 192, 64, 7, 4],
    [64, 192, 64, 7, 4],
    [64, 384, 96, 7, 4],
  ] as const;

  it('costs what a hand calculation gives', async () => {
    let side = 56; // 112, halved by the stem
    let expected = 16 * 3 * 9 * side ** 2; // stem
    expected += (16 * 9 + 16 * 8) * side ** 2; // first block, without expansion
    for (const [inChannels, middle, out, kernel, outSide] of blocks) {
      expected += inChannels * middle * side ** 2;
      expected += middle * (kernel ** 2 + out) * outSide ** 2;
      side = outSide;
    }
    expected += 96 * 384 * side ** 2; // last convolution
    expected += 432 * 196; // three pooled maps of 384, 32 and 16 channels
    const { macs, outputDims, notCounted } = await cost(readFileSync(landmarks));
    expect(macs).toBe(expected);
    expect(outputDims).toEqual({ headpose_feature: [1, 16, 28, 28], facial_landmark: [1, 196] });
    expect(notCounted).toEqual([]);
  });
});
