/** @file From the best stored candidate of a search to the answer of a query to a hardware profile. */
import {
  byStrength,
  type CreateHardwareQuery,
  type QueryAnswer,
  type QueryArchitecture,
} from '@sextant/contracts';
import type { BestAnswer, StoredCandidate } from '@sextant/persistence';
import { candidateView } from '../candidates/candidate.view';

type Costs = QueryArchitecture['costs'];
type Evidence = Costs[string]['evidence'];

const bare = (cost: string): string => cost.split('@')[0] as string;

const counted = (value: number): Costs[string] => ({
  value,
  lower: value,
  upper: value,
  evidence: 'counted',
  conditions: {},
});

function costsOn(profileId: string, { costs, macs, paramCount }: StoredCandidate): Costs {
  const known = Object.entries(costs)
    .filter(([key]) => key === 'predictedAccuracy' || key.endsWith(`@${profileId}`))
    .map(([key, { n: _, ...cost }]) => [bare(key), cost] as const);
  return { ...Object.fromEntries(known), macs: counted(macs), paramCount: counted(paramCount) };
}

function architectureView(profileId: string, candidate: StoredCandidate): QueryArchitecture {
  const { id, searchId, architecture, encoding, rank, accuracy, testAccuracy } =
    candidateView(candidate);
  return {
    id,
    architecture,
    encoding,
    rank,
    accuracy,
    testAccuracy,
    costs: costsOn(profileId, candidate),
    candidate: `/v1/searches/${searchId}/candidates/${id}`,
  };
}

/** The weakest by which it keeps a limit; counted where nothing is limited. */
function evidenceOf({ costs }: QueryArchitecture, { limits }: CreateHardwareQuery): Evidence {
  const kinds = Object.keys(limits).map((name) => costs[name]?.evidence);
  return byStrength.find((it) => kinds.includes(it)) ?? 'counted';
}

function infeasibleHint(
  evaluatedCount: number,
  smallest: Readonly<Record<string, number | null>>,
  { measure, orderBy }: CreateHardwareQuery,
): string {
  if (evaluatedCount === 0) {
    return orderBy === 'predictedAccuracy'
      ? 'no candidate has a predicted accuracy; fit a predictor first'
      : 'no candidate has been evaluated yet; ask again later';
  }
  const said = Object.entries(smallest).map(([cost, value]) => `${cost} ${value ?? 'unknown'}`);
  const how = measure ? 'is known by measurement to fit' : 'fits';
  return (
    `none of ${evaluatedCount} evaluated candidates ${how} every limit; the smallest of each: ` +
    (said.join(', ') || 'nothing is limited but the accuracy')
  );
}

const stillOpen = 'better candidates that may fit are not measured yet: ask again';

/**
 * @param finalists that fit, the answer first
 * @param open whether better ones that may fit stay unmeasured
 */
export function searchAnswer(
  profileId: string,
  query: CreateHardwareQuery,
  best: BestAnswer,
  finalists: readonly StoredCandidate[],
  open: boolean,
): QueryAnswer {
  const { evaluatedCount } = best;
  if (!best.feasible) {
    const smallest = Object.fromEntries(
      Object.entries(best.smallest).map(([cost, value]) => [bare(cost), value]),
    );
    const hint = infeasibleHint(evaluatedCount, smallest, query);
    const { highestAccuracy } = best;
    return {
      feasible: false,
      evaluatedCount,
      smallest,
      highestAccuracy,
      hint: open ? `${hint}; ${stillOpen}` : hint,
    };
  }
  const view = (it: StoredCandidate): QueryArchitecture => architectureView(profileId, it);
  const answer = view(best.candidate);
  return {
    feasible: true,
    best: answer,
    evidence: evidenceOf(answer, query),
    feasibleCount: best.feasibleCount,
    feasibleCountRelation: best.isExact ? 'exact' : 'atMost',
    evaluatedCount,
    finalists: finalists.map(view),
    neighbours: {
      slower: best.slower && view(best.slower),
      faster: best.faster && view(best.faster),
    },
    ...(open && { hint: stillOpen }),
  };
}
