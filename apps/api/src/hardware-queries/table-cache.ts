/** @file Tables that were asked about, kept: their columns and rows never change, so neither do answers from them. */
import { prepareTable, type PreparedTable } from '@sextant/evaluation';
import {
  BenchmarkRepository,
  currentVersion,
  HardwareProfileRepository,
  loadBenchmarkTable,
  profileCosts,
} from '@sextant/persistence';
import type { BenchmarkOptions } from '@sextant/contracts';

/** Of 15,625 rows and a few columns: some MiB each. */
const kept = 16;

export class TableCache {
  /** The one that was used longest ago comes first. */
  private readonly tables = new Map<string, Promise<PreparedTable>>();

  constructor(
    readonly benchmarks: BenchmarkRepository,
    readonly hardwareProfiles: HardwareProfileRepository,
  ) {}

  /** @throws {NotFoundError} the benchmark, a column, the profile, or its numbers are not there */
  async get(profileId: string, options: BenchmarkOptions): Promise<PreparedTable> {
    const { version, sealedAt } = currentVersion(await this.hardwareProfiles.get(profileId));
    if (sealedAt === null) return prepareTable(await loadBenchmarkTable(this, options));
    const { benchmark, select, report } = options;
    const what = [benchmark, select, report, profileId, version, sealedAt, profileCosts(options)];
    return this.kept(JSON.stringify(what), async () =>
      prepareTable(await loadBenchmarkTable(this, options)),
    );
  }

  private kept(key: string, load: () => Promise<PreparedTable>): Promise<PreparedTable> {
    const table = this.tables.get(key) ?? load();
    this.tables.delete(key);
    this.tables.set(key, table);
    table.catch(() => this.tables.delete(key));
    const [oldest] = this.tables.keys();
    if (this.tables.size > kept && oldest !== undefined) this.tables.delete(oldest);
    return table;
  }
}
