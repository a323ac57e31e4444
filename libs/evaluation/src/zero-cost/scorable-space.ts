/** @file What a zero-cost search needs to know of a space, the same for cells and for spaces given as data. */
import { InfeasibleConstraintError, InvalidArchitectureError, type Rng } from '@sextant/common';
import type { Architecture, CreateSearch, GivenArchitecture } from '@sextant/contracts';
import {
  allCells,
  canonicalCell,
  canonicalCells,
  canonicalHash,
  canonicalise,
  cellAt,
  cellCount,
  cellHash,
  cellIndex,
  cellKey,
  cellMacs,
  cellParams,
  choices,
  decode,
  encode,
  formatCell,
  macs,
  minArchitecture,
  paramCount,
  parseCell,
  requireCell,
  sample,
  type Encoding,
  type SearchSpace,
} from '@sextant/search-space';
import { MbconvArchitecture } from '@sextant/contracts';
import {
  cellFeatures,
  sequenceFeatures,
  type ArchitectureFeatures,
  type ScoredNetwork,
} from '@sextant/proxies';
import { resolveSpace } from '../request';

/** Of the images that the networks see; costs depend on it. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly classes: number;
}

/** One network, whichever of its names it was asked by. */
export interface DescribedArchitecture {
  /** Its canonical hash. */
  readonly id: string;
  readonly encoding: Encoding;
  readonly architecture: Architecture;
  readonly macs: number;
  readonly paramCount: number;
}

export interface ScorableSpace {
  readonly name: string;
  /** Every architecture, in a fixed order; null: too many. */
  all(): readonly Encoding[] | null;
  /** One name of each network, where all can be listed. */
  networks(): readonly Encoding[] | null;
  /**
   * Seeded, of those that fit; without replacement and as many as there are where all can be listed.
   * @throws {InfeasibleConstraintError} next to none fits
   */
  draw(count: number, rng: Rng, fits: (encoding: Encoding) => boolean): readonly Encoding[];
  /** @throws {InvalidArchitectureError} it is not in the space */
  parse(given: GivenArchitecture | Encoding): Encoding;
  /** By its official number. @throws {InvalidArchitectureError} the space has no such numbers, or not this one */
  at(index: number): Encoding;
  /** 32 hexadecimal digits of this very name; several may be one network. */
  keyOf(encoding: Encoding): string;
  idOf(encoding: Encoding): string;
  textOf(encoding: Encoding): string;
  /** Of the network. */
  costs(encoding: Encoding, image: ImageShape): Pick<DescribedArchitecture, 'macs' | 'paramCount'>;
  /** The official number of the network's representative; null: the space has no numbers. */
  numberOf(encoding: Encoding): number | null;
  describe(encoding: Encoding, image: ImageShape): DescribedArchitecture;
  /** What predictors read of a scored architecture; statistics in the order of its network are padded to `most`. */
  features(
    scored: ScoredNetwork & Pick<DescribedArchitecture, 'encoding' | 'macs' | 'paramCount'>,
    most: number,
  ): ArchitectureFeatures;
}

/** Draws for one architecture within limits: fewer than one in so many is as good as none. */
const mostTries = 2000;

export const cellSpaceName = 'nas-bench-201';

const inSpace = (encoding: Encoding): Encoding => {
  requireCell(encoding);
  return encoding;
};

function parseGivenCell(given: GivenArchitecture | Encoding): Encoding {
  if (typeof given === 'string') return parseCell(given);
  if (Array.isArray(given)) return inSpace(given as Encoding);
  if ('cell' in given) return parseCell(given.cell);
  throw new InvalidArchitectureError(
    `${JSON.stringify(given)} is no cell: give its official string`,
  );
}

/** Costs and text are those of the class's representative, which every cell of the class is scored as. */
export const cellSpace: ScorableSpace = {
  name: cellSpaceName,
  all: () => allCells(),
  networks: canonicalCells,
  draw(count, rng, fits) {
    const drawn: Encoding[] = [];
    for (const cell of rng.shuffle(allCells())) {
      if (drawn.length === count) break;
      if (fits(cell)) drawn.push(cell);
    }
    return drawn;
  },
  parse: parseGivenCell,
  at(index) {
    if (Number.isInteger(index) && index >= 0 && index < cellCount) return cellAt(index);
    throw new InvalidArchitectureError(`index ${index}: cells are numbered 0 to ${cellCount - 1}`);
  },
  keyOf: cellKey,
  idOf: cellHash,
  textOf: formatCell,
  costs(encoding, { channels, height, classes }) {
    const cell = canonicalCell(encoding);
    const scale = { resolution: height, imageChannels: channels, classes };
    return { macs: cellMacs(cell, scale), paramCount: cellParams(cell, scale) };
  },
  numberOf: (encoding) => cellIndex(canonicalCell(encoding)),
  describe(encoding, image) {
    const cell = canonicalCell(encoding);
    return {
      id: cellHash(cell),
      encoding: cell,
      architecture: { cell: formatCell(cell) },
      ...cellSpace.costs(cell, image),
    };
  },
  features: ({ encoding, ...scored }) => cellFeatures(encoding, scored),
};

function parseGivenMbconv(space: SearchSpace, given: GivenArchitecture | Encoding): Encoding {
  if (Array.isArray(given)) {
    decode(space, given as Encoding);
    return canonicalise(space, given as Encoding);
  }
  const architecture = MbconvArchitecture.safeParse(given);
  if (architecture.success) return encode(space, architecture.data);
  throw new InvalidArchitectureError(
    `${JSON.stringify(given)} is no architecture of ${space.name}: give its encoding`,
  );
}

export function mbconvScorable(space: SearchSpace): ScorableSpace {
  const idOf = (encoding: Encoding): string => canonicalHash(space, decode(space, encoding));
  const options = choices(space).map(({ values }) => values.length);
  const costsOf = (architecture: Parameters<typeof macs>[1]) => ({
    macs: macs(space, architecture),
    paramCount: paramCount(space, architecture),
  });
  return {
    name: space.name,
    all: () => null,
    networks: () => null,
    draw: (count, rng, fits) =>
      Array.from({ length: count }, (_, at) => {
        const own = rng.fork(at);
        for (let tries = 0; tries < mostTries; tries++) {
          const encoding = encode(space, sample(space, own));
          if (fits(encoding)) return encoding;
        }
        throw new InfeasibleConstraintError(
          `none of ${mostTries} random architectures of ${space.name} is within the limits; loosen them, or list architectures`,
          costsOf(minArchitecture(space)),
        );
      }),
    parse: (given) => parseGivenMbconv(space, given),
    at(index) {
      throw new InvalidArchitectureError(
        `index ${index}: the architectures of ${space.name} have no numbers; give the encoding`,
      );
    },
    keyOf: idOf,
    idOf,
    textOf: (encoding) => JSON.stringify(encoding),
    describe(encoding) {
      const architecture = decode(space, encoding);
      return {
        id: canonicalHash(space, architecture),
        encoding: canonicalise(space, encoding),
        architecture: JSON.parse(JSON.stringify(architecture)) as Architecture,
        ...costsOf(architecture),
      };
    },
    costs: (encoding) => costsOf(decode(space, encoding)),
    numberOf: () => null,
    features({ encoding, macs: cost, paramCount: size, ...scored }, most) {
      const oneHot = encoding.flatMap((chosen, at) =>
        Array.from({ length: options[at] as number }, (_, option) => Number(option === chosen)),
      );
      return sequenceFeatures({ macs: cost, paramCount: size, encoding: oneHot }, scored, most);
    },
  };
}

/** The cells of NAS-Bench-201 by their name, or a space by name or as data. @throws {InvalidSearchSpaceError} there is none */
export const scorableSpace = (space: CreateSearch['space']): ScorableSpace =>
  space === cellSpaceName ? cellSpace : mbconvScorable(resolveSpace(space));
