/** @file Under which conditions this machine measures. */
import { createRequire } from 'node:module';
import os from 'node:os';
import type { HardwareConditions } from '@sextant/contracts';

export interface OwnConditions {
  readonly device?: string | undefined;
  readonly batch: number;
  readonly threads: number;
}

/** Precision is that of the models, which the service exports in float32. */
export function conditionsHere({ device, batch, threads }: OwnConditions): HardwareConditions {
  const require = createRequire(import.meta.url);
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  const processor = os.cpus()[0]?.model.trim() || os.arch();
  return {
    device: device ?? processor,
    runtime: `onnxruntime-node ${version}`,
    batch,
    threads,
    precision: 'float32',
    measuredOn: null,
  };
}
