import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  AnyFamilySpaceSchema,
  architectureCount,
  builtInSpaces,
  searchSpaceJsonSchema,
  topologySpaces,
  transformerSpaces,
} from '.';

it('every space that comes with Sextant is valid data of its own name', () => {
  expect(builtInSpaces.size).toBeGreaterThan(10);
  for (const [name, space] of builtInSpaces) {
    expect(AnyFamilySpaceSchema.parse(JSON.parse(JSON.stringify(space)))).toEqual(space);
    expect(space.name).toBe(name);
  }
});

it('counts architectures of every family', () => {
  // 3 embeddings; 2, 3 or 4 blocks of 4 head counts and 3 ratios
  expect(architectureCount(transformerSpaces['vit-fashion-mnist-v1'])).toBe(
    3n * (12n ** 2n + 12n ** 3n + 12n ** 4n),
  );
  const small = topologySpaces['scenes-small'];
  expect(architectureCount(small)).toBe(architectureCount(topologySpaces['scenes-large']));
  expect(architectureCount(small) & (architectureCount(small) - 1n)).toBe(0n);
});

it('the published schema is the file that ships', () => {
  const file = path.join(import.meta.dirname, '../schema/search-space.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(searchSpaceJsonSchema())),
  );
});
