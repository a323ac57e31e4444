/** @file Who holds a lease, for whoever reads the table. */
import { randomUUID } from 'node:crypto';
import os from 'node:os';

export const workerName = `${os.hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
