/** @file The maps that ReLUs read, each looked at once however many read it. */
import {
  concat,
  greater,
  reshape,
  sampleProducts,
  scale,
  type Graph,
  type Value,
} from '@sextant/engine';
import { Gathered } from '../network/gathered';
import type { ActivationMap } from '../quantities';

export class ActivationMaps {
  /** 1 for each ReLU that runs, by what it reads. */
  private readonly readers = new Map<Value, Gathered>();

  constructor(private readonly graph: Graph) {}

  readonly onActivation = (input: Value): void => {
    const readers = this.readers.get(input) ?? new Gathered(this.graph, 0);
    this.readers.set(input, readers);
    readers.add(reshape(scale(this.graph.scalar(1), 1), [1]));
  };

  /** Units of each map. */
  get units(): readonly number[] {
    return [...this.readers.keys()].map(({ type }) =>
      (type.dims.slice(1) as number[]).reduce((a, b) => a * b, 1),
    );
  }

  /** Outputs: `open` [U,N,N], units open for two images, and `readers` [R], 0 or 1 for each ReLU, map by map. None without ReLUs. */
  output(): void {
    if (this.readers.size === 0) return;
    const zero = this.graph.scalar(0);
    const maps = new Gathered(this.graph, 0);
    for (const input of this.readers.keys()) maps.add(input);
    const open = maps.hoisted().map((input) => sampleProducts(greater(input, zero)));
    this.graph.output(
      'open',
      concat(
        open.map((it) => reshape(it, [1, ...it.type.dims])),
        0,
      ),
    );
    const readers = [...this.readers.values()].flatMap((it) => it.hoisted());
    this.graph.output('readers', concat(readers, 0));
  }

  /** ReLUs of each map. */
  get readerCounts(): readonly number[] {
    return [...this.readers.values()].map(({ values }) => values.length);
  }
}

/** The maps of one run, from the outputs of `ActivationMaps`. */
export function activationMaps(
  { units, readerCounts }: Pick<ActivationMaps, 'units' | 'readerCounts'>,
  open: Float32Array,
  readers: Float32Array,
): ActivationMap[] {
  const size = open.length / units.length;
  let first = 0;
  return units.map((count, at) => {
    const own = readers.subarray(first, (first += readerCounts[at] as number));
    return {
      open: open.subarray(at * size, (at + 1) * size),
      units: count,
      readers: own.reduce((sum, it) => sum + it, 0),
    };
  });
}
