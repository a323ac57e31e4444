/** @file How long phases take: their work over rates, of earlier searches where there are any. */
import type { SearchEstimate } from '@sextant/contracts';
import { supernetPhases, type SupernetPhase, type SupernetWork } from './supernet-work';

/** An earlier search that ended well: what it computed, and how long it took. */
export interface PhaseReference {
  readonly work: SupernetWork;
  readonly seconds: Readonly<Record<SupernetPhase, number>>;
}

type Rates = Readonly<Record<SupernetPhase, number>>;

/**
 * MACs a second of small networks on two threads of a shared x86-64 server, in processor time; testing and measuring use
 * one thread. Large networks reach more of a processor.
 */
const builtIn: Rates = { training: 9e9, evaluating: 10e9, testing: 14e9, measuring: 2e9 };

const earlier = (count: number): string => `${count} earlier search${count === 1 ? '' : 'es'}`;

/** Times and divided by this, the built-in rates cover machines and networks we know of. */
const builtInSpread = 3;
/** And what searches on one installation differ by, at least: other networks, other load. */
const leastSpread = 1.3;

function ratesOf({ work, seconds }: PhaseReference): Partial<Record<SupernetPhase, number>> {
  // a search that was resumed says less time than it took, and one that ended early none
  const known = supernetPhases.filter((phase) => seconds[phase] > 0);
  return Object.fromEntries(known.map((phase) => [phase, work[phase] / seconds[phase]]));
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] as number;

/** Median of the references, and how far they are apart: the farthest over the median. */
function settle(references: readonly PhaseReference[]): { rates: Rates; spread: number } {
  const all = references.map(ratesOf);
  let spread = references.length > 0 ? leastSpread : builtInSpread;
  const rates = supernetPhases.map((phase) => {
    const known = all.flatMap((rates) => rates[phase] ?? []).sort((a, b) => a - b);
    if (known.length === 0) return [phase, builtIn[phase]] as const;
    const middle = median(known);
    const [least, most] = [known[0] as number, known.at(-1) as number];
    spread = Math.max(spread, Math.min(builtInSpread, Math.max(middle / least, most / middle)));
    return [phase, middle] as const;
  });
  return { rates: Object.fromEntries(rates) as Rates, spread };
}

/**
 * Seconds of some work. The interval is the spread of the references' rates, at least a factor of 1.3, and of 3 where there
 * are none; it is no confidence interval.
 * @param largestMacs of a network, for people to read
 */
export function phaseTimes(
  work: SupernetWork,
  references: readonly PhaseReference[],
  largestMacs: number,
): Pick<SearchEstimate, 'seconds' | 'basis' | 'references'> {
  const { rates, spread } = settle(references);
  const phases = Object.fromEntries(
    supernetPhases.map((phase) => [phase, work[phase] / rates[phase]]),
  );
  const expected = Object.values(phases).reduce((sum, it) => sum + it, 0);
  return {
    seconds: { low: expected / spread, expected, high: expected * spread, phases },
    basis:
      references.length > 0
        ? `${earlier(references.length)} of this installation, networks of up to ${(largestMacs / 1e6).toFixed(1)} MMACs`
        : 'built-in rates of two processor cores: no earlier search of this installation; good to a factor of 3',
    references: references.length,
  };
}
