/** @file Values of command line options, checked where they are read. */
import { InvalidArgumentError, type Command } from 'commander';

export const positive = (text: string): number => {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
};

export const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
};

export const port = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
};

/** Of an option that may be given more than once. */
export const collected = (text: string, earlier: readonly string[]): string[] => [...earlier, text];

/** The options of every command that talks to the API. */
export const withApi = (command: Command): Command =>
  command
    .option(
      '--url <url>',
      'address of the API',
      process.env['SEXTANT_URL'] ?? 'http://127.0.0.1:3000',
    )
    .option('--json', 'answer as one JSON line', false);
