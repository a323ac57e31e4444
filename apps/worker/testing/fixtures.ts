/** @file A worker's surroundings in a temporary directory, with the scripted child in place of training. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateSearch } from '@sextant/contracts';

/** What `scripted.child.mjs` is told to do. */
export interface Script {
  steps?: number;
  checkpointEvery?: number;
  candidateEvery?: number;
  stepMs?: number;
  /** Waits at this step of the first start until it is stopped or killed. */
  holdAt?: number;
  crash?: { at: number; how: 'exit' | 'SIGSEGV' | 'SIGKILL'; times: number };
  ignoreStop?: boolean;
  eatMemory?: boolean;
  fail?: { code: string; message: string; permanent: boolean };
}

/** One start of the child. */
export interface Start {
  readonly pid: number;
  /** Step of the checkpoint it resumed from, 0 for none. */
  readonly from: number;
  /** Candidates it was told are stored already. */
  readonly done: number;
}

export const scriptedChild = fileURLToPath(new URL('scripted.child.mjs', import.meta.url));

export class Surroundings {
  readonly home = mkdtempSync(path.join(tmpdir(), 'sextant-worker-'));
  readonly datasetRoot = path.join(this.home, 'datasets');
  private count = 0;

  constructor() {
    mkdirSync(this.datasetRoot);
  }

  /** A search whose child will do what the script says. */
  spec(script: Script): CreateSearch {
    const dataset = `script-${this.count++}`;
    writeFileSync(path.join(this.datasetRoot, `${dataset}.json`), JSON.stringify(script));
    return CreateSearch.parse({ dataset, space: 'mbconv-fashion-mnist-v1' });
  }

  starts({ dataset }: CreateSearch): Start[] {
    const file = path.join(this.datasetRoot, `${dataset}.starts`);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Start);
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
