export { residentBytes } from './resident-memory';
