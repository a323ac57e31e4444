/** @file How often a query to a hardware profile has asked for measurements: it does so a bounded number of times. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class QueryRounds1764000000007 implements MigrationInterface {
  readonly name = 'QueryRounds1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table hardware_query add column rounds integer not null default 0`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
