export {
  encodedSpace,
  encodingAt,
  encodingCount,
  encodingKey,
  restrictTo,
  type EncodedSpace,
  type Encoding,
} from './encoded-space';
export * from './multi-objective';
export { compareResults, Result } from './result';
export { resumeRun, SavedRun, startRun, type Ask, type RunRequest, type StrategyRun } from './run';
export { cellSpace } from './spaces/cell-space';
export { mbconvSpace } from './spaces/mbconv-space';
export { isStrategyName, strategies, type StrategyName } from './strategies';
export { defineStrategy, type NoEncoding, type OpenStrategy, type Strategy } from './strategy';
export {
  mutateCount,
  mutateEach,
  neighbourEncodings,
  sampleEncoding,
  uniformCrossover,
} from './variation';
