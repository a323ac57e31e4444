export { gradient } from './autodiff/gradient';
export { stopGradient, straightThrough } from './autodiff/stop-gradient';
export * from './graph/dims';
export type { FeatureOrder, Lowering } from './graph/emitter';
export { resamplingMatrix, type ResizeMode } from './graph/resampling-matrix';
export { liveBytes } from './graph/liveness';
export type { AxisSizes } from './graph/largest-size';
export type { Activation } from './lowering/channel-kernels';
export { Graph, type Interceptor, type OpCall } from './graph/graph';
export { feature, plain, type DType, type TensorType, type Value } from './graph/value';
export { multiHeadAttention, type AttentionWeights } from './nn/attention';
export { batchNormInference } from './nn/batch-norm-inference';
export { fillUniform } from './nn/chance';
export { crossEntropy } from './nn/cross-entropy';
export { boxOverlap, sigmoidFocalLoss, smoothL1 } from './nn/detection-losses';
export { dropPath, survivalAt } from './nn/drop-path';
export { dropout } from './nn/dropout';
export { gumbelSoftmax } from './nn/gumbel-softmax';
export { klDivergence } from './nn/kl-divergence';
export { layerNorm } from './nn/layer-norm';
export { linear } from './nn/linear';
export { lstmCell, type LstmState, type LstmWeights } from './nn/lstm-cell';
export { diceLoss, pixelCrossEntropy } from './nn/segmentation-losses';
export { squeezeExcite, type SqueezeExciteWeights } from './nn/squeeze-excite';
export { tensorStatistics, type TensorStatistics } from './nn/statistics';
export { countMacs, type ModelCost, type NotCounted } from './onnx/count-macs';
export { drawFeeds, settleInputs, type InputDims } from './onnx/model-feeds';
export {
  operatorCounts,
  readModel,
  type DeclaredDim,
  type ForeignModel,
  type ModelPort,
} from './onnx/read-model';
export { writeModel, type ModelOptions } from './onnx/write-model';
export { abs } from './ops/abs';
export { add, sub } from './ops/add';
export { avgPool2d, type PoolOptions } from './ops/avg-pool2d';
export { batchNorm, type BatchNormResult } from './ops/batch-norm';
export {
  affineChannels,
  dotChannels,
  scaleChannels,
  spreadChannels,
  sumChannels,
} from './ops/channels';
export { clip, equals, relu6 } from './ops/clip';
export { atLeast, greater, less } from './ops/compare';
export { concat } from './ops/concat';
export { conv2d } from './ops/conv2d';
export { convTranspose2d, type Conv2dOptions } from './ops/general-conv2d';
export { depthwiseConv2d } from './ops/depthwise-conv2d';
export { div } from './ops/div';
export { divideBy } from './ops/divide-by-count';
export { erf } from './ops/erf';
export { exp } from './ops/exp';
export { flattenAll } from './ops/flatten-all';
export { gelu } from './ops/gelu';
export { globalAvgPool } from './ops/global-avg-pool';
export { hardSigmoid } from './ops/hard-sigmoid';
export { hardSwish } from './ops/hard-swish';
export { image } from './ops/image';
export { toFeature, toPlain } from './ops/layout';
export { log } from './ops/log';
export { logSoftmax } from './ops/log-softmax';
export { matmul } from './ops/matmul';
export { max } from './ops/max';
export { maxAll } from './ops/max-all';
export { maximum, minimum } from './ops/maximum';
export { maxPool2d } from './ops/max-pool2d';
export { mul } from './ops/mul';
export { oneHotMax } from './ops/one-hot-max';
export { normActivation } from './ops/norm-activation';
export { pointwiseNormActivation } from './ops/pointwise-norm-activation';
export { scalePlanes } from './ops/planes';
export { reciprocal } from './ops/reciprocal';
export { relu } from './ops/relu';
export { reshape } from './ops/reshape';
export { resize } from './ops/resize';
export { addToRows, scaleRows } from './ops/rows';
export { sampleProducts } from './ops/sample-products';
export { scaleSamples, spreadSamples, sumSamples } from './ops/samples';
export { scale } from './ops/scale';
export { select } from './ops/select';
export { sigmoid } from './ops/sigmoid';
export { sign } from './ops/sign';
export { leading, padTo, slice } from './ops/slice';
export { softmax } from './ops/softmax';
export { sqrt } from './ops/sqrt';
export { expand, fill, sum, sumAll } from './ops/sum';
export { standardize } from './ops/standardize';
export { swish } from './ops/swish';
export { tanh } from './ops/tanh';
export { transpose } from './ops/transpose';
export { unitGate } from './ops/unit-gate';
export { zerosLike } from './ops/zeros';
export {
  adam,
  adamCorrections,
  adamDefaults,
  adamW,
  type AdamInputs,
  type AdamOptions,
  type AdamState,
  type AdamWInputs,
} from './optim/adam';
export { clipByGlobalNorm, clipByValue } from './optim/clip';
export { ema } from './optim/ema';
export {
  rmsProp,
  rmsPropDefaults,
  type RmsPropInputs,
  type RmsPropOptions,
  type RmsPropState,
} from './optim/rmsprop';
export {
  bigNasDecay,
  cosineDecay,
  exponentialDecay,
  linearDecay,
  linearWarmUp,
  periodReaching,
  stepDecay,
  type ExponentialDecay,
  type Schedule,
} from './optim/schedule';
export {
  gradientDescent,
  sgd,
  type GradientDescentInputs,
  type SgdInputs,
  type SgdOptions,
} from './optim/sgd';
export { addWeightDecay, decayCoefficients, type ParameterRange } from './optim/weight-decay';
export { portableLowerings, probeLowerings, type Lowerings } from './runtime/probe-lowering';
export {
  executionProviders,
  Session,
  type ExecutionProvider,
  type Feed,
  type SessionOptions,
  type Tensor,
  type TypedTensor,
} from './runtime/session';
export { predictSessionBytes } from './runtime/predict-session-bytes';
