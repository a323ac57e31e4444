/** @file A runner whose searches are computed by the real training process, on one thread, and what it stores into. */
import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import {
  BenchmarkRepository,
  CandidateRepository,
  CheckpointRepository,
  HardwareProfileRepository,
  SearchRepository,
} from '@sextant/persistence';
import type { FreshDatabase } from '@sextant/persistence/testing';
import { pino } from 'pino';
import { workerConfig } from '../src/config/worker-config';
import { SearchRunner } from '../src/training/search-runner';
import type { Surroundings } from './fixtures';

const child = path.join(import.meta.dirname, '../src/training/training.child.ts');

export async function trainingRunner({ dataSource }: FreshDatabase, { home }: Surroundings) {
  const repositories = {
    searches: new SearchRepository(dataSource),
    candidates: new CandidateRepository(dataSource),
    checkpoints: new CheckpointRepository(dataSource),
    benchmarks: new BenchmarkRepository(dataSource),
    hardwareProfiles: new HardwareProfileRepository(dataSource),
  };
  const config = workerConfig({
    SEXTANT_HOME: home,
    SEXTANT_TRAINING_ENTRY: await bundleChild(child),
    SEXTANT_THREADS: '1',
  });
  const runner = new SearchRunner(config, repositories, pino({ level: 'silent' }));
  return { runner, ...repositories };
}
