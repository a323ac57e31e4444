/** @file JSON Schemas of everything the API takes and gives, drawn from the zod schemas that parse it. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

const prefix = '#/components/schemas/';

/** What a caller may leave out, an answer always has: a schema used both ways needs two names. */
const answerNames: Readonly<Record<string, string>> = { CreateSearch: 'SearchSpec' };

const pointAt = (value: unknown, name: (id: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => pointAt(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === '$ref' && typeof item === 'string'
        ? [key, prefix + name(item.replace('#/$defs/', ''))]
        : [key, pointAt(item, name)],
    ),
  );
};

const without = (key: string, definition: object): object =>
  Object.fromEntries(Object.entries(definition).filter(([other]) => other !== key));

/** Named schemas of one document; `$defs` of each become components. */
export class SchemaComponents {
  private readonly named = new Map<string, JsonSchema>();

  /** A reference to what a caller sends. */
  input = (schema: z.ZodType): JsonSchema => this.add(schema, 'input', (id) => id);

  /** A reference to what a caller reads. */
  output = (schema: z.ZodType): JsonSchema =>
    this.add(schema, 'output', (id) => answerNames[id] ?? id);

  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private add(schema: z.ZodType, io: 'input' | 'output', name: (id: string) => string): JsonSchema {
    const { $defs = {}, id, ...body } = z.toJSONSchema(schema, { io });
    const put = (key: string, definition: object) =>
      this.named.set(name(key), pointAt(definition, name) as JsonSchema);
    for (const [key, definition] of Object.entries($defs)) put(key, without('id', definition));
    delete body.$schema;
    if (id === undefined) return pointAt(body, name) as JsonSchema;
    put(id, body);
    return { $ref: prefix + name(id) };
  }
}
