/** @file The routes of measuring agents in words. */
import {
  AgentKeyList,
  agentHeaders,
  CreateAgentKey,
  CreatedAgentKey,
  HardwareProfileId,
  LeasedMeasurement,
  LeaseMeasurement,
  MeasurementRequest,
  MeasurementRequestView,
  MeasurementResult,
} from '@sextant/contracts';
import { z } from 'zod';
import { created, ok, tagged, type Operation } from '../openapi/operation';

const tag = 'measuring agents';
const profile = '/v1/hardware-profiles/:profile';
const parameters = { profile: HardwareProfileId };

const signature = {
  [agentHeaders.key]: 'Id of the agent key',
  [agentHeaders.timestamp]: 'Unix time in ms; at most 5 minutes off',
  [agentHeaders.nonce]: '16 to 64 hexadecimal digits, never twice',
  [agentHeaders.signature]:
    'HMAC-SHA256, hexadecimal, under SHA-256 of the secret, over timestamp, nonce, method, path and body, joined by line feeds',
};

export const agentOperations: readonly Operation[] = [
  {
    id: 'createAgentKey',
    method: 'post',
    path: `${profile}/agent-keys`,
    tag,
    summary: 'A key with which an agent signs its results; its token is shown this once',
    parameters,
    body: CreateAgentKey,
    answer: created(CreatedAgentKey, 'The key, with its token'),
    problems: [400, 404, 413, 415, 503],
  },
  {
    id: 'listAgentKeys',
    method: 'get',
    path: `${profile}/agent-keys`,
    tag,
    summary: 'Keys of a device, the revoked ones too',
    parameters,
    answer: tagged(ok(AgentKeyList, 'All')),
    problems: [404, 503],
  },
  {
    id: 'revokeAgentKey',
    method: 'delete',
    path: `${profile}/agent-keys/:key`,
    tag,
    summary: 'Refuse this key from now on; what it measured stays',
    parameters: { ...parameters, key: z.uuid() },
    answer: { status: 204, description: 'Revoked', body: 'none' },
    problems: [404, 503],
  },
  {
    id: 'requestMeasurements',
    method: 'post',
    path: `${profile}/measurement-requests`,
    tag,
    summary: 'Have candidates of a search measured on this device; durable once this answers',
    parameters,
    body: MeasurementRequest,
    answer: {
      status: 202,
      description: 'Queued for the next agent that asks',
      body: MeasurementRequestView,
      headers: { Location: 'The request' },
    },
    problems: [400, 404, 409, 413, 415, 503],
  },
  {
    id: 'getMeasurementRequest',
    method: 'get',
    path: `${profile}/measurement-requests/:request`,
    tag,
    summary: 'How far the agents are, and why what is given up failed',
    parameters: { ...parameters, request: z.uuid() },
    answer: tagged(ok(MeasurementRequestView, 'The request')),
    problems: [404, 503],
  },
  {
    id: 'leaseMeasurement',
    method: 'post',
    path: `${profile}/measurement-tasks/lease`,
    tag,
    summary: 'For agents: the next model to measure',
    parameters,
    headers: signature,
    body: LeaseMeasurement,
    answer: ok(LeasedMeasurement, 'A task, or how long to wait'),
    problems: [400, 401, 404, 413, 415, 503],
  },
  {
    id: 'settleMeasurement',
    method: 'post',
    path: `${profile}/measurement-tasks/:task/result`,
    tag,
    summary: 'For agents: what was measured, or why it was not',
    parameters: { ...parameters, task: z.uuid() },
    headers: signature,
    body: MeasurementResult,
    answer: { status: 204, description: 'Stored', body: 'none' },
    problems: [400, 401, 404, 409, 413, 415, 422, 503],
  },
];
