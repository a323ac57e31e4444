/** @file OpenAPI 3.1 document of the API. @see https://spec.openapis.org/oas/v3.1.1 */
import { STATUS_CODES } from 'node:http';
import { Problem } from '@sextant/contracts';
import { z } from 'zod';
import { ndjsonMediaType, tableMediaTypes } from '../http/table-body';
import type { Answer, Operation } from './operation';
import { operations } from './operations';
import { SchemaComponents, type JsonSchema } from './schemas';

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, string>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const text = { type: 'string' };

const parameter = (place: 'path' | 'query' | 'header', name: string, schema: object) => ({
  name,
  in: place,
  required: place === 'path',
  schema,
});

function queryParameters(query: z.ZodObject, components: SchemaComponents) {
  return Object.entries(query.shape).map(([name, schema]) =>
    parameter('query', name, components.input(schema as z.ZodType)),
  );
}

function parametersOf(operation: Operation, components: SchemaComponents) {
  const { parameters = {}, query, headers = {} } = operation;
  return [
    ...Object.entries(parameters).map(([name, schema]) =>
      parameter('path', name, components.input(schema)),
    ),
    ...(query ? queryParameters(query, components) : []),
    ...Object.entries(headers).map(([name, description]) => ({
      ...parameter('header', name, text),
      description,
    })),
  ];
}

const headersOf = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: text }]),
  );

function contentOf(body: Exclude<Answer['body'], 'none'>, components: SchemaComponents) {
  if (body === 'application/octet-stream') return { [body]: {} };
  if (body === 'application/schema+json') return { [body]: { schema: { type: 'object' } } };
  if (body === 'text/plain') return { [body]: { schema: text } };
  return { 'application/json': { schema: components.output(body) } };
}

function responsesOf({ answer, problems }: Operation, components: SchemaComponents) {
  const problem = {
    content: { 'application/problem+json': { schema: components.output(Problem) } },
  };
  const failures = [...problems, 500].map((status) => {
    const retry = status === 503 ? { headers: headersOf({ 'Retry-After': 'Seconds' }) } : {};
    return [status, { description: STATUS_CODES[status], ...problem, ...retry }] as const;
  });
  const current = answer.headers?.['ETag'] ? { 304: { description: 'Not modified' } } : {};
  return {
    [answer.status]: {
      description: answer.description,
      headers: headersOf(answer.headers),
      ...(answer.body !== 'none' && { content: contentOf(answer.body, components) }),
    },
    ...current,
    ...Object.fromEntries(failures),
  };
}

function requestContent(body: NonNullable<Operation['body']>, components: SchemaComponents) {
  if (typeof body !== 'string') return { 'application/json': { schema: components.input(body) } };
  const types = body === 'table' ? tableMediaTypes : [...tableMediaTypes, ndjsonMediaType];
  return Object.fromEntries(types.map((type) => [type, {}]));
}

const operationObject = (operation: Operation, components: SchemaComponents): object => ({
  operationId: operation.id,
  tags: [operation.tag],
  summary: operation.summary,
  parameters: parametersOf(operation, components),
  ...(operation.body && {
    requestBody: { required: true, content: requestContent(operation.body, components) },
  }),
  responses: responsesOf(operation, components),
});

/** `/a/:b` as OpenAPI writes it: `/a/{b}`. */
export const templated = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

export function openApiDocument(): OpenApiDocument {
  const components = new SchemaComponents();
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = (paths[templated(operation.path)] ??= {});
    path[operation.method] = operationObject(operation, components);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sextant',
      version: '1',
      description: 'Post a search, get the best architecture under your limits as ONNX.',
    },
    paths,
    components: { schemas: components.all() },
  };
}
