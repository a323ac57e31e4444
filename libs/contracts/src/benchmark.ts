/** @file Tables of results that somebody else has trained and measured: what they hold and how they are imported. */
import { z } from 'zod';

export const BenchmarkId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a benchmark id: a-z, 0-9 and -, at most 63')
  .describe('Chosen by whoever imports the table');
export type BenchmarkId = z.infer<typeof BenchmarkId>;

export const BenchmarkColumnName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'a column of a benchmark: a-z, 0-9 and _, at most 63');

/** `accuracy`: a fraction of images; `seconds`: of training; `proxy`: a score without training, unit its own. */
export const BenchmarkColumnKind = z.enum(['accuracy', 'seconds', 'proxy']);
export type BenchmarkColumnKind = z.infer<typeof BenchmarkColumnKind>;

export const BenchmarkColumn = z
  .object({
    name: BenchmarkColumnName,
    kind: BenchmarkColumnKind,
    dataset: z.string().nullable().describe('Of the images; null for a proxy'),
    split: z.enum(['validation', 'test']).nullable().describe('Of an accuracy, else null'),
    epochs: z.int().nullable().describe('Of the training behind it; null for a proxy'),
    images: z.int().nullable().describe('That an accuracy was counted on, else null'),
    known: z.int().describe('Architectures that have a value'),
  })
  .meta({ id: 'BenchmarkColumn' });
export type BenchmarkColumn = z.infer<typeof BenchmarkColumn>;

export const BenchmarkView = z
  .object({
    id: BenchmarkId,
    space: z.literal('nas-bench-201'),
    architectures: z.int().describe('In the space'),
    columns: z.array(BenchmarkColumn),
    createdAt: z.iso.datetime(),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'Benchmark' });
export type BenchmarkView = z.infer<typeof BenchmarkView>;

export const BenchmarkList = z
  .object({ items: z.array(BenchmarkView) })
  .meta({ id: 'BenchmarkList' });
export type BenchmarkList = z.infer<typeof BenchmarkList>;

export const BenchmarkRefusal = z.enum([
  'unknown-architecture',
  'index-mismatch',
  'duplicate',
  'missing',
  'not-a-number',
  'out-of-range',
  'degenerate',
]);
export type BenchmarkRefusal = z.infer<typeof BenchmarkRefusal>;

/** What of a table was taken and what was not: rows by architecture, values by column. */
export const BenchmarkImport = z
  .object({
    benchmark: BenchmarkView,
    rows: z.int().describe('In the file, without its header'),
    acceptedRows: z.int(),
    acceptedValues: z.int(),
    importedColumns: z.array(z.string()),
    ignoredColumns: z.array(z.string()).describe('Known or of no use to a search'),
    refused: z.array(
      z.object({
        reason: BenchmarkRefusal,
        what: z.enum(['row', 'value']),
        count: z.int(),
        examples: z.array(z.object({ line: z.int(), text: z.string() })).describe('The first few'),
      }),
    ),
  })
  .meta({ id: 'BenchmarkImport' });
export type BenchmarkImport = z.infer<typeof BenchmarkImport>;
