/** @file The most memory a ProxylessNAS run can take, known before it starts. */
import { predictSessionBytes, writeModel, type Graph } from '@sextant/engine';
import { maxArchitecture } from '@sextant/search-space';
import { parameterLayout } from '@sextant/networks';
import { trainGraph } from '../../train-graph';
import { updateGraph, updateLowering } from '../../update';
import { mbconvEvaluationBytes } from '../../families/mbconv-memory';
import { processBytes, vectorBytes } from '../process-memory';
import type { MemoryQuestion } from '../method';
import { searchEdges, type Edge } from './edges';
import type { PathNetwork } from './mixed-network';
import { weightGraph } from './passes';
import { pathWeights } from './path-weights';
import { architectureGraphs, loweringOf, type ArchitecturePass } from './search-sessions';
import { updateOptions, type ProxylessNasSettings } from './settings';

/** Nodes and kernels of ONNX Runtime, per byte of a model of nested conditions; measured 160. */
const bytesPerModelByte = 170;
/** The store and its velocity, as they were handed over, as they are written to, and of a checkpoint. */
const stores = 6;
/** Vectors of a path: weights, velocity, gradients, zeros, before and after; and what its operations cut out of them. */
const pathVectors = 12;

/**
 * Peak resident memory of a process that searches, trains what it found and evaluates it, without its data set. Unit:
 * bytes. Values alive are those of one network, the largest, as no other path runs; what every other candidate adds is its
 * nodes in the model. In mode `full` all candidates' values are counted.
 */
export function predictPeakBytes(question: MemoryQuestion<ProxylessNasSettings>): number {
  const { space, format, settings, lowerings } = question;
  const edges = searchEdges(space);
  const netOf = (of: readonly Edge[]): PathNetwork => ({
    ...{ space, edges: of, weights: pathWeights(space, of), format },
    batchSize: settings.batchSize,
  });
  const [whole, single] = [netOf(edges), netOf(edges.map(largestOnly))];
  const { known, elastic } = lowerings;
  const sizeOf = (graph: Graph): number => writeModel(graph, { lowering: known }).byteLength;
  const bytesOf = (pass: ArchitecturePass): number => {
    const build = architectureGraphs[pass];
    if (loweringOf[pass] === 'elastic') return predictSessionBytes(build(whole), elastic);
    const more = sizeOf(build(whole)) - sizeOf(build(single));
    const live = pass === 'full' ? whole : single;
    return (
      predictSessionBytes(build(live), known) + bytesPerModelByte * (pass === 'full' ? 0 : more)
    );
  };
  const pass = settings.update === 'reinforce' ? 'forward' : settings.paths;
  const { path, storeTotal } = whole.weights;
  const numbers = stores * storeTotal + pathVectors * path.total;
  const searching =
    (pass === 'two' ? 0 : predictSessionBytes(weightGraph(whole), elastic)) +
    bytesOf(pass) +
    predictSessionBytes(updateGraph(path, updateOptions(settings)), updateLowering) +
    vectorBytes(numbers);
  const layout = parameterLayout(space);
  const architecture = maxArchitecture(space);
  const training =
    predictSessionBytes(
      trainGraph(space, layout, format, settings.batchSize, { architecture }),
      known,
    ) +
    predictSessionBytes(updateGraph(layout, updateOptions(settings)), updateLowering) +
    vectorBytes(pathVectors * layout.total);
  return processBytes + Math.max(searching, training, mbconvEvaluationBytes(space, format));
}

/** The candidate with the largest maps and kernels alone. */
const largestOnly = (edge: Edge): Edge => ({
  ...edge,
  candidates: edge.candidates.filter((it) => it !== 'zero').slice(-1),
});
