export { tinyFormat, tinyImages, tinySettings, tinySpace } from './tiny';
