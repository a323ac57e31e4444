/** @file One SQL statement put together from parts, with its parameters in the order they were asked for. */

export class Statement {
  private readonly values: unknown[] = [];
  private readonly names = new Map<string, string>();

  /** `$n` for the value; a value of the same name is passed once. */
  parameter(name: string, value: unknown, type: 'uuid' | 'text' | 'float8' | 'integer'): string {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    this.values.push(value);
    const placeholder = `$${this.values.length}::${type}`;
    this.names.set(name, placeholder);
    return placeholder;
  }

  get parameters(): readonly unknown[] {
    return this.values;
  }
}
