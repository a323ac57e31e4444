/** @file What a search would come to, before it is submitted: can its limits be met, what would it take, what do devices say. */
import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ServiceUnavailableError, ValidationError } from '@sextant/common';
import {
  ZeroCostSummary,
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
  estimateTaskSearch,
  estimateZeroCost,
  limitsOf,
  requireRunnable,
  requireScorable,
  requireTableSearch,
  requireTaskSearch,
  resolveSupernetSpace,
  resolveTopologySpace,
  tableFeasibility,
  type Reference,
  type ScoringReference,
  type TaskReference,
} from '@sextant/evaluation';
import {
  BenchmarkRepository,
  HardwareProfileRepository,
  loadBenchmarkTable,
  loadProfileCost,
  SearchRepository,
} from '@sextant/persistence';
import { DatasetCatalogue } from '../datasets/dataset-catalogue';
import { DeviceEstimates, deviceOfTable, type TableCost } from './device-estimates';
import { MemoryProcess } from './memory-process';
import { requirePathLatencies } from './path-latencies';

/** Earlier searches that are looked at: enough for a median, few enough to be of today's machines. */
const references = 10;
/** Looking one architecture up, and storing it with its costs; starting a process. Measured on two cores. */
const secondsPerLookup = 0.0015;
const secondsToStart = 1.5;
const lookupSpread = 3;

/** An estimate without its memory is worth having. */
function unknownMemory(error: unknown): null {
  if (error instanceof ServiceUnavailableError) return null;
  throw error;
}

@Injectable()
export class EstimatesService {
  constructor(
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(DatasetCatalogue) private readonly datasets: DatasetCatalogue,
    @Inject(BenchmarkRepository) readonly benchmarks: BenchmarkRepository,
    @Inject(HardwareProfileRepository) readonly hardwareProfiles: HardwareProfileRepository,
    @Inject(DeviceEstimates) private readonly devices: DeviceEstimates,
    @Inject(MemoryProcess) private readonly memory: MemoryProcess,
  ) {}

  /** @throws {NasError} the search could not be submitted, for another reason than its limits */
  async estimate(spec: CreateSearch): Promise<SearchEstimate> {
    if (isSupernetSearch(spec)) return this.ofSupernet(spec);
    if (isSearchBy(spec, 'benchmark')) return this.ofBenchmark(spec);
    if (isSearchBy(spec, 'zero-cost')) return this.ofZeroCost(spec);
    if (isSearchBy(spec, 'fbnet-v5')) return this.ofTasks(spec);
    const message = `this version cannot estimate ${spec.method.name}`;
    throw new ValidationError(message, [{ pointer: '/method/name', message }]);
  }

  private async ofSupernet(spec: SearchBy<SupernetMethodName>): Promise<SearchEstimate> {
    const dataset = await this.datasets.shapeOf(spec.dataset);
    const space = resolveSupernetSpace(spec.space);
    requireRunnable({ ...spec, constraints: {} }, space, dataset);
    if (isSearchBy(spec, 'proxyless-nas')) await requirePathLatencies(this.hardwareProfiles, spec);
    const images = { train: dataset.trainCount, test: dataset.testCount };
    const earlier = await this.references(spec.method.name);
    return {
      ...estimateSupernet(spec, space, images, earlier),
      memoryBytes: await this.memory.peakBytes({ spec, dataset }).catch(unknownMemory),
      devices:
        space.family === 'mbconv' ? await this.devices.ofSpace(spec.hardware ?? [], space) : [],
    };
  }

  private async ofTasks(spec: SearchBy<'fbnet-v5'>): Promise<SearchEstimate> {
    const scenes = await this.datasets.scenesOf(spec.dataset);
    const space = resolveTopologySpace(spec.space);
    requireTaskSearch({ ...spec, constraints: {} }, space, scenes);
    const images = { train: scenes.trainCount, test: scenes.testCount };
    return {
      ...estimateTaskSearch(spec, space, scenes, images, await this.taskReferences()),
      memoryBytes: await this.memory.peakBytes({ spec, scenes }).catch(unknownMemory),
      devices: [],
    };
  }

  private async taskReferences(): Promise<TaskReference[]> {
    const rows = await this.searches.succeeded('fbnet-v5', references);
    const known = rows.map(async ({ spec, summary }): Promise<TaskReference[]> => {
      const parsed = SupernetSummary.safeParse(summary);
      if (!parsed.success || !isSearchBy(spec, 'fbnet-v5')) return [];
      // a data set that is gone says nothing of how large its scenes were
      const format = await this.datasets.scenesOf(spec.dataset).catch(() => null);
      if (format === null) return [];
      return [{ spec, space: resolveTopologySpace(spec.space), format, summary: parsed.data }];
    });
    return (await Promise.all(known)).flat();
  }

  private async ofZeroCost(spec: SearchBy<'zero-cost'>): Promise<SearchEstimate> {
    const dataset = await this.datasets.shapeOf(spec.dataset);
    requireScorable(spec, dataset);
    const image = { ...dataset, classes: dataset.classes.length };
    const tables = new Map<string, TableCost>();
    const sources = {
      image: () => Promise.resolve(image),
      profileCost: async (cost: string) => {
        const table = tables.get(cost) ?? (await loadProfileCost(this.hardwareProfiles, cost));
        tables.set(cost, table);
        return table.values;
      },
    };
    const earlier = await this.scoringReferences();
    const estimate = await estimateZeroCost(spec, sources, earlier, nextTurn).catch(
      asFaultOf('/method/options/limits'),
    );
    return { ...estimate, devices: [...tables.values()].flatMap(deviceOfTable) };
  }

  private async scoringReferences(): Promise<ScoringReference[]> {
    const rows = await this.searches.succeeded('zero-cost', references);
    const known = rows.map(async ({ spec, summary }): Promise<ScoringReference[]> => {
      const parsed = ZeroCostSummary.safeParse(summary);
      if (!parsed.success || !isSearchBy(spec, 'zero-cost')) return [];
      // a data set that is gone says nothing of how large its images were
      const shape = await this.datasets.shapeOf(spec.dataset).catch(() => null);
      if (shape === null) return [];
      return [{ spec, image: { ...shape, classes: shape.classes.length }, summary: parsed.data }];
    });
    return (await Promise.all(known)).flat();
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
      devices: table.costs.flatMap(deviceOfTable),
      basis: 'every result is looked up in a table',
      references: 0,
    };
  }
}
