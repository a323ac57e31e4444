import { HttpException } from '@nestjs/common';
import {
  CheckpointCorruptError,
  InfeasibleConstraintError,
  LeaseLostError,
  NotFoundError,
  ServiceUnavailableError,
  ValidationError,
} from '@sextant/common';
import { Problem } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { failureOf, problemOf } from './problem';

const refused = Object.assign(new TypeError('connect'), { code: 'ECONNREFUSED' });

describe('failureOf', () => {
  it.each([
    [new NotFoundError('x'), 404, 'not-found'],
    [new InfeasibleConstraintError('x', {}), 422, 'infeasible-constraint'],
    [new ServiceUnavailableError('x'), 503, 'service-unavailable'],
    [refused, 503, 'service-unavailable'],
    [new HttpException('no such route', 404), 404, 'route-not-found'],
    [Object.assign(new TypeError('large'), { statusCode: 413 }), 413, 'body-too-large'],
    [Object.assign(new TypeError('odd'), { statusCode: 418 }), 418, 'malformed-request'],
    [new LeaseLostError('x'), 409, 'lease-lost'],
    [new CheckpointCorruptError('x'), 500, 'internal'],
    [new TypeError('x'), 500, 'internal'],
    ['x', 500, 'internal'],
  ])('%s → %i %s', (error, status, code) => {
    expect(failureOf(error)).toMatchObject({ status, code });
  });
  it('keeps what an unforeseen error says to itself', () => {
    const { detail } = failureOf(new TypeError('password=secret'));
    expect(detail).not.toContain('secret');
  });
});

describe('problemOf', () => {
  it('is a Problem with every violation', () => {
    const errors = [{ pointer: '/a', message: 'unknown field' }];
    const problem = problemOf(failureOf(new ValidationError('no', errors)), '/v1/x', 'r');
    expect(Problem.parse(problem)).toEqual(problem);
    expect(problem).toMatchObject({ title: 'Bad Request', errors, instance: '/v1/x' });
  });
});
