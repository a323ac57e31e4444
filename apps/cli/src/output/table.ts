/** @file Columns of text, numbers to the right. */

export interface Column<T> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: T) => string;
}

/** Lines of a table: titles, a rule, one line per row; columns two spaces apart. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((line) => (line[at] as string).length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => {
        const width = widths[at] as number;
        return columns[at]?.align === 'right' ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const titles = line(columns.map(({ title }) => title));
  return [titles, widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)];
}
