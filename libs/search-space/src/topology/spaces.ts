/** @file The topology spaces that come with Sextant, by name. */
import { parseTopologySpace, type TopologySpace } from './topology-space';

interface Repeated {
  readonly count: number;
  readonly width: number;
  readonly kernel: 3 | 5 | 7;
  readonly expansion: number;
  readonly squeezeExcite?: boolean;
}

const repeat = ({ count, ...block }: Repeated) =>
  Array.from({ length: count }, () => ({ squeezeExcite: false, ...block }));

/**
 * Blocks of FBNetV3-A, divided by resolution.
 * @see Dai et al. 2021, FBNetV3, arXiv:2006.02049; block tables of facebookresearch/mobile-vision
 * Differs: strided blocks pad as all others do; the published ones lose a row and a column at 1/16 and at 1/32.
 */
const fbNetV3A = parseTopologySpace({
  family: 'topology',
  name: 'fbnet-v3-a',
  input: { channels: 3 },
  activation: 'hard-swish',
  stem: { width: 16, blocks: repeat({ count: 2, width: 16, kernel: 3, expansion: 1 }) },
  paths: [
    [
      ...repeat({ count: 1, width: 24, kernel: 5, expansion: 4 }),
      ...repeat({ count: 3, width: 24, kernel: 5, expansion: 2 }),
    ],
    [
      ...repeat({ count: 1, width: 40, kernel: 5, expansion: 5, squeezeExcite: true }),
      ...repeat({ count: 4, width: 40, kernel: 5, expansion: 3, squeezeExcite: true }),
    ],
    [
      ...repeat({ count: 1, width: 72, kernel: 5, expansion: 5 }),
      ...repeat({ count: 4, width: 72, kernel: 3, expansion: 3 }),
      ...repeat({ count: 1, width: 120, kernel: 3, expansion: 5, squeezeExcite: true }),
      ...repeat({ count: 5, width: 120, kernel: 5, expansion: 3, squeezeExcite: true }),
    ],
    [
      ...repeat({ count: 1, width: 184, kernel: 3, expansion: 6, squeezeExcite: true }),
      ...repeat({ count: 5, width: 184, kernel: 5, expansion: 4, squeezeExcite: true }),
      ...repeat({ count: 1, width: 224, kernel: 5, expansion: 6, squeezeExcite: true }),
    ],
  ],
  stages: 3,
});

/** For 64×64 scenes on processor cores: the paths share the work about as FBNetV3-A's do. */
const scenes = (name: string, widths: readonly [number, number, number, number]) =>
  parseTopologySpace({
    family: 'topology',
    name,
    input: { channels: 1 },
    activation: 'relu6',
    stem: { width: 8, blocks: [] },
    paths: [
      repeat({ count: 2, width: widths[0], kernel: 5, expansion: 2 }),
      repeat({ count: 2, width: widths[1], kernel: 5, expansion: 3 }),
      [
        ...repeat({ count: 2, width: widths[2], kernel: 3, expansion: 3 }),
        ...repeat({ count: 2, width: widths[2], kernel: 5, expansion: 3 }),
      ],
      repeat({ count: 3, width: widths[3], kernel: 5, expansion: 4 }),
    ],
    stages: 3,
  });

/** Spaces of equal structure and other widths take each other's architectures. */
export const topologySpaces: Readonly<Record<TopologySpaceName, TopologySpace>> = {
  'fbnet-v3-a': fbNetV3A,
  'scenes-small': scenes('scenes-small', [8, 16, 40, 72]),
  'scenes-large': scenes('scenes-large', [16, 24, 64, 112]),
};

export type TopologySpaceName = 'fbnet-v3-a' | 'scenes-small' | 'scenes-large';
