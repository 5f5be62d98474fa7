/** What XML-RPC can carry. Integers above 2^53 lose their last digits, as every `number` does. */
export type XmlRpcValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | XmlRpcValue[]
  | { [name: string]: XmlRpcValue };

/** What was received is no XML-RPC, or what should be sent cannot be said in it. */
export class XmlRpcError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "XmlRpcError";
  }
}

/** A `methodCall` document (https://xmlrpc.com/spec.md, with rTorrent's `i8`). Throws for text that XML cannot carry. */
export function encodeCall(method: string, params: readonly XmlRpcValue[]): string {
  const args = params.map((param) => `<param>${encodeValue(param)}</param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${escapeText(method)}</methodName><params>${args}</params></methodCall>`;
}

function encodeValue(value: XmlRpcValue): string {
  return `<value>${encodeContent(value)}</value>`;
}

function encodeContent(value: XmlRpcValue): string {
  if (value === null) return "<nil/>";
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "boolean") return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === "number") return encodeNumber(value);
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString("base64")}</base64>`;
  if (Array.isArray(value)) return `<array><data>${value.map(encodeValue).join("")}</data></array>`;
  const members = Object.entries(value).map(
    ([name, member]) => `<member><name>${escapeText(name)}</name>${encodeValue(member)}</member>`,
  );
  return `<struct>${members.join("")}</struct>`;
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new XmlRpcError(`XML-RPC has no number for ${value}`);
  if (!Number.isInteger(value)) return `<double>${value}</double>`;
  return value === (value | 0) ? `<i4>${value}</i4>` : `<i8>${value}</i8>`;
}

/** XML 1.0, section 2.2: these characters cannot be written in any way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

function escapeText(text: string): string {
  if (UNSPEAKABLE.test(text)) throw new XmlRpcError(`XML cannot carry ${JSON.stringify(text)}`);
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}
