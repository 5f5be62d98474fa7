/** So many rows that something is true of, with the first few. */
export type Tally = { why: string; count: number; examples: string[] };

/** What became of the rows of one kind. */
export type Section = {
  name: string;
  /** New here. */
  taken: number;
  /** Here before, and now with a larger number or a missing part. */
  updated: number;
  /** Here before and left alone. */
  here: number;
  skipped: Tally[];
  /** Taken, but not as they were. */
  noted: Tally[];
};

export type Report = { sections: Section[] };

const EXAMPLES_MAX = 5;

export function createReport(): Report {
  return { sections: [] };
}

/** The section of that name; a new one the first time. */
export function sectionOf(report: Report, name: string): Section {
  const known = report.sections.find((section) => section.name === name);
  if (known !== undefined) return known;
  const section = { name, taken: 0, updated: 0, here: 0, skipped: [], noted: [] };
  report.sections.push(section);
  return section;
}

/** Counts one row under `why` and keeps it as an example while there are few. */
export function tally(tallies: Tally[], why: string, example: string | number | bigint): void {
  const found = tallies.find((known) => known.why === why);
  const entry = found ?? { why, count: 0, examples: [] };
  if (found === undefined) tallies.push(entry);
  entry.count += 1;
  if (entry.examples.length < EXAMPLES_MAX) entry.examples.push(String(example));
}

/** The report for a person, one line a kind and one for each thing that was not taken as it was. */
export function toLines({ sections }: Report): string[] {
  const width = Math.max(0, ...sections.map(({ name }) => name.length));
  return sections.flatMap((section) => [
    `${section.name.padEnd(width)}  ${counts(section)}`,
    ...section.skipped.map((entry) => `  skipped ${toLine(entry)}`),
    ...section.noted.map((entry) => `  noted ${toLine(entry)}`),
  ]);
}

function counts({ taken, updated, here, skipped }: Section): string {
  const left = skipped.reduce((sum, { count }) => sum + count, 0);
  return `${taken} taken, ${updated} updated, ${here} already here, ${left} skipped`;
}

function toLine({ why, count, examples }: Tally): string {
  const more = count > examples.length ? ", …" : "";
  return `${count}: ${why} (${examples.join(", ")}${more})`;
}
