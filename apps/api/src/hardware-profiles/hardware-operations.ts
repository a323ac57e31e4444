/** @file The routes of hardware profiles in words. */
import {
  CreateHardwareProfile,
  CreateHardwareVersion,
  FitHardwareModel,
  FittedHardwareModel,
  HardwareMeasurementPage,
  HardwareProfileDetail,
  HardwareProfileId,
  HardwareProfilePage,
  RecordedProfileCosts,
  RecordProfileCosts,
  TableImport,
  TableImportQuery,
} from '@sextant/contracts';
import { PageQuery } from '../http/pagination';
import { created, ok, tagged, type Operation } from '../openapi/operation';
import { MeasurementsQuery } from './hardware-profiles.service';

const tag = 'hardware profiles';
const root = '/v1/hardware-profiles';
const profile = `${root}/:profile`;
const parameters = { profile: HardwareProfileId };

export const hardwareOperations: readonly Operation[] = [
  {
    id: 'createHardwareProfile',
    method: 'post',
    path: root,
    tag,
    summary: 'Register a device',
    body: CreateHardwareProfile,
    answer: {
      ...created(HardwareProfileDetail, 'The profile, with version 1, empty'),
      headers: { Location: 'The profile' },
    },
    problems: [400, 409, 413, 415, 503],
  },
  {
    id: 'listHardwareProfiles',
    method: 'get',
    path: root,
    tag,
    summary: 'Devices, by id',
    query: PageQuery,
    answer: tagged(ok(HardwareProfilePage, 'One page')),
    problems: [400, 503],
  },
  {
    id: 'getHardwareProfile',
    method: 'get',
    path: profile,
    tag,
    summary: 'One device: versions, conditions, how many numbers, errors of its models',
    parameters,
    answer: tagged(ok(HardwareProfileDetail, 'The profile')),
    problems: [404, 503],
  },
  {
    id: 'deleteHardwareProfile',
    method: 'delete',
    path: profile,
    tag,
    summary: 'Forget a device and its numbers; searches keep the costs that were taken from it',
    parameters,
    answer: { status: 204, description: 'Forgotten', body: 'none' },
    problems: [404, 503],
  },
  {
    id: 'addHardwareVersion',
    method: 'post',
    path: `${profile}/versions`,
    tag,
    summary: 'Begin a new version: other conditions, or a new campaign',
    parameters,
    body: CreateHardwareVersion,
    answer: created(HardwareProfileDetail, 'The profile, with the new version'),
    problems: [400, 404, 413, 415, 503],
  },
  {
    id: 'listHardwareMeasurements',
    method: 'get',
    path: `${profile}/measurements`,
    tag,
    summary: 'Numbers of one version (the current one unless named), by metric, then key',
    parameters,
    query: MeasurementsQuery,
    answer: tagged(ok(HardwareMeasurementPage, 'One page')),
    problems: [400, 404, 503],
  },
  {
    id: 'importHardwareTable',
    method: 'post',
    path: `${profile}/tables`,
    tag,
    summary:
      'Import a table of measured architectures or blocks: a version of its own, whole or not at all',
    parameters,
    query: TableImportQuery,
    body: 'any-table',
    answer: created(TableImport, 'What became of every row'),
    problems: [400, 404, 413, 415, 422, 503],
  },
  {
    id: 'recordProfileCosts',
    method: 'post',
    path: `${profile}/costs`,
    tag,
    summary: 'Give the candidates of a search what the table of this device says of them',
    parameters,
    body: RecordProfileCosts,
    answer: ok(RecordedProfileCosts, 'How many costs are new, and how they are known'),
    problems: [400, 404, 413, 415, 503],
  },
  {
    id: 'fitHardwareModel',
    method: 'post',
    path: `${profile}/models`,
    tag,
    summary: 'Fit what predicts a cost on this device; predict it for the candidates of a search',
    parameters,
    body: FitHardwareModel,
    answer: created(
      FittedHardwareModel,
      'The best of several models, with its cross-validated error',
    ),
    problems: [400, 404, 413, 415, 422, 503],
  },
];
