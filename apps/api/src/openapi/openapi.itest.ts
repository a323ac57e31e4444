import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';
import { SearchSpaceDetail, SearchSpaceList } from '../search-spaces/search-space.view';
import type { OpenApiDocument } from './document';
import { operations } from './operations';

let api: TestApi;
let document: OpenApiDocument;
beforeAll(async () => {
  api = await startTestApi();
  document = (await api.inject('/openapi.json')).json();
});
afterAll(() => api.stop());

const text = () => JSON.stringify(document);

describe('/openapi.json', () => {
  it('describes each served route and no other', () => {
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.sort()).toEqual(api.routes().sort());
  });

  it('has every schema it refers to', () => {
    const references = [...text().matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const names = new Set(references.map(([, name]) => name));
    expect(Object.keys(document.components.schemas).sort()).toEqual([...names].sort());
    expect(text()).not.toContain('$defs');
  });

  it('lets a caller leave out what has a default, and promises it in answers', () => {
    const { CreateSearch, SearchSpec } = document.components.schemas;
    expect(CreateSearch?.['required']).toEqual(['dataset', 'space']);
    expect(SearchSpec?.['required']).toContain('seed');
  });
});

describe('catalogues', () => {
  it('lists the data sets that ship', async () => {
    const { items } = (await api.inject('/v1/datasets')).json();
    expect(items).toContainEqual(expect.objectContaining({ id: 'fashion-mnist-subset' }));
  });
  it('lists the search spaces, each as data that can be posted', async () => {
    const { items } = SearchSpaceList.parse((await api.inject('/v1/search-spaces')).json());
    const own = items.find(({ name }) => name === 'mbconv-fashion-mnist-v1');
    const { space } = (await api.inject(own?.links.self ?? '')).json();
    const payload = { dataset: 'fashion-mnist-subset', space };
    const response = await api.inject({ method: 'POST', url: '/v1/searches', payload });
    expect(response.statusCode).toBe(202);
    expect(BigInt(own?.cardinality ?? 0)).toBeGreaterThan(1n);
    expect(own?.methods).toEqual(['big-nas', 'shift-nas']);
  });
  it('lists spaces of every family, with the methods that train them', async () => {
    const { items } = SearchSpaceList.parse((await api.inject('/v1/search-spaces')).json());
    const of = (name: string) => items.find((it) => it.name === name);
    expect(of('vit-fashion-mnist-v1')).toMatchObject({
      ...{ family: 'transformer', classes: 10, resolution: [28], methods: ['shift-nas'] },
    });
    expect(of('scenes-small')).toMatchObject({
      ...{ family: 'topology', classes: null, macs: null, methods: ['fbnet-v5'] },
    });
    expect(of('proxyless-cifar10-v1')?.methods).toContain('proxyless-nas');
    for (const { links } of items) {
      const detail = await api.inject(links.self);
      expect(() => SearchSpaceDetail.parse(detail.json())).not.toThrow();
    }
  });
  it('has no search space of another name', async () => {
    const response = await api.inject('/v1/search-spaces/toString');
    expect(response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
  it('publishes the schema of a search space', async () => {
    const response = await api.inject('/v1/schemas/search-space');
    expect(response.headers['content-type']).toContain('application/schema+json');
    const families = ['mbconv', 'transformer', 'topology'];
    expect(response.json()).toMatchObject({
      oneOf: families.map((name) => ({
        additionalProperties: false,
        properties: { family: { const: name } },
      })),
    });
  });
});
