/** @file An architecture as integers: one index into its values per choice, in a fixed order. */
import { InvalidArchitectureError } from '@sextant/common';
import type { Architecture, BlockChoice, StageChoice } from './architecture';
import type { SearchSpace, Stage } from './search-space';

/** One decision: where it sits and the values it may take. */
export interface Choice {
  readonly id: string;
  readonly values: readonly number[];
  /** The decision matters only while the stage is at least this deep. */
  readonly neededFrom: { readonly stage: number; readonly depth: number } | null;
}

export type Encoding = readonly number[];

type BlockField = 'kernel' | 'expansion';
const blockFields: readonly BlockField[] = ['kernel', 'expansion'];

const maxDepth = (stage: Stage): number => stage.depth.at(-1) as number;

function stageChoices(space: SearchSpace, stage: Stage, at: number): Choice[] {
  const id = `stages.${at}`;
  const once = (field: 'width' | 'depth'): Choice => ({
    id: `${id}.${field}`,
    values: stage[field],
    neededFrom: null,
  });
  const perField = blockFields.flatMap((field): Choice[] => {
    if (!space.perBlock.includes(field)) {
      return [{ id: `${id}.${field}`, values: stage[field], neededFrom: null }];
    }
    return Array.from({ length: maxDepth(stage) }, (_, block) => ({
      id: `${id}.blocks.${block}.${field}`,
      values: stage[field],
      neededFrom: { stage: at, depth: block + 1 },
    }));
  });
  return [once('width'), once('depth'), ...perField];
}

/** Every choice of the space, in encoding order: resolution, stem, stages in turn, head. */
export function choices(space: SearchSpace): readonly Choice[] {
  return [
    { id: 'resolution', values: space.resolution, neededFrom: null },
    { id: 'stem.width', values: space.stem.width, neededFrom: null },
    ...space.stages.flatMap((stage, at) => stageChoices(space, stage, at)),
    { id: 'head.width', values: space.head.width, neededFrom: null },
  ].filter((choice) => choice.values.length > 0);
}

/** Reads an encoding by choice id. @throws {InvalidArchitectureError} wrong length or index */
function reader(space: SearchSpace, encoding: Encoding): (id: string) => number {
  const all = choices(space);
  if (encoding.length !== all.length) {
    throw new InvalidArchitectureError(
      `an encoding of ${space.name} has ${all.length} indices, got ${encoding.length}`,
    );
  }
  const byId = new Map(
    all.map(({ id, values }, at) => {
      const index = encoding[at] as number;
      const value = Number.isInteger(index) ? values[index] : undefined;
      if (value === undefined) {
        throw new InvalidArchitectureError(
          `${id}: index ${index} is not in 0..${values.length - 1}`,
        );
      }
      return [id, value] as const;
    }),
  );
  return (id) => byId.get(id) as number;
}

/**
 * The architecture an encoding stands for.
 * @throws {InvalidArchitectureError} the length is wrong or an index is out of range
 */
export function decode(space: SearchSpace, encoding: Encoding): Architecture {
  const read = reader(space, encoding);
  const stages = space.stages.map((_, at): StageChoice => {
    const field = (block: number, name: BlockField): number =>
      read(
        space.perBlock.includes(name)
          ? `stages.${at}.blocks.${block}.${name}`
          : `stages.${at}.${name}`,
      );
    const blocks = Array.from(
      { length: read(`stages.${at}.depth`) },
      (_unused, block): BlockChoice =>
        Object.freeze({
          kernel: field(block, 'kernel'),
          expansion: field(block, 'expansion'),
        }),
    );
    return Object.freeze({ width: read(`stages.${at}.width`), blocks: Object.freeze(blocks) });
  });
  return Object.freeze({
    resolution: read('resolution'),
    stemWidth: read('stem.width'),
    stages: Object.freeze(stages),
    headWidth: space.head.width.length > 0 ? read('head.width') : null,
  });
}

/**
 * The one encoding of an architecture: choices that do not matter at its depths are 0.
 * @throws {InvalidArchitectureError} a value is not among those of its choice, or blocks of a stage disagree where
 * the space chooses once per stage, or a choice is missing
 */
export function encode(space: SearchSpace, architecture: Architecture): Encoding {
  if (architecture.stages.length !== space.stages.length) {
    throw new InvalidArchitectureError(
      `${space.name} has ${space.stages.length} stages, got ${architecture.stages.length}`,
    );
  }
  const encoding = choices(space).map(({ id, values, neededFrom }) => {
    const value = valueOf(architecture, id);
    if (neededFrom && depthOf(architecture, neededFrom.stage) < neededFrom.depth) return 0;
    const index = value === undefined ? -1 : values.indexOf(value);
    if (index < 0) {
      throw new InvalidArchitectureError(`${id} is ${value}, expected one of ${values.join(', ')}`);
    }
    return index;
  });
  requireUniformStages(space, architecture);
  requireNoExtraHead(space, architecture);
  return encoding;
}

const depthOf = ({ stages }: Architecture, stage: number): number =>
  stages[stage]?.blocks.length ?? 0;

function valueOf(architecture: Architecture, id: string): number | undefined {
  if (id === 'resolution') return architecture.resolution;
  if (id === 'stem.width') return architecture.stemWidth;
  if (id === 'head.width') return architecture.headWidth ?? undefined;
  const [, stageAt, field, blockAt, blockField] = id.split('.');
  const stage = architecture.stages[Number(stageAt)];
  if (field === 'width') return stage?.width;
  if (field === 'depth') return stage?.blocks.length;
  if (field === 'blocks') return stage?.blocks[Number(blockAt)]?.[blockField as BlockField];
  return stage?.blocks[0]?.[field as BlockField];
}

function requireUniformStages(space: SearchSpace, { stages }: Architecture): void {
  for (const field of blockFields) {
    if (space.perBlock.includes(field)) continue;
    stages.forEach(({ blocks }, at) => {
      if (blocks.some((block) => block[field] !== blocks[0]?.[field])) {
        throw new InvalidArchitectureError(
          `stages.${at}: ${space.name} chooses ${field} once per stage, got ${blocks.map((block) => block[field]).join(', ')}`,
        );
      }
    });
  }
}

function requireNoExtraHead(space: SearchSpace, { headWidth }: Architecture): void {
  if (space.head.width.length > 0 || headWidth === null) return;
  throw new InvalidArchitectureError(
    `head.width is ${headWidth}, but ${space.name} has no last convolution: expected null`,
  );
}

/** The same architecture with every index that does not matter set to 0. */
export const canonicalise = (space: SearchSpace, encoding: Encoding): Encoding =>
  encode(space, decode(space, encoding));

/** All smallest values. */
export const minArchitecture = (space: SearchSpace): Architecture =>
  decode(
    space,
    choices(space).map(() => 0),
  );

/** All largest values: the network that holds the supernet's weights. */
export const maxArchitecture = (space: SearchSpace): Architecture =>
  decode(
    space,
    choices(space).map(({ values }) => values.length - 1),
  );
