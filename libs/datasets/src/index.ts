export type { Dataset, DatasetSummary, ImageSet } from './dataset';
export { readIdx } from './idx';
export {
  listDatasets,
  openDataset,
  openSceneDataset,
  type DatasetOptions,
  type NamedSceneDataset,
} from './open-dataset';
export { openScenes, type SceneBox, type SceneDataset, type SceneSet } from './scenes';
