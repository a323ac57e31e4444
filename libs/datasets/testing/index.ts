export { writeGarmentScenes } from './garment-scenes';
