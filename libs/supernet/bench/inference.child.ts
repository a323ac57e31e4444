/** @file In a process of its own: both sessions of each network at batch 1 and 64, in turn. Prints one JSON line. */
import { rng } from '@sextant/common';
import { median } from '@sextant/common/testing';
import { axisDim, Session } from '@sextant/engine';
import { foreignModel, nodeProto, tensorProto } from '@sextant/engine/testing';
import { maxArchitecture, searchSpaces, type SearchSpace } from '@sextant/search-space';
import { exportModel, type Statistics } from '../src/child-models';
import {
  staticSizes,
  blockLayers,
  networkLayers,
  stemLayer,
  type ConvNorm,
  initialWeights,
  parameterLayout,
} from '@sextant/networks';
import { mbNetSpace } from '../testing/mb-net-space';

const [warmUp, rounds] = [5, 41];
const options = { threads: 1, optimization: 'all' } as const;

/** Statistics that leave the weights as they are. */
function neutral(space: SearchSpace): Statistics {
  const { convNorms } = networkLayers(staticSizes(space, maxArchitecture(space)));
  return new Map(
    convNorms.map(({ name, outChannels }) => [
      name,
      {
        mean: new Float32Array(outChannels as number),
        variance: new Float32Array(outChannels as number).fill(1),
      },
    ]),
  );
}

/** The largest network of a space as its author would export it: folded convolutions, biases, clips. */
function plainModel(space: SearchSpace, side: number): Uint8Array {
  const sizes = staticSizes(space, maxArchitecture(space));
  const draw = rng(2, 'plain');
  const initializers = [
    tensorProto('zero', [], Float32Array.of(0)),
    tensorProto('six', [], Float32Array.of(6)),
  ];
  const weights = (name: string, dims: readonly number[]): string => {
    const size = dims.reduce((a, b) => a * b, 1);
    const scale = Math.sqrt(2 / (size / (dims[0] as number)));
    initializers.push(
      tensorProto(
        name,
        dims,
        Float32Array.from({ length: size }, () => scale * draw.normal()),
      ),
    );
    return name;
  };
  const nodes: ReturnType<typeof nodeProto>[] = [];
  const convolve = (x: string, layer: ConvNorm): string => {
    const { name, kind, activation, stride } = layer;
    const [co, ci, k] = [layer.outChannels, layer.inChannels, layer.kernel] as number[] as [
      number,
      number,
      number,
    ];
    const isDepthwise = kind === 'depthwise';
    const inputs = [
      x,
      weights(`${name}.w`, [co, isDepthwise ? 1 : ci, k, k]),
      weights(`${name}.b`, [co]),
    ];
    nodes.push(
      nodeProto('Conv', name, inputs, [name], {
        group: { int: isDepthwise ? co : 1 },
        kernel_shape: { ints: [k, k] },
        strides: { ints: [stride, stride] },
        pads: { ints: [k >> 1, k >> 1, k >> 1, k >> 1] },
      }),
    );
    if (activation === 'none') return name;
    nodes.push(nodeProto('Clip', `${name}.clip`, [name, 'zero', 'six'], [`${name}.clip`]));
    return `${name}.clip`;
  };
  let x = convolve('image', stemLayer(sizes));
  for (const block of sizes.blocks) {
    const { expand, depthwise, project } = blockLayers(block, sizes.activation);
    const wide = expand ? convolve(x, expand) : x;
    const y = convolve(convolve(wide, depthwise), project);
    if (block.hasShortcut) nodes.push(nodeProto('Add', `${y}.sum`, [x, y], [`${y}.sum`]));
    x = block.hasShortcut ? `${y}.sum` : y;
  }
  const features = sizes.blocks.at(-1)?.outChannels as number;
  nodes.push(
    nodeProto('GlobalAveragePool', 'pool', [x], ['pool']),
    nodeProto('Flatten', 'flat', ['pool'], ['flat']),
    nodeProto(
      'Gemm',
      'logits',
      ['flat', weights('fc.w', [space.classes, features]), weights('fc.b', [space.classes])],
      ['logits'],
      { transB: { int: 1 } },
    ),
  );
  return foreignModel({
    nodes,
    inputs: { image: [axisDim('image', 0), space.input.channels, side, side] },
    outputs: ['logits'],
    initializers,
  });
}

async function compare(space: SearchSpace, side: number, batch: number) {
  const { channels } = space.input;
  const format = {
    channels,
    height: side,
    width: side,
    mean: Array.from({ length: channels }, () => 0.5),
    standardDeviation: Array.from({ length: channels }, () => 0.25),
  };
  const layout = parameterLayout(space);
  const child = {
    space,
    architecture: maxArchitecture(space),
    layout,
    theta: initialWeights(layout, rng(1)),
  };
  const ours = await Session.create(exportModel(child, format, neutral(space), {}), options);
  const plain = await Session.create(plainModel(space, side), options);
  const draw = rng(3, 'pixels');
  const dims = [batch, channels, side, side];
  const length = dims.reduce((a, b) => a * b, 1);
  const pixels = Uint8Array.from({ length }, () => draw.int(256));
  const floats = Float32Array.from(pixels, (value) => (value / 255 - 0.5) / 0.25);
  const times: [number[], number[]] = [[], []];
  const timed = async (session: Session, data: Uint8Array | Float32Array): Promise<number> => {
    const start = performance.now();
    await session.run({ image: { data, dims } });
    return performance.now() - start;
  };
  for (let round = 0; round < warmUp + rounds; round++) {
    const [a, b] = [await timed(ours, pixels), await timed(plain, floats)];
    if (round < warmUp) continue;
    times[0].push(a);
    times[1].push(b);
  }
  await ours.release();
  await plain.release();
  const [medianMs, plainMedianMs] = [median(times[0]), median(times[1])];
  return {
    network: space.name,
    batch,
    medianMs,
    plainMedianMs,
    ratioToPlain: plainMedianMs / medianMs,
  };
}

const demo = searchSpaces['mbconv-fashion-mnist-v1'];
const compared = [
  await compare(demo, 28, 1),
  await compare(demo, 28, 64),
  await compare(mbNetSpace, 32, 1),
  await compare(mbNetSpace, 32, 64),
];
console.log(JSON.stringify({ compared, n: rounds }));
