/** @file The network of a task that keeps no unit: it decides whether limits can be met. */
import {
  fullTopology,
  pruneTopology,
  topologyMacs,
  type Topology,
  type TopologySpace,
} from '@sextant/search-space';
import { countParameters, planLayout, type ImageFormat, type TaskHead } from '@sextant/supernet';

export interface SmallestNetwork {
  readonly topology: Topology;
  readonly macs: number;
  readonly paramCount: number;
}

export function smallestNetwork(
  space: TopologySpace,
  format: ImageFormat,
  head: TaskHead,
): SmallestNetwork {
  const none = fullTopology(space).map(() => 0 as const);
  const topology = pruneTopology(space, none, head.reads);
  const plan = { space, format, tasks: [head] };
  const layout = planLayout(plan);
  const theta = new Float32Array(layout.total);
  return {
    topology,
    macs: topologyMacs(space, topology, format, head.reads),
    paramCount: countParameters({ ...plan, layout, theta, topology }),
  };
}
