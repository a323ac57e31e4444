/** @file What data sets there are, and enough about each to refuse a search that cannot use it. */
import {
  listDatasets,
  openDataset,
  openSceneDataset,
  type DatasetSummary,
} from '@sextant/datasets';
import type { CountedScenes, DatasetShape } from '@sextant/evaluation';

/** Reading a data set takes a moment; what was read is believed for this long. */
const freshMs = 60_000;

export interface CountedShape extends DatasetShape {
  readonly testCount: number;
}

interface Known<Shape> {
  readonly shape: Shape;
  readonly untilMs: number;
}

export class DatasetCatalogue {
  private readonly known = new Map<string, Known<CountedShape>>();
  private readonly knownScenes = new Map<string, Known<CountedScenes>>();

  /** `root` is the folder of the user's own data sets. */
  constructor(private readonly root: string) {}

  list(): Promise<DatasetSummary[]> {
    return listDatasets({ root: this.root });
  }

  /**
   * @throws {DatasetNotFoundError} no data set has this id
   * @throws {DatasetFormatError} it cannot be read
   * @throws {ValidationError} it holds images of one label each
   */
  scenesOf(id: string): Promise<CountedScenes> {
    return remembered(this.knownScenes, id, async () => {
      const { train, test, ...scenes } = await openSceneDataset(id, { root: this.root });
      const { channels, height, width, classes, mean, standardDeviation } = scenes;
      const shape = { channels, height, width, classes, mean, standardDeviation };
      return { id, ...shape, trainCount: train.count, testCount: test.count };
    });
  }

  /**
   * @throws {DatasetNotFoundError} no data set has this id
   * @throws {DatasetFormatError} it cannot be read
   * @throws {ValidationError} it holds scenes
   */
  shapeOf(id: string): Promise<CountedShape> {
    return remembered(this.known, id, () => this.readShape(id));
  }

  private async readShape(id: string): Promise<CountedShape> {
    const { channels, height, width, classes, train, test } = await openDataset(id, {
      root: this.root,
    });
    return {
      id,
      channels,
      height,
      width,
      classes,
      trainCount: train.count,
      testCount: test.count,
    };
  }
}

async function remembered<Shape>(
  known: Map<string, Known<Shape>>,
  id: string,
  read: () => Promise<Shape>,
): Promise<Shape> {
  const before = known.get(id);
  if (before && before.untilMs > performance.now()) return before.shape;
  const shape = await read();
  known.set(id, { shape, untilMs: performance.now() + freshMs });
  return shape;
}
