/** @file A task as a plug-in: its head, its loss, and what its labels are; the search knows no more of it. */
import type { Dims, Tensor, Value } from '@sextant/engine';
import type { TopologyLayers } from '@sextant/networks';

/** Values of a graph, and tensors of a run, by name. */
export type Values = Readonly<Record<string, Value>>;
export type Tensors = Readonly<Record<string, Tensor>>;

/** What a network needs of a task. */
export interface TaskHead {
  readonly name: string;
  /** Paths whose maps the head reads: 0 is 1/4 of the image … 3 is 1/32. */
  readonly reads: readonly number[];
  /** From the four maps of the last stage; tensors are named under `heads.<name>`. */
  head(maps: readonly Value[], layers: TopologyLayers): Values;
  /** Tensors that the labels of a batch become, float32. */
  targetDims(batchSize: number): Readonly<Record<string, Dims>>;
  /** A scalar [], mean over the batch. */
  loss(outputs: Values, targets: Values): Value;
  /** What a trained network puts out; the batch may be a run-time size. */
  predictions(outputs: Values): Values;
}

/** A task: what its labels and predictions are, and how good predictions are. */
export interface SceneTask<Label, Prediction> extends TaskHead {
  encode(labels: readonly Label[]): Tensors;
  /** The label of the image mirrored left to right. */
  mirrored(label: Label): Label;
  decode(results: Tensors): readonly Prediction[];
  /** A prediction as a label, without what is less sure than `confidence`. */
  pseudoLabel(prediction: Prediction, confidence: number): Label;
  /** In [0, 1], more is better. */
  score(predictions: readonly Prediction[], labels: readonly Label[]): number;
  /** What `score` is called in the field. */
  readonly metric: string;
}

/** Takes a network's results, batch after batch, one per image in the end. */
export interface Collector<Outcome> {
  add(results: Tensors): void;
  finish(): Outcome;
}

/** A score and its 95 % interval. */
export interface ExaminedScore {
  readonly score: number;
  readonly lower: number;
  readonly upper: number;
}

const groups = 20;
const z95 = 1.959964;

/**
 * Score ± z·SE, within [0, 1], with SE² = (g−1)/g·Σ(sᵢ − s̄)² of the scores without each of g groups of images in turn: a
 * score that is no mean over images has no simpler one.
 * @see Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 11 — delete-a-group jackknife
 */
function examined<Label, Prediction>(
  { score }: Pick<SceneTask<Label, Prediction>, 'score'>,
  predictions: readonly Prediction[],
  labels: readonly Label[],
): ExaminedScore {
  const whole = score(predictions, labels);
  const count = Math.min(groups, labels.length);
  const without = Array.from({ length: count }, (_, group) => {
    const isKept = (_item: unknown, at: number): boolean => at % count !== group;
    return score(predictions.filter(isKept), labels.filter(isKept));
  });
  const mean = without.reduce((sum, it) => sum + it / count, 0);
  const squares = without.reduce((sum, it) => sum + (it - mean) ** 2, 0);
  const margin = z95 * Math.sqrt(((count - 1) / count) * squares);
  return { score: whole, lower: Math.max(0, whole - margin), upper: Math.min(1, whole + margin) };
}

/** A task with the labels of a set of images; of which type they are is between the two. */
export interface BoundTask extends TaskHead {
  /** Images that have a label. */
  readonly count: number;
  readonly metric: string;
  /** Targets of the images at `indices`, mirrored where `mirror` says so. */
  targets(indices: readonly number[], mirror?: (position: number) => boolean): Tensors;
  /** The same task with what a network predicts for other images as their labels. */
  labeller(confidence: number): Collector<BoundTask>;
  /** How good a network is on the images of these labels. */
  scorer(): Collector<number>;
  /** The same with its 95 % interval over images. */
  examiner(): Collector<ExaminedScore>;
}

function collector<Item, Outcome>(
  itemsOf: (results: Tensors) => readonly Item[],
  outcome: (items: readonly Item[]) => Outcome,
): Collector<Outcome> {
  const items: Item[] = [];
  return {
    add: (results) => items.push(...itemsOf(results)),
    finish: () => outcome(items),
  };
}

export function bindTask<Label, Prediction>(
  task: SceneTask<Label, Prediction>,
  labels: readonly Label[],
): BoundTask {
  return {
    ...task,
    count: labels.length,
    targets: (indices, mirror = () => false) =>
      task.encode(
        indices.map((index, position) => {
          const label = labels[index] as Label;
          return mirror(position) ? task.mirrored(label) : label;
        }),
      ),
    labeller: (confidence) =>
      collector(
        (results) =>
          task.decode(results).map((prediction) => task.pseudoLabel(prediction, confidence)),
        (predicted) => bindTask(task, predicted),
      ),
    scorer: () =>
      collector(
        (results) => task.decode(results),
        (predictions) => task.score(predictions, labels),
      ),
    examiner: () =>
      collector(
        (results) => task.decode(results),
        (predictions) => examined(task, predictions, labels),
      ),
  };
}
