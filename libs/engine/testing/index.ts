export { describeGradients, expectLiterals } from './expectations';
export { gradcheck, lowerings, type GradientCase, type GradientReport } from './gradcheck';
export { evaluateLiterals, type Literal } from './literal';
export { evaluate, type Feeds } from './reference';
export { fromResult, normalTensor, relativeError, swapBatchAndChannels, toFeed } from './tensors';
export { gradientOf } from './second-order';

export {
  edited,
  externalWeights,
  foreignModel,
  graphProto,
  nodeProto,
  oneConvolution,
  ones,
  tensorProto,
  valueInfo,
  type ForeignParts,
} from './foreign-models';
