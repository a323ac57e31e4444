/** @file A model from elsewhere on one screen. Its text is untrusted: nothing in it may steer the terminal. */
import type { NotCounted } from '@sextant/engine';
import type { InspectedPort, Inspection } from '../inspection';
import { milliseconds, millions } from './numbers';

const longestText = 160;
const mostLines = 20;
const mostOperators = 12;

/** Text of a file on one line, its control and formatting characters replaced. */
export const plain = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '\ufffd');

/** The same, cut to `longestText`. */
export function printable(text: string): string {
  const safe = plain(text);
  return safe.length > longestText ? `${safe.slice(0, longestText)}…` : safe;
}

/** The first few, and how many more there are. */
function few<T>(items: readonly T[], most: number, line: (item: T) => string): string[] {
  const rest = items.length - most;
  return [...items.slice(0, most).map(line), ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

/** `1x3x8` as `--input` takes it; `[batch, 3, ?]` where a size is open. */
function sizes(dims: readonly (number | string | null)[]): string {
  if (dims.length === 0) return 'a single value';
  const isOpen = dims.some((dim) => typeof dim !== 'number');
  return isOpen ? `[${dims.map((dim) => dim ?? '?').join(', ')}]` : dims.join('x');
}

function portText({ name, elementType, dims, ranWith }: InspectedPort): string {
  const declared = dims ? sizes(dims) : 'of any size';
  const ran = sizes(ranWith) !== declared ? `, run as ${sizes(ranWith)}` : '';
  return printable(`${name}: ${elementType} ${declared}${ran}`);
}

const notCountedText = ({ operator, where, count }: NotCounted): string =>
  printable(`${operator} ×${count} in ${where}`);

/** Lines with a heading in the first one's margin. */
const section = (heading: string, lines: readonly string[]): string[] =>
  lines.map((line, at) => `${(at === 0 ? heading : '').padEnd(12)}${line}`);

export function inspectionLines(it: Inspection): string[] {
  const opsets = Object.entries(it.opsets).map(([domain, version]) =>
    printable(`${domain || 'ai.onnx'} ${version}`),
  );
  const operators = Object.entries(it.operators);
  const { medianMs, p10Ms, p90Ms, runs } = it.latency;
  return [
    ...section('inputs', few(it.inputs, mostLines, portText)),
    ...section('outputs', few(it.outputs, mostLines, portText)),
    ...section('producer', [printable(it.producer) || 'not named']),
    ...section('format', [
      `IR ${it.irVersion}, opset ${few(opsets, mostLines, (text) => text).join(', ')}`,
    ]),
    ...section(
      'metadata',
      few(Object.entries(it.metadata), mostLines, ([key, value]) => printable(`${key}: ${value}`)),
    ),
    ...section('file', [`${(it.fileBytes / 1e6).toFixed(3)} MB`]),
    ...section('parameters', [millions(it.paramCount)]),
    ...section('MACs', [millions(it.macs)]),
    ...section('not counted', few(it.notCounted, mostLines, notCountedText)),
    ...section('operators', [
      few(operators, mostOperators, ([name, count]) => printable(`${name} ×${count}`)).join(', '),
    ]),
    ...section('latency', [
      `${milliseconds(medianMs)} median, ${milliseconds(p10Ms)} p10, ${milliseconds(p90Ms)} p90 (${runs} runs, ${it.threads} ${it.threads === 1 ? 'thread' : 'threads'})`,
    ]),
  ];
}
