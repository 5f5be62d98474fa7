/** One name for equal questions. Integers beyond JavaScript's numbers stay apart from texts. */
export function questionOf(kind: string, query: object): string {
  return (
    kind + JSON.stringify(query, (_key, value: unknown) => (typeof value === "bigint" ? { n: `${value}` } : value))
  );
}
