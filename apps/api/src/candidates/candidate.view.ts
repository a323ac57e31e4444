/** @file From a stored candidate and its measurements to what a caller reads. */
import type {
  CandidateDetail,
  CandidateView,
  CostView,
  LatencyConditions,
  Measurement,
} from '@sextant/contracts';
import type { StoredCandidate } from '@sextant/persistence';
import { z } from 'zod';

type Measurements = readonly Measurement[];

const find = (
  measurements: Measurements,
  metric: Measurement['metric'],
  split: Measurement['split'],
) => measurements.find((it) => it.metric === metric && it.split === split);

function accuracyOf(
  measurements: Measurements,
  split: Measurement['split'],
): CandidateView['accuracy'] {
  const it = find(measurements, 'accuracy', split);
  if (it === undefined) return null;
  const { value, lower, upper, n, fidelity } = it;
  const { measure } = it.details;
  const named = typeof measure === 'string' ? { measure } : {};
  return { value, lower, upper, n, split, fidelity, ...named };
}

/** Conditions were parsed when the worker handed them over; a page has fifty of them. */
function ownLatency(measurements: Measurements): CandidateView['latencyMs'] {
  const it = find(measurements, 'latencyMs', 'none');
  if (it === undefined) return null;
  const conditions = it.details as LatencyConditions;
  return { value: it.value, p10: it.lower, p90: it.upper, evidence: 'measured', ...conditions };
}

/** Latency on the search's own worker, as a cost. */
export function latencyOf({ measurements }: StoredCandidate): CostView | null {
  const it = find(measurements, 'latencyMs', 'none');
  if (it === undefined) return null;
  const { value, lower, upper, n, details: conditions } = it;
  return { value, lower, upper, n, evidence: 'measured', conditions };
}

function modelOf({
  searchId,
  id,
  modelSha256,
  modelBytes,
}: StoredCandidate): CandidateView['model'] {
  if (modelSha256 === null || modelBytes === null) return null;
  const url = `/v1/searches/${searchId}/candidates/${id}/model.onnx`;
  return { url, sha256: modelSha256, bytes: modelBytes };
}

export function candidateView(candidate: StoredCandidate): CandidateView {
  const { id, searchId, rank, architecture, encoding, macs, paramCount, measurements } = candidate;
  const { predictedAccuracy = null, ...costs } = candidate.costs;
  return {
    id,
    searchId,
    rank,
    architecture,
    encoding,
    macs,
    paramCount,
    accuracy: accuracyOf(measurements, 'validation'),
    testAccuracy: accuracyOf(measurements, 'test'),
    predictedAccuracy,
    latencyMs: ownLatency(measurements),
    costs,
    model: modelOf(candidate),
  };
}

const Predictions = z.object({ predictions: z.base64() });

export function candidateDetail(candidate: StoredCandidate): CandidateDetail {
  const test = find(candidate.measurements, 'accuracy', 'test');
  const known = Predictions.safeParse(test?.details);
  return {
    ...candidateView(candidate),
    testPredictions: known.success ? known.data.predictions : null,
  };
}
