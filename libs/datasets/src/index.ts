export type { Dataset, DatasetSummary, ImageSet } from './dataset';
export { listDatasets, openDataset, type DatasetOptions } from './open-dataset';
export { openScenes, type SceneBox, type SceneDataset, type SceneSet } from './scenes';
