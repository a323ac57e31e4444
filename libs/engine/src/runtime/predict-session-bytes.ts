/** @file What a session will take, known before it is made. */
import type { Lowering } from '../graph/emitter';
import type { Graph } from '../graph/graph';
import type { AxisSizes } from '../graph/largest-size';
import { liveBytes } from '../graph/liveness';
import { writeModel } from '../onnx/write-model';

/** ONNX Runtime's nodes and kernels, per byte of a model without its constants; measured 55–90. */
const bytesPerModelByte = 100;
/** Constants: in the model, parsed, as initialisers, and packed for matrix products. */
const constantCopies = 4;
/** The arena grows by doubling: it takes up to twice what is alive at once. */
const arenaFactor = 2;

/**
 * Resident memory of one session whose runs take memory `asNeeded`, at the largest sizes of the graph:
 * 100·(model bytes − constant bytes) + 4·constant bytes + 2·liveBytes. Unit: bytes. An upper bound in every case measured
 * (docs/engine.md, "Memory").
 * @throws {ShapeError} an axis whose size is neither known nor given in `axes`
 */
export function predictSessionBytes(
  graph: Graph,
  lowering: Lowering,
  axes: AxisSizes = {},
): number {
  const constantBytes = graph.constants.reduce((sum, { data }) => sum + data.byteLength, 0);
  const structureBytes = writeModel(graph, { lowering }).byteLength - constantBytes;
  return (
    bytesPerModelByte * structureBytes +
    constantCopies * constantBytes +
    arenaFactor * liveBytes(graph, lowering, axes)
  );
}
