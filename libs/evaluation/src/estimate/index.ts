export { estimateBigNas, type Reference } from './estimate-search';
