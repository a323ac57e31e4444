export { tinyTransformer } from './tiny-transformer';
export { growth } from './growth';
export { memoryCases, type MemoryCase } from './memory-cases';
export { tinyFormat, tinyImages, tinySettings, tinySpace } from './tiny';
export * from './tiny-scenes';
export { tinyPathSettings, tinyPathSpace } from './tiny-paths';
export { pathSteps, type PathSteps } from './path-steps';
