import { describe, expect, it } from 'vitest';
import { isDatabaseOutage } from './database-outage';

const failure = (fields: object) => Object.assign(new TypeError('no'), fields);

describe('isDatabaseOutage', () => {
  it.each([
    failure({ code: 'ECONNREFUSED' }),
    failure({ code: '57P01' }),
    failure({ code: '08006' }),
    failure({ code: 'ENOENT', syscall: 'connect' }),
    failure({ driverError: failure({ code: '57P03' }) }),
    failure({ cause: new TypeError('Connection terminated unexpectedly') }),
    failure({ errors: [failure({ code: 'ECONNREFUSED' })] }),
  ])('%o is one', (error) => {
    expect(isDatabaseOutage(error)).toBe(true);
  });
  it.each([failure({ code: '23505' }), failure({ code: 'ENOENT', syscall: 'open' }), 'no', null])(
    '%o is none',
    (error) => {
      expect(isDatabaseOutage(error)).toBe(false);
    },
  );
});
