/** @file What a search would come to, before it is submitted: can its limits be met, and how long would it take. */
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError } from '@sextant/common';
import {
  isSearchBy,
  isSupernetSearch,
  SupernetSummary,
  type CreateSearch,
  type SearchBy,
  type SearchEstimate,
  type SupernetMethodName,
} from '@sextant/contracts';
import {
  asFaultOf,
  estimateSupernet,
  limitsOf,
  requireRunnable,
  requireTableSearch,
  resolveSupernetSpace,
  tableFeasibility,
  type Reference,
} from '@sextant/evaluation';
import {
  BenchmarkRepository,
  HardwareProfileRepository,
  loadBenchmarkTable,
  SearchRepository,
} from '@sextant/persistence';
import { DatasetCatalogue } from '../datasets/dataset-catalogue';

/** Earlier searches that are looked at: enough for a median, few enough to be of today's machines. */
const references = 10;
/** Looking one architecture up, and storing it with its costs; starting a process. Measured on two cores. */
const secondsPerLookup = 0.0015;
const secondsToStart = 1.5;
const lookupSpread = 3;

@Injectable()
export class EstimatesService {
  constructor(
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(DatasetCatalogue) private readonly datasets: DatasetCatalogue,
    @Inject(BenchmarkRepository) readonly benchmarks: BenchmarkRepository,
    @Inject(HardwareProfileRepository) readonly hardwareProfiles: HardwareProfileRepository,
  ) {}

  /** @throws {NasError} the search could not be submitted, for another reason than its limits */
  async estimate(spec: CreateSearch): Promise<SearchEstimate> {
    if (isSupernetSearch(spec)) return this.ofSupernet(spec);
    if (isSearchBy(spec, 'benchmark')) return this.ofBenchmark(spec);
    const message = `this version estimates searches that train a supernet or look up a benchmark, not ${spec.method.name}`;
    throw new ValidationError(message, [{ pointer: '/method/name', message }]);
  }

  private async ofSupernet(spec: SearchBy<SupernetMethodName>): Promise<SearchEstimate> {
    const dataset = await this.datasets.shapeOf(spec.dataset);
    const space = resolveSupernetSpace(spec.space);
    requireRunnable({ ...spec, constraints: {} }, space, dataset);
    const images = { train: dataset.trainCount, test: dataset.testCount };
    const earlier = await this.references(spec.method.name);
    return { ...estimateSupernet(spec, space, images, earlier), memoryBytes: null };
  }

  private async references(method: SupernetMethodName): Promise<Reference[]> {
    const rows = await this.searches.succeeded(method, references);
    return rows.flatMap(({ spec, summary }) => {
      const known = SupernetSummary.safeParse(summary);
      if (!known.success || !isSupernetSearch(spec)) return [];
      return [{ spec, space: resolveSupernetSpace(spec.space), summary: known.data }];
    });
  }

  private async ofBenchmark(spec: SearchBy<'benchmark'>): Promise<SearchEstimate> {
    const { options } = spec.method;
    const { columns } = await this.benchmarks
      .get(options.benchmark)
      .catch(asFaultOf('/method/options/benchmark'));
    requireTableSearch(spec, columns);
    const table = await loadBenchmarkTable(this, options).catch(asFaultOf('/method/options'));
    const limits = limitsOf(spec);
    const { trainable, fitting, smallest } = tableFeasibility(table, limits);
    const trainings = Math.min(options.trainings, fitting);
    const measurements = table.costs.length > 0 ? Math.min(options.measurements, trainable) : 0;
    const searching = secondsToStart + secondsPerLookup * Math.max(trainings, measurements);
    return {
      feasible: fitting > 0,
      limits: Object.entries(limits).map(([cost, limit]) => {
        const least = smallest[cost] ?? null;
        return { cost, limit, smallest: least, fits: least !== null && least <= limit };
      }),
      fitting,
      candidates: trainings,
      trainings,
      measurements,
      seconds: {
        low: searching / lookupSpread,
        expected: searching,
        high: searching * lookupSpread,
        phases: { searching },
      },
      memoryBytes: null,
      basis: 'every result is looked up in a table',
      references: 0,
    };
  }
}
