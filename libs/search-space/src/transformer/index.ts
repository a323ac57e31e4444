export {
  patchCount,
  transformerBlockMacs,
  transformerFixedMacs,
  transformerMacs,
  transformerParams,
} from './transformer-cost';
export {
  decodeTransformer,
  encodeTransformer,
  mlpWidth,
  sampleTransformer,
  transformerChoices,
  transformerHash,
} from './transformer-encoding';
export {
  parseTransformerSpace,
  TransformerSpaceSchema,
  type TransformerArchitecture,
  type TransformerSpace,
} from './transformer-space';
export { isTransformerSpaceName, transformerSpaces, type TransformerSpaceName } from './spaces';
