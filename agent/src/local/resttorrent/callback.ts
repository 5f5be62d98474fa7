const LENGTH_MAX = 128;
const NAME = /^[$_\p{ID_Start}][$\p{ID_Continue}]*$/u;

/** Words that begin something else than a call. */
const RESERVED = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if import in instanceof new null return super switch this throw true try typeof var void while with yield"
  ).split(" "),
);

/** Whether a text is a JavaScript name, or names with dots between, of at most 128 characters: no code can hide in it. */
export function isCallback(text: string): boolean {
  const names = text.split(".");
  return text.length <= LENGTH_MAX && names.every((name) => NAME.test(name)) && !RESERVED.has(names[0] ?? "");
}

/** JSON as a script that hands it to `callback`. Two characters are line ends in older JavaScript and none in JSON. */
export function toScript(callback: string, json: string): string {
  return `${callback}(${json.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")})`;
}
