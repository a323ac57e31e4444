/** @file Bodies written once for each version of what they tell; those not asked for longest are forgotten. */
import { etagOf } from './etag';

export interface Answer {
  readonly etag: string;
  readonly body: string;
}

interface Kept extends Answer {
  readonly version: number;
}

export class VersionedAnswers {
  /** The one used last is at the end. */
  private readonly kept = new Map<string, Kept>();
  /** Being written, by name and version. */
  private readonly coming = new Map<string, Promise<Answer>>();
  private characters = 0;

  /** @param most characters of all bodies together */
  constructor(private readonly most: number) {}

  /** The body under the name at this version; `write` is asked for it once, however many wait. */
  async of(name: string, version: number, write: () => Promise<unknown>): Promise<Answer> {
    const known = this.get(name, version);
    if (known) return known;
    const key = `${version} ${name}`;
    const coming =
      this.coming.get(key) ??
      write()
        .then((view) => this.set(name, version, JSON.stringify(view)))
        .finally(() => this.coming.delete(key));
    this.coming.set(key, coming);
    return coming;
  }

  private get(name: string, version: number): Answer | null {
    const answer = this.kept.get(name);
    if (answer?.version !== version) return null;
    this.kept.delete(name);
    this.kept.set(name, answer);
    return answer;
  }

  private set(name: string, version: number, body: string): Answer {
    this.forget(name);
    const answer = { version, body, etag: etagOf(body) };
    this.kept.set(name, answer);
    this.characters += body.length;
    for (const oldest of this.kept.keys()) {
      if (this.characters <= this.most) break;
      this.forget(oldest);
    }
    return answer;
  }

  private forget(name: string): void {
    this.characters -= this.kept.get(name)?.body.length ?? 0;
    this.kept.delete(name);
  }
}
