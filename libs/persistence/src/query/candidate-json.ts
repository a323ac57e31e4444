/** @file A candidate with what was measured on it, as one JSON value: nothing is put together row by row. */

/** Predictions for every image are thousands of characters: they are in the detail only. */
const details = (isDetail: boolean): string =>
  isDetail ? 'm.details' : `case when m.metric = 'accuracy' then '{}' else m.details end`;

const measurements = (c: string, isDetail: boolean): string => `
  (select coalesce(json_agg(json_build_object('metric', m.metric, 'split', m.split, 'fidelity', m.fidelity,
     'seed', m.seed, 'value', m.value, 'lower', m.lower, 'upper', m.upper, 'n', m.n, 'unit', m.unit,
     'details', ${details(isDetail)})
     order by m.metric, m.split, m.created_at, m.fidelity, m.seed), '[]')
   from measurement m where m.search_id = ${c}.search_id and m.candidate_id = ${c}.id)`;

const costs = (c: string): string => `
  (select coalesce(json_object_agg(k.cost, json_build_object('value', k.value, 'lower', k.lower, 'upper', k.upper,
     'n', k.n, 'evidence', k.evidence, 'conditions', k.conditions)), '{}')
   from candidate_cost k where k.search_id = ${c}.search_id and k.candidate_id = ${c}.id)`;

/** Of the row `c` of `candidate`; `rank` is an expression. */
export const candidateJson = (c: string, rank: string, detail?: 'with predictions'): string => `
  json_build_object('id', ${c}.id, 'searchId', ${c}.search_id, 'encoding', ${c}.encoding,
    'architecture', ${c}.architecture, 'macs', ${c}.macs, 'paramCount', ${c}.param_count,
    'accuracy', ${c}.accuracy, 'predictedAccuracy', ${c}.predicted_accuracy, 'latencyMs', ${c}.latency_ms,
    'modelSha256', ${c}.model_sha256, 'modelBytes', ${c}.model_bytes, 'rank', ${rank},
    'measurements', ${measurements(c, detail !== undefined)}, 'costs', ${costs(c)})`;
