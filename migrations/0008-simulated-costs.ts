/** @file Costs that a simulator or a formula gave, named as such; and the profile versions that a search began with. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SimulatedCosts1764000000008 implements MigrationInterface {
  readonly name = 'SimulatedCosts1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table candidate_cost drop constraint candidate_cost_evidence_check,
        add constraint candidate_cost_evidence_check
          check (evidence in ('measured','simulated','estimated','predicted','counted'))`);
    await runner.query(`alter table search add column profile_versions jsonb`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
