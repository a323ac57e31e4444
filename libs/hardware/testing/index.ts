export { publishedTable, type PublishedTable } from './published-tables';
