/** @file The output of a block by channel: maps by pixel, tokens by token. */
import { matmul, reshape, scale, sub, sum, toPlain, transpose, type Value } from '@sextant/engine';

export const channelsOf = ({ type }: Value): number =>
  type.dims[type.layout === 'feature' ? 1 : type.dims.length - 1] as number;

/** A block's output as rows of channels [C, positions of all images]: maps by pixel, tokens by token. */
export function channelRows(value: Value): Value {
  const dims = value.type.dims as readonly number[];
  if (value.type.layout === 'feature') {
    const [n, c, h, w] = dims as readonly [number, number, number, number];
    return reshape(transpose(toPlain(value), [1, 0, 2, 3]), [c, n * h * w]);
  }
  const channels = dims.at(-1) as number;
  const positions = dims.slice(0, -1).reduce((a, b) => a * b, 1);
  return transpose(reshape(value, [positions, channels]), [1, 0]);
}

/** Covariance [C,C] of channels over positions. */
export function covarianceOf(value: Value): Value {
  const rows = channelRows(value);
  const [c, count] = rows.type.dims as readonly [number, number];
  const mean = scale(sum(rows, [1]), 1 / count);
  const products = scale(matmul(rows, rows, false, true), 1 / count);
  return sub(products, reshape(matmul(mean, mean, false, true), [c, c]));
}
