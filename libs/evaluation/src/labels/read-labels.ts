/** @file A user's labels, row by row: what each names, and why it cannot be used where it cannot. */
import { InvalidArchitectureError, messageOf } from '@sextant/common';
import { LabelRow, type ImportLabelsQuery, type LabelRefusal } from '@sextant/contracts';
import type { ScorableSpace } from '../zero-cost/scorable-space';

/** One usable row. */
export interface ReadLabel {
  readonly line: number;
  /** 32 hexadecimal digits of the architecture as it was named. */
  readonly key: string;
  /** Of the network. */
  readonly candidateId: string;
  readonly architecture: string;
  readonly accuracy: number;
  /** Named by a candidate's id: whether there is one, only the search knows. */
  readonly isReference: boolean;
}

export interface ReadLabels {
  readonly rows: number;
  readonly labels: readonly ReadLabel[];
  /** Rows that say again what one before them said. */
  readonly repeated: number;
  readonly refusals: readonly LabelRefusal[];
}

/** Columns of a CSV, as text; an empty field says nothing. */
const present = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '' && value !== null));

/** `[1,2,3]` in a CSV is an encoding. */
function architectureIn(text: string): string | number[] {
  if (!text.startsWith('[')) return text;
  const parsed = LabelRow.shape.architecture.safeParse(jsonOf(text));
  return parsed.success && Array.isArray(parsed.data) ? parsed.data : text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asked refuses it
  }
}

export class LabelReader {
  private rows = 0;
  private repeated = 0;
  private readonly labels = new Map<string, ReadLabel>();
  private readonly refusals: LabelRefusal[] = [];

  constructor(
    private readonly space: ScorableSpace,
    private readonly unit: ImportLabelsQuery['unit'],
  ) {}

  /** `record` null: the row is none. */
  add(record: Readonly<Record<string, unknown>> | null, line: number): void {
    this.rows += 1;
    const refuse = (code: LabelRefusal['code'], message: string): void =>
      void this.refusals.push({ line, code, message });
    if (record === null) return refuse('malformed', 'not one record with a value for each column');
    const row = LabelRow.safeParse(present(record));
    if (!row.success) return refuse('malformed', row.error.issues.map(issueText).join('; '));
    const accuracy = row.data.accuracy / (this.unit === 'percent' ? 100 : 1);
    if (!(accuracy >= 0 && accuracy <= 1)) return refuse('out-of-range', this.rangeText(row.data));
    try {
      this.take({ ...this.named(row.data), line, accuracy }, refuse);
    } catch (error) {
      if (!(error instanceof InvalidArchitectureError)) throw error;
      refuse('not-in-space', messageOf(error));
    }
  }

  finish(): ReadLabels {
    const { rows, repeated, refusals } = this;
    return { rows, repeated, refusals, labels: [...this.labels.values()] };
  }

  private take(label: ReadLabel, refuse: (code: LabelRefusal['code'], why: string) => void): void {
    const before = this.labels.get(label.key);
    if (!before) return void this.labels.set(label.key, label);
    if (before.accuracy === label.accuracy) return void (this.repeated += 1);
    refuse(
      'contradiction',
      `line ${before.line} has ${before.accuracy} for this architecture, this one ${label.accuracy}`,
    );
  }

  private named({ architecture, index, candidate }: LabelRow) {
    if (candidate !== undefined) {
      const names = { key: candidate, candidateId: candidate, architecture: candidate };
      return { ...names, isReference: true };
    }
    const given = typeof architecture === 'string' ? architectureIn(architecture) : architecture;
    const encoding = index === undefined ? this.space.parse(given as string) : this.space.at(index);
    return {
      key: this.space.keyOf(encoding),
      candidateId: this.space.idOf(encoding),
      architecture: this.space.textOf(encoding),
      isReference: false,
    };
  }

  private rangeText({ accuracy }: LabelRow): string {
    if (this.unit === 'percent') return `${accuracy} is not between 0 and 100 %`;
    return `${accuracy} is no fraction between 0 and 1; accuracies in % are imported with unit=percent`;
  }
}

const issueText = ({
  path,
  message,
  ...issue
}: {
  path: PropertyKey[];
  message: string;
  keys?: string[];
}): string => {
  if (issue.keys) return `unknown field ${issue.keys.join(', ')}`;
  return path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message;
};
