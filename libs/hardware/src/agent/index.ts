export { implausibilities, type ClaimedLatency, type KnownOfDevice } from './plausible';
export {
  agentToken,
  isSignedBy,
  parseAgentToken,
  sign,
  signingKeyOf,
  type SignedRequest,
} from './signature';
