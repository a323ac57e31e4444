/** @file The routes of queries to hardware profiles in words. */
import { CreateHardwareQuery, HardwareProfileId, HardwareQueryView } from '@sextant/contracts';
import { z } from 'zod';
import { created, ok, tagged, type Operation } from '../openapi/operation';

const tag = 'hardware profiles';
const root = '/v1/hardware-profiles/:profile/queries';

export const hardwareQueryOperations: readonly Operation[] = [
  {
    id: 'createHardwareQuery',
    method: 'post',
    path: root,
    tag,
    summary:
      'Ask for the most accurate architecture under hard limits on a device; 202 while finalists are measured',
    parameters: { profile: HardwareProfileId },
    headers: { 'Idempotency-Key': 'Repeat safely: the same body answers the same query' },
    body: CreateHardwareQuery,
    answer: {
      ...created(
        HardwareQueryView,
        'The answer; `feasible: false` where nothing fits. 202 with `answer: null` while finalists of a search are measured',
      ),
      headers: {
        Location: 'The query',
        'Idempotency-Replayed': '`true` where an earlier request with this key asked it',
      },
    },
    problems: [400, 404, 413, 415, 422, 503],
  },
  {
    id: 'getHardwareQuery',
    method: 'get',
    path: `${root}/:query`,
    tag,
    summary: 'A query and its answer, once its finalists are measured or given up',
    parameters: { profile: HardwareProfileId, query: z.uuid() },
    answer: tagged(ok(HardwareQueryView, 'The query')),
    problems: [404, 503],
  },
];
