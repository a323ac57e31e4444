/** @file The search spaces that come with Sextant, by name. */
import { attentiveNas } from './attentive-nas';
import { bigNas } from './big-nas';
import { cifar10 } from './cifar-10';
import { fashionMnist, fashionMnistV2 } from './fashion-mnist';
import { proxylessCifar10, proxylessFashionMnist, proxylessNas } from './proxyless-nas';

export const searchSpaces = {
  'attentive-nas': attentiveNas,
  'big-nas': bigNas,
  'mbconv-cifar10-v1': cifar10,
  'mbconv-fashion-mnist-v1': fashionMnist,
  'mbconv-fashion-mnist-v2': fashionMnistV2,
  'proxyless-cifar10-v1': proxylessCifar10,
  'proxyless-fashion-mnist-v1': proxylessFashionMnist,
  'proxyless-nas': proxylessNas,
} as const;

export type SearchSpaceName = keyof typeof searchSpaces;

export const isSearchSpaceName = (name: string): name is SearchSpaceName =>
  Object.hasOwn(searchSpaces, name);
