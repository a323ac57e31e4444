export { architectureKeyOf, type KeyOf } from './architecture-key';
export { blockTableLatencyMs, formatBlockKey, parseBlockKey, type BlockKey } from './block-key';
export { blockTableCost } from './mbconv-blocks';
export { proxylessFixedBlocks, proxylessSlots, type BlockSlot } from './proxyless-blocks';
export { settleLayout, type TableLayout, type TableRequest } from './table-layout';
export { readNumber } from './table-number';
export { mostRows, TableReader, type ReadTable } from './table-reader';
