/** @file Devices that architectures were timed on: profiles, their versions, and the numbers each version holds. */
import { z } from 'zod';
import { CandidateId } from './candidate';
import { ProfileMetric, ValueOrigin } from './cost';

export const HardwareProfileId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a hardware profile id: a-z, 0-9 and -, at most 63')
  .describe('Chosen by whoever registers the device');
export type HardwareProfileId = z.infer<typeof HardwareProfileId>;

export const HardwareMetric = ProfileMetric;
export type HardwareMetric = ProfileMetric;

/** `measured`: by this installation's own command; `agent`: by a measuring agent; `imported`: from a table. */
export const HardwareSource = z.enum(['measured', 'agent', 'imported']);
export type HardwareSource = z.infer<typeof HardwareSource>;

export const Precision = z.enum(['float32', 'float16', 'bfloat16', 'int8', 'mixed', 'unknown']);

const words = z.string().trim().min(1).max(200);

/** What a number depends on. A change of any of these makes a new version of the profile. */
export const HardwareConditions = z
  .strictObject({
    device: words.describe('As its maker calls it'),
    runtime: words.describe('With its version, as in "onnxruntime-node 1.30.0"'),
    batch: z.int().min(1).max(65_536).default(1),
    threads: z.int().min(1).max(4096).nullable().default(null).describe('null: not said'),
    precision: Precision.default('float32'),
    measuredOn: z.iso.date().nullable().default(null).describe('null: not said'),
    origin: ValueOrigin.exclude(['device'])
      .optional()
      .describe('Where no device ran: what gave the numbers'),
  })
  .meta({ id: 'HardwareConditions' });
export type HardwareConditions = z.infer<typeof HardwareConditions>;

/** What the keys of a version's rows name. */
export const HardwareKeyKind = z.enum(['architecture', 'block']);
export type HardwareKeyKind = z.infer<typeof HardwareKeyKind>;

const space = z
  .string()
  .min(1)
  .max(63)
  .nullable()
  .describe('Search space of the keys; null: candidates of any space, by canonical hash');

export const CreateHardwareProfile = z
  .strictObject({
    id: HardwareProfileId,
    name: words.optional(),
    source: HardwareSource,
    space: space.default(null),
    keys: HardwareKeyKind.default('architecture'),
    conditions: HardwareConditions,
  })
  .meta({ id: 'CreateHardwareProfile' });
export type CreateHardwareProfile = z.infer<typeof CreateHardwareProfile>;

export const CreateHardwareVersion = CreateHardwareProfile.omit({ id: true, name: true }).meta({
  id: 'CreateHardwareVersion',
});
export type CreateHardwareVersion = z.infer<typeof CreateHardwareVersion>;

/** How wrong predictions are for measurements that were held out; correlations are null where a side is constant. */
export const HeldOutError = z
  .object({
    n: z.int(),
    meanAbsolutePercentageError: z.number().describe('Mean |predicted / measured − 1|'),
    within10Percent: z.number().describe('Fraction'),
    kendallTau: z.number().nullable(),
    spearman: z.number().nullable(),
    coverage: z.number().describe('Fraction of measurements inside their interval'),
  })
  .meta({ id: 'HeldOutError' });

/** A model of one metric, with its cross-validated error. */
export const HardwareModelView = z
  .object({
    metric: HardwareMetric,
    version: z.int().describe('Of the profile, whose rows it was fitted on'),
    kind: z.string().describe('The best of those compared'),
    space: z.string().describe('Of the architectures it predicts'),
    rows: z.int().describe('Measurements it was fitted on'),
    level: z.number().describe('Of the interval of each prediction'),
    crossValidatedError: HeldOutError,
    compared: z
      .array(z.object({ name: z.string(), title: z.string(), error: HeldOutError }))
      .describe('Best first'),
    reason: z.string(),
    knownDevices: z
      .array(HardwareProfileId)
      .default([])
      .describe('Whose costs it reads: not empty for `transfer` only'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'HardwareModel' });
export type HardwareModelView = z.infer<typeof HardwareModelView>;

/** Of a transfer; more would add little. */
export const mostKnownDevices = 8;

export const FitHardwareModel = z
  .strictObject({
    metric: HardwareMetric.default('latencyMs'),
    version: z.int().min(1).optional().describe('The current one unless told'),
    searchId: z
      .uuid()
      .optional()
      .describe('Predict the cost of each of its candidates that is not measured'),
    rows: z.int().min(10).max(1000).default(200).describe('Measurements to fit on, at most'),
    transferFrom: z
      .union([z.enum(['auto', 'none']), z.array(HardwareProfileId).min(2).max(mostKnownDevices)])
      .default('auto')
      .describe(
        'Known devices to learn from. auto: where 20 measurements or fewer are fitted, those that know the costs of ' +
          'the same architectures, from their numbers or their models',
      ),
  })
  .meta({ id: 'FitHardwareModel' });
export type FitHardwareModel = z.infer<typeof FitHardwareModel>;

export const FittedHardwareModel = z
  .object({
    model: HardwareModelView,
    predicted: z
      .int()
      .nullable()
      .describe('Candidates whose predicted cost is new; null: no search was named'),
  })
  .meta({ id: 'FittedHardwareModel' });
export type FittedHardwareModel = z.infer<typeof FittedHardwareModel>;

export const RecordProfileCosts = z
  .strictObject({ searchId: z.uuid() })
  .meta({ id: 'RecordProfileCosts' });
export type RecordProfileCosts = z.infer<typeof RecordProfileCosts>;

/** What a device's table says of the candidates of a search. */
export const RecordedProfileCosts = z
  .object({
    version: z.int().describe('Of the profile, whose numbers they are'),
    recorded: z
      .array(
        z.object({
          cost: z.string().describe('As in latencyMs@pixel3'),
          rows: z.int().describe('Candidates of which the table has a row'),
          sums: z.int().describe('Candidates whose blocks the table has: predicted, as their sum'),
          unknown: z.int().describe('Candidates without a cost on this device still'),
        }),
      )
      .describe('New ones, by cost; what was known before stays'),
  })
  .meta({ id: 'RecordedProfileCosts' });
export type RecordedProfileCosts = z.infer<typeof RecordedProfileCosts>;

export const HardwareVersionView = z
  .object({
    version: z.int(),
    source: HardwareSource,
    space: z.string().nullable(),
    keys: HardwareKeyKind,
    conditions: HardwareConditions,
    /** Rows of each metric; empty while nothing has been measured. */
    rows: z.partialRecord(HardwareMetric, z.int()),
    /** Set: its rows are final. Null: measurements may still be added, none is ever changed. */
    sealedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    models: z.array(HardwareModelView),
  })
  .meta({ id: 'HardwareVersion' });
export type HardwareVersionView = z.infer<typeof HardwareVersionView>;

const profileFields = {
  id: HardwareProfileId,
  name: z.string().nullable(),
  createdAt: z.iso.datetime(),
  links: z.object({ self: z.string(), measurements: z.string() }),
};

/** `current` is the newest version that has rows, else the newest; queries are answered from it. */
export const HardwareProfileView = z
  .object({ ...profileFields, current: HardwareVersionView })
  .meta({ id: 'HardwareProfile' });
export type HardwareProfileView = z.infer<typeof HardwareProfileView>;

export const HardwareProfileDetail = z
  .object({
    ...profileFields,
    current: HardwareVersionView,
    versions: z.array(HardwareVersionView),
  })
  .meta({ id: 'HardwareProfileDetail' });
export type HardwareProfileDetail = z.infer<typeof HardwareProfileDetail>;

export const HardwareProfilePage = z
  .object({ items: z.array(HardwareProfileView), nextCursor: z.string().nullable() })
  .meta({ id: 'HardwareProfilePage' });

/** One number about one key. p10 and p90 equal the value where only the value is known. */
export const HardwareRow = z.object({
  key: z.string().min(1).max(200),
  metric: HardwareMetric,
  value: z.number().positive(),
  p10: z.number().positive(),
  p90: z.number().positive(),
  n: z.int().min(1).nullable().describe('Runs behind the value; null: not said'),
});
export type HardwareRow = z.infer<typeof HardwareRow>;

export const HardwareMeasurementView = z
  .object({
    ...HardwareRow.shape,
    measuredAt: z.iso.datetime().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'HardwareMeasurement' });
export type HardwareMeasurementView = z.infer<typeof HardwareMeasurementView>;

export const HardwareMeasurementPage = z
  .object({ items: z.array(HardwareMeasurementView), nextCursor: z.string().nullable() })
  .meta({ id: 'HardwareMeasurementPage' });

/** The name under which a number of a device is stored with a candidate. */
export const costKey = (metric: HardwareMetric, profile: HardwareProfileId): string =>
  `${metric}@${profile}`;

/** Who measures which candidates. */
export const MeasurementRequest = z
  .strictObject({
    searchId: z.uuid(),
    candidateIds: z.array(CandidateId).min(1).max(2000).optional(),
    top: z.int().min(1).max(2000).optional().describe('The so many best by validation accuracy'),
    again: z.boolean().default(false).describe('Also what has a measurement on this device'),
  })
  .refine(({ candidateIds, top }) => (candidateIds === undefined) !== (top === undefined), {
    message: 'name candidateIds or top, one of the two',
  })
  .meta({ id: 'MeasurementRequest' });
export type MeasurementRequest = z.infer<typeof MeasurementRequest>;

/** Why a row of a table is not stored. */
export const RowRefusal = z.enum([
  'malformed',
  'missing',
  'not-a-number',
  'not-positive',
  'unknown-architecture',
  'duplicate',
  'bad-spread',
]);
export type RowRefusal = z.infer<typeof RowRefusal>;

const lines = z.array(z.int()).describe('The first of them, as lines of the file; 1 is the header');

/** What became of every row of an imported table. */
export const TableReport = z
  .object({
    rows: z.int(),
    accepted: z.partialRecord(HardwareMetric, z.int()),
    refused: z.array(
      z.object({
        metric: HardwareMetric.nullable().describe('null: the whole row'),
        reason: RowRefusal,
        count: z.int(),
        lines,
        example: z.string(),
      }),
    ),
    suspicious: z
      .array(
        z.object({
          metric: HardwareMetric,
          reason: z.literal('near-zero'),
          below: z.number(),
          count: z.int(),
          lines,
        }),
      )
      .describe('Stored, but worth a look'),
  })
  .meta({ id: 'TableReport' });
export type TableReport = z.infer<typeof TableReport>;

/** What became of an upload; `version` is null where it was only tried. */
export const TableImport = z
  .object({ profile: HardwareProfileDetail, version: z.int().nullable(), report: TableReport })
  .meta({ id: 'TableImport' });
export type TableImport = z.infer<typeof TableImport>;

const column = z.string().min(1).max(200).optional();

/** How to read a table, where it does not say so itself, and under which conditions it was measured. */
export const TableImportQuery = z
  .strictObject({
    format: z.enum(['csv', 'ndjson']).optional().describe('Of a gzip file; csv unless told'),
    key: column.describe('Column of the architectures or blocks'),
    latencyMs: column.describe('Column of the latencies'),
    energyMj: column.describe('Column of the energies'),
    memoryBytes: column.describe('Column of the memory'),
    keys: HardwareKeyKind.optional().describe('As in the profile unless told'),
    space: z.string().min(1).max(63).optional().describe('As in the profile unless told'),
    runtime: words.optional().describe('As in the profile unless told'),
    origin: ValueOrigin.optional().describe('What gave the numbers; as in the profile unless told'),
    measuredOn: z.iso.date().optional().describe('As in the profile unless told'),
    dryRun: z.stringbool().default(false).describe('Report only, store nothing'),
  })
  .meta({ id: 'TableImportQuery' });
export type TableImportQuery = z.infer<typeof TableImportQuery>;
