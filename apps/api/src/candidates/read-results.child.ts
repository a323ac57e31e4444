/** @file Reads a search's results and orders them, on a thread that serves nobody; what it sends is memory that both threads see. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase, readResults } from '@sextant/persistence';
import type { ReadRequest } from './results-memory';

const { databaseUrl, searchId, maxBytes } = workerData as ReadRequest;

const database = await openDatabase(databaseUrl, {
  poolSize: 1,
  applicationName: 'sextant api results',
});
try {
  parentPort?.postMessage(await readResults(database, searchId, maxBytes));
} finally {
  await database.destroy();
}
