export { spaceConformance } from './space-conformance';
