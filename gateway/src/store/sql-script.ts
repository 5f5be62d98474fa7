const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\w+|;/g;
const TRIGGER = /^CREATE\s+(TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;
const LEADING_COMMENTS = /^(\s*(--[^\n]*\n|\/\*[\s\S]*?\*\/))*\s*/;

/** The single statements of an SQL script, without their semicolons. Those inside a trigger's body do not end it. */
export function splitScript(script: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let depth = 0;
  for (const token of script.matchAll(TOKEN)) {
    depth = Math.max(0, depth + step(token[0], script.slice(start, token.index)));
    if (token[0] !== ";" || depth > 0) continue;
    statements.push(script.slice(start, token.index));
    start = token.index + 1;
  }
  statements.push(script.slice(start));
  return statements.map((text) => text.replace(LEADING_COMMENTS, "").trim()).filter((text) => text !== "");
}

/** How a word changes the nesting: only `BEGIN … END` of triggers and `CASE … END` nest. */
function step(token: string, before: string): number {
  const word = token.toUpperCase();
  if (word === "END") return -1;
  if (word === "CASE") return 1;
  return word === "BEGIN" && TRIGGER.test(before.replace(LEADING_COMMENTS, "")) ? 1 : 0;
}
