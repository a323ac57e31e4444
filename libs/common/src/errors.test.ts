import { describe, expect, it } from 'vitest';
import * as errors from './errors';

const { NasError, InfeasibleConstraintError, ValidationError, LeaseLostError, messageOf } = errors;

/** One of every class that can be constructed. */
const all = Object.values(errors)
  .filter((it) => typeof it === 'function' && it.prototype instanceof NasError)
  .map(
    (it) =>
      new (it as unknown as new (message: string, detail: unknown) => errors.NasError)('why', {}),
  );

describe('errors', () => {
  it('have a kebab-case code each, shared with no other class', () => {
    const codes = all.map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(15);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('are named after their class, and permanent unless trying again can help', () => {
    expect(new LeaseLostError('epoch 3 of search 7 is not the last').name).toBe('LeaseLostError');
    const transient = all.filter(({ permanent }) => !permanent).map(({ name }) => name);
    expect(transient).toEqual(['TrainingCrashedError', 'ServiceUnavailableError']);
  });

  it('keep their cause and what they carry', () => {
    const cause = new TypeError('inner');
    expect(new ValidationError('outer', [], { cause }).cause).toBe(cause);
    expect(new InfeasibleConstraintError('too small', { macs: 5 }).smallest).toEqual({ macs: 5 });
    expect([messageOf(cause), messageOf('text')]).toEqual(['inner', 'text']);
  });
});
