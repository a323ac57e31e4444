export { estimateSupernet, type Reference } from './estimate-search';
