/**
 * @file Does memory stay flat? Resident bytes over 2,000 optimizer steps and over 300 cycles of creating, running and releasing
 * sessions (after 100), on the Fashion-MNIST space, in processes set up as the worker sets them up.
 */
import { steadyMemory } from '@sextant/common';
import { childFile, runChild } from '@sextant/common/testing';
import { growth } from '../testing';

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

async function residentOver(what: 'steps' | 'sessions', count: number): Promise<readonly number[]> {
  const { resident } = await runChild<{ readonly resident: readonly number[] }>(
    childFile('life.child'),
    [what, 'fashionMnist', String(count)],
    steadyMemory,
  );
  return resident;
}

export async function run() {
  const [steps, sessions] = [
    await residentOver('steps', 2000),
    await residentOver('sessions', 400),
  ];
  const everyTenth = (resident: readonly number[]): number[] =>
    resident.filter((_, at) => at % Math.ceil(resident.length / 10) === 0).map(mebibytes);
  // Samples are ten repetitions apart: steps 100–300 against the last 200, cycles 100–150 against the last 50.
  return {
    rssGrowthSteps: growth(steps, { from: 10, to: 30, end: 20 }),
    rssGrowthSessions: growth(sessions, { from: 10, to: 15, end: 5 }),
    stepsMb: everyTenth(steps),
    sessionsMb: everyTenth(sessions),
  };
}
