/** @file Can this zero-cost search be run? Asked by the API before it accepts. */
import { InvalidArchitectureError, ValidationError } from '@sextant/common';
import type { SearchBy } from '@sextant/contracts';
import { proxyNames, zeroCostProxies, type ProxyName } from '@sextant/proxies';
import type { DatasetShape } from '../request';
import { resolveSpace } from '../request';
import { requireKnownCosts } from './limits';
import { cellSpaceName, scorableSpace, type ScorableSpace } from './scorable-space';

const isProxy = (name: string): name is ProxyName => Object.hasOwn(zeroCostProxies, name);

/** Which way better networks lie, as published. @throws {ValidationError} no proxy has this name */
export function directionOf(name: string): 'maximize' | 'minimize' {
  if (isProxy(name)) return zeroCostProxies[name].direction;
  throw refusal('/method/options/proxies', unknownProxy(name));
}

/** The names as the registry has them. @throws {ValidationError} one is no proxy */
export function requireProxies(names: readonly string[]): readonly ProxyName[] {
  return names.map((name, at) => {
    if (isProxy(name)) return name;
    throw refusal(`/method/options/proxies/${at}`, unknownProxy(name));
  });
}

/** Labelled batches that the proxies look at. */
export const batchesFor = (names: readonly ProxyName[]): number => {
  const needs = names.map((name) => zeroCostProxies[name].data);
  if (needs.includes('two batches')) return 2;
  return needs.includes('batch') || needs.includes('labels') ? 1 : 0;
};

/**
 * Checks everything that needs no computing: names, architectures, and that the images fit the networks.
 * @throws {InvalidSearchSpaceError | ValidationError} with a pointer to what is wrong
 */
export function requireScorable(spec: SearchBy<'zero-cost'>, dataset: DatasetShape): void {
  const { proxies, batchSize } = spec.method.options;
  const names = requireProxies(proxies);
  const space = scorableSpace(spec.space);
  requireArchitectures(spec, space);
  if (space.name === cellSpaceName) requireCellImages(dataset);
  else requireSpaceImages(spec, dataset);
  const images = batchesFor(names) * batchSize;
  if (images > dataset.trainCount) {
    const has = `${dataset.id} has ${dataset.trainCount} training images`;
    throw refusal('/method/options/batchSize', `${has}, the proxies need ${images}`);
  }
  requireKnownCosts(spec);
}

function requireArchitectures(spec: SearchBy<'zero-cost'>, space: ScorableSpace): void {
  const { architectures } = spec.method.options;
  const pointer = '/method/options/architectures';
  if (architectures === 'all') {
    if (space.all() === null) throw refusal(pointer, `${space.name} is too large for all of it`);
    return;
  }
  if (typeof architectures === 'number') {
    const size = space.all()?.length ?? Infinity;
    if (architectures <= size) return;
    throw refusal(pointer, `${space.name} has ${size} architectures, not ${architectures}`);
  }
  for (const [at, architecture] of architectures.entries()) {
    try {
      space.parse(architecture);
    } catch (error) {
      if (!(error instanceof InvalidArchitectureError)) throw error;
      throw refusal(`${pointer}/${at}`, error.message);
    }
  }
}

function requireCellImages({ id, height, width }: DatasetShape): void {
  if (height === width && height % 4 === 0) return;
  const has = `${id} has images of ${height}×${width}`;
  throw refusal(
    '/dataset',
    `${has}; cells are scored on square ones whose side is a multiple of 4`,
  );
}

function requireSpaceImages(spec: SearchBy<'zero-cost'>, dataset: DatasetShape): void {
  const { name, input, classes } = resolveSpace(spec.space);
  if (input.channels !== dataset.channels) {
    const has = `${dataset.id} has ${dataset.channels}`;
    throw refusal('/space/input/channels', `${name} takes ${input.channels} channels, ${has}`);
  }
  if (classes !== dataset.classes.length) {
    const has = `${dataset.id} has ${dataset.classes.length}`;
    throw refusal('/space/classes', `${name} tells ${classes} classes apart, ${has}`);
  }
}

const unknownProxy = (name: string): string =>
  `no proxy is called ${name}; there are ${proxyNames.join(', ')}`;

const refusal = (pointer: string, message: string): ValidationError =>
  new ValidationError(message, [{ pointer, message }]);
