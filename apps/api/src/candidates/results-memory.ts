/**
 * @file Results of the searches that are asked about most, in memory: read after a few questions about the same version, dropped
 * with the next version, and never more than a number of bytes. Who asks must check that the version is current.
 */
import { Worker } from 'node:worker_threads';
import { indexBytes, type ResultsIndex, type StoredCandidate } from '@sextant/persistence';

export interface ReadRequest {
  readonly databaseUrl: string;
  readonly searchId: string;
  readonly maxBytes: number;
}

/** One version of a search's results. */
export interface HeldResults {
  readonly index: ResultsIndex;
  /** Candidates that were answers, without their rank, by row. */
  readonly candidates: Map<number, StoredCandidate>;
}

/** A search that changes while it is asked about is not worth reading. */
const questionsBeforeReading = 3;
/** Times as long as a reading took, until the search is read again. */
const restAfterReading = 10;

export class ResultsMemory {
  /** The one asked about last is at the end. */
  private readonly held = new Map<string, HeldResults>();
  private readonly asked = new Map<string, { readonly version: number; readonly times: number }>();
  /** When each search may be read again, by `performance.now()`. */
  private readonly rests = new Map<string, number>();
  private reader: Worker | null = null;
  private reading: Promise<void> = Promise.resolve();
  private isClosed = false;

  /**
   * @param entry script of the reading thread
   * @param maxBytes of all results held; 0: none are
   */
  constructor(
    private readonly entry: string,
    private readonly databaseUrl: string,
    private readonly maxBytes: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  get(searchId: string): HeldResults | null {
    const results = this.held.get(searchId);
    if (results === undefined) return null;
    this.held.delete(searchId);
    this.held.set(searchId, results);
    return results;
  }

  drop(searchId: string): void {
    this.held.delete(searchId);
  }

  /** Notes a question that the database has answered; after a few of the same version the results are read. */
  note(searchId: string, version: number): void {
    const before = this.asked.get(searchId);
    const times = before?.version === version ? before.times + 1 : 1;
    this.asked.delete(searchId);
    this.asked.set(searchId, { version, times });
    for (const oldest of this.asked.keys()) {
      if (this.asked.size <= 1000) break;
      this.asked.delete(oldest);
    }
    if (times === questionsBeforeReading) this.reading = this.read(searchId).catch(this.onError);
  }

  /** Resolves when nothing is being read. */
  settled(): Promise<void> {
    return this.reading;
  }

  /** Ends a reading that is under way. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.reader?.terminate();
  }

  /** One at a time; a search that comes meanwhile is read when it has been asked about as often again. */
  private async read(searchId: string): Promise<void> {
    const start = performance.now();
    const isResting = start < (this.rests.get(searchId) ?? 0);
    if (this.reader !== null || isResting || this.isClosed || this.maxBytes === 0) {
      this.asked.delete(searchId);
      return;
    }
    const { databaseUrl, maxBytes } = this;
    const request: ReadRequest = { databaseUrl, searchId, maxBytes };
    const reader = new Worker(this.entry, { workerData: request });
    this.reader = reader;
    try {
      const index = await new Promise<ResultsIndex | null>((resolve, reject) => {
        reader.once('message', resolve);
        reader.once('error', reject);
        reader.once('exit', () => resolve(null));
      });
      if (index !== null && !this.isClosed) this.hold(searchId, index);
    } finally {
      this.reader = null;
      const end = performance.now();
      for (const [id, until] of this.rests) if (until < end) this.rests.delete(id);
      this.rests.set(searchId, end + restAfterReading * (end - start));
    }
  }

  private hold(searchId: string, index: ResultsIndex): void {
    this.held.delete(searchId);
    this.held.set(searchId, { index, candidates: new Map() });
    let bytes = 0;
    for (const [id, { index: it }] of [...this.held].reverse()) {
      bytes += indexBytes(it.macs.length, it.costs.length);
      if (bytes > this.maxBytes) this.held.delete(id);
    }
  }
}
