import { describe, expect, it } from 'vitest';
import { measureSteadily } from './measure-steadily';

const sampling = (...medians: number[]) => {
  let at = 0;
  return () => {
    const medianMs = medians[at++ % medians.length] as number;
    return Promise.resolve({ medianMs, p10Ms: medianMs * 0.9, p90Ms: medianMs * 1.2, runs: 50 });
  };
};
const options = { tolerance: 0.03, mostRounds: 6 };

describe('a steady latency', () => {
  it('ends with the first two in a row that agree', async () => {
    const it = await measureSteadily(sampling(10, 12, 12.36, 99), options);
    expect(it).toEqual({
      value: 12.18,
      p10: 10.8,
      p90: 12.36 * 1.2,
      n: 100,
      medians: [10, 12, 12.36],
      isSteady: true,
    });
  });
  it('does not compare rounds that are apart', async () => {
    const it = await measureSteadily(sampling(10, 20), options);
    expect(it).toMatchObject({ isSteady: false, medians: [10, 20, 10, 20, 10, 20] });
  });
  it('passes on what the measurement throws', async () => {
    const failing = () => Promise.reject(new RangeError('broken'));
    await expect(measureSteadily(failing, options)).rejects.toThrow('broken');
  });
});
