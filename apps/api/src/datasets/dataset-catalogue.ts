/** @file What data sets there are, and enough about each to refuse a search that cannot use it. */
import { listDatasets, openDataset, type DatasetSummary } from '@sextant/datasets';
import type { DatasetShape } from '@sextant/evaluation';

/** Reading a data set takes a moment; what was read is believed for this long. */
const freshMs = 60_000;

export interface CountedShape extends DatasetShape {
  readonly testCount: number;
}

interface Known {
  readonly shape: CountedShape;
  readonly untilMs: number;
}

export class DatasetCatalogue {
  private readonly known = new Map<string, Known>();

  /** `root` is the folder of the user's own data sets. */
  constructor(private readonly root: string) {}

  list(): Promise<DatasetSummary[]> {
    return listDatasets({ root: this.root });
  }

  /**
   * @throws {DatasetNotFoundError} no data set has this id
   * @throws {DatasetFormatError} it cannot be read
   */
  async shapeOf(id: string): Promise<CountedShape> {
    const known = this.known.get(id);
    if (known && known.untilMs > performance.now()) return known.shape;
    const { channels, height, width, classes, train, test } = await openDataset(id, {
      root: this.root,
    });
    const shape = {
      id,
      channels,
      height,
      width,
      classes,
      trainCount: train.count,
      testCount: test.count,
    };
    this.known.set(id, { shape, untilMs: performance.now() + freshMs });
    return shape;
  }
}
