/** @file `fbnet-v5` in the process that computes: scenes, checkpoint and models on disk, the rest in `runTaskSearch`. */
import { openSceneDataset } from '@sextant/datasets';
import { resolveTopologySpace, runTaskSearch } from '@sextant/evaluation';
import type { RunMethod } from './method';
import { computing } from './supernet';

export const runScenesSearch: RunMethod<'fbnet-v5'> = async (start, parent) => {
  const { spec, doneByTask = {} } = start;
  const { machine, lowerings, checkpoint, ports } = await computing(start, parent);
  return runTaskSearch(
    {
      ...{ spec, checkpoint, machine, lowerings },
      space: resolveTopologySpace(spec.space),
      scenes: await openSceneDataset(spec.dataset, { root: parent.datasetRoot }),
      done: doneByTask,
    },
    {
      ...ports,
      onCandidates: (candidates, task) =>
        parent.tell({ type: 'candidates', candidates: [...candidates], task }),
    },
  );
};
