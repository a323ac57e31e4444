import { IllegalTransitionError, ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { CreateSearch, isTerminal, parseAs, requireTransition, SearchState, transitions } from '.';

describe('states', () => {
  it.each(
    SearchState.options.flatMap((from) => SearchState.options.map((to) => [from, to] as const)),
  )('%s → %s is allowed exactly when the table lists it', (from, to) => {
    const move = () => requireTransition(from, to);
    if (transitions[from].includes(to)) expect(move).not.toThrow();
    else expect(move).toThrow(IllegalTransitionError);
  });
  it('ends in four states', () => {
    expect(SearchState.options.filter(isTerminal)).toEqual([
      'succeeded',
      'failed',
      'cancelled',
      'quarantined',
    ]);
  });
});

describe('CreateSearch', () => {
  it('needs a data set and a space only', () => {
    const spec = parseAs(
      CreateSearch,
      { dataset: 'fashion-mnist-subset', space: 'x' },
      'the search',
    );
    expect(spec.method.options).toMatchObject({ randomSubnets: 2 });
    expect(spec.evaluation.candidates).toBe(48);
    expect(parseAs(CreateSearch, spec, 'the search')).toEqual(spec);
  });
  it('names each unknown field and each bad value by pointer', () => {
    const body = {
      dataset: '../etc',
      space: 'x',
      colour: 1,
      method: { name: 'big-nas', options: { epochs: -1 } },
    };
    try {
      parseAs(CreateSearch, body, 'the search');
      expect.unreachable();
    } catch (error) {
      const pointers = (error as ValidationError).violations.map(({ pointer }) => pointer);
      expect(pointers.sort()).toEqual(['/colour', '/dataset', '/method/options/epochs']);
    }
  });
});
