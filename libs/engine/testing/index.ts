export { gradcheck, lowerings, type GradientCase, type GradientReport } from './gradcheck';
export { evaluate, type Feeds } from './reference';
export { fromResult, normalTensor, relativeError, swapBatchAndChannels, toFeed } from './tensors';
