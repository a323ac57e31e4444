/** @file May this search be submitted? One rule book per method; all of them cost no training. */
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError } from '@sextant/common';
import {
  isSearchBy,
  isSupernetSearch,
  type CreateSearch,
  type SearchBy,
  type SupernetMethodName,
} from '@sextant/contracts';
import {
  asFaultOf,
  requireFeasibleScoring,
  requireRunnable,
  requireScorable,
  requireTableFeasible,
  requireTableSearch,
  requireTaskSearch,
  resolveSupernetSpace,
  resolveTopologySpace,
} from '@sextant/evaluation';
import {
  BenchmarkRepository,
  HardwareProfileRepository,
  loadBenchmarkTable,
  loadProfileCost,
} from '@sextant/persistence';
import { DatasetCatalogue } from '../datasets/dataset-catalogue';
import { requirePathLatencies } from './path-latencies';

@Injectable()
export class Admission {
  constructor(
    @Inject(DatasetCatalogue) private readonly datasets: DatasetCatalogue,
    @Inject(BenchmarkRepository) readonly benchmarks: BenchmarkRepository,
    @Inject(HardwareProfileRepository)
    readonly hardwareProfiles: HardwareProfileRepository,
  ) {}

  /** @throws {NasError} the search cannot be run: its method, space, data set or limits */
  async require(spec: CreateSearch): Promise<void> {
    await this.requireHardware(spec);
    if (isSupernetSearch(spec)) return this.requireSupernet(spec);
    if (isSearchBy(spec, 'zero-cost')) {
      return this.requireZeroCost(spec);
    }
    if (isSearchBy(spec, 'benchmark')) return this.requireBenchmark(spec);
    if (isSearchBy(spec, 'fbnet-v5')) {
      const space = resolveTopologySpace(spec.space);
      return requireTaskSearch(spec, space, await this.datasets.scenesOf(spec.dataset));
    }
    const message = `this version cannot run ${spec.method.name}`;
    throw new ValidationError(message, [{ pointer: '/method/name', message }]);
  }

  private async requireZeroCost(spec: SearchBy<'zero-cost'>): Promise<void> {
    const shape = await this.datasets.shapeOf(spec.dataset);
    requireScorable(spec, shape);
    const image = { ...shape, classes: shape.classes.length };
    await requireFeasibleScoring(spec, {
      image: () => Promise.resolve(image),
      profileCost: async (cost) => (await loadProfileCost(this.hardwareProfiles, cost)).values,
    }).catch(asFaultOf('/method/options/limits'));
  }

  private async requireHardware(spec: CreateSearch): Promise<void> {
    const { hardware = [] } = spec;
    if (hardware.length > 0 && isSearchBy(spec, 'zero-cost')) {
      const message = 'a zero-cost search has scores, no candidates that could have costs';
      throw new ValidationError(message, [{ pointer: '/hardware', message }]);
    }
    for (const [at, profile] of hardware.entries()) {
      await this.hardwareProfiles.get(profile).catch(asFaultOf(`/hardware/${at}`));
    }
  }

  private async requireBenchmark(spec: SearchBy<'benchmark'>): Promise<void> {
    const { options } = spec.method;
    const { columns } = await this.benchmarks
      .get(options.benchmark)
      .catch(asFaultOf('/method/options/benchmark'));
    requireTableSearch(spec, columns);
    const table = await loadBenchmarkTable(this, options).catch(asFaultOf('/method/options'));
    requireTableFeasible(spec, table);
  }

  private async requireSupernet(spec: SearchBy<SupernetMethodName>): Promise<void> {
    const dataset = await this.datasets.shapeOf(spec.dataset);
    requireRunnable(spec, resolveSupernetSpace(spec.space), dataset);
    if (isSearchBy(spec, 'proxyless-nas')) await requirePathLatencies(this.hardwareProfiles, spec);
  }
}
