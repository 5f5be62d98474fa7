import { XmlRpcError, type XmlRpcValue } from "./xml-rpc.ts";
import { XmlScanner } from "./xml-scanner.ts";

export type MethodResponse = { ok: true; value: XmlRpcValue } | { ok: false; code: number; message: string };

/** rTorrent's answers are four deep; a stranger's may not exhaust the stack. */
const DEPTH_MAX = 32;

/** Reads a `methodResponse` document. Throws `XmlRpcError` for anything else: a page, half a document, another format. */
export function parseMethodResponse(text: string): MethodResponse {
  const xml = new XmlScanner(text);
  xml.expect("methodResponse");
  const kind = xml.tag();
  if (kind === "fault") return fault(readValue(xml, 0));
  if (kind !== "params") throw new XmlRpcError(`Expected params or a fault, got ${kind}`);
  xml.expect("param");
  const value = readValue(xml, 0);
  for (const name of ["/param", "/params", "/methodResponse"]) xml.expect(name);
  return { ok: true, value };
}

function fault(value: XmlRpcValue): MethodResponse {
  const { code, message } = faultOf(value) ?? { code: 0, message: "A fault without a reason" };
  return { ok: false, code, message };
}

/** The fault in a value, as answers of `system.multicall` carry it too; null where the value is none. */
export function faultOf(value: XmlRpcValue | undefined): { code: number; message: string } | null {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) return null;
  const { faultCode, faultString } = value;
  if (faultCode === undefined && faultString === undefined) return null;
  return { code: Number(faultCode ?? 0), message: String(faultString ?? "") };
}

function readValue(xml: XmlScanner, depth: number): XmlRpcValue {
  if (depth > DEPTH_MAX) throw new XmlRpcError(`Values lie deeper than ${DEPTH_MAX}`);
  const open = xml.tag();
  if (open === "value/") return "";
  if (open !== "value") throw new XmlRpcError(`Expected <value>, got <${open.slice(0, 40)}>`);
  // A value without a type is a string, and its blanks count.
  const bare = xml.text();
  const type = xml.tag();
  if (type === "/value") return bare;
  const value = readTyped(xml, type, depth);
  xml.expect("/value");
  return value;
}

function readTyped(xml: XmlScanner, type: string, depth: number): XmlRpcValue {
  if (type === "nil/") return null;
  // What an empty element stands for.
  if (type.endsWith("/")) return readText(type.slice(0, -1), "");
  if (type === "array") return readArray(xml, depth);
  if (type === "struct") return readStruct(xml, depth);
  const text = xml.text();
  xml.expect(`/${type}`);
  return readText(type, text);
}

const WHOLE = /^\s*[+-]?\d{1,20}\s*$/;

function readText(type: string, text: string): XmlRpcValue {
  switch (type) {
    case "string":
    case "dateTime.iso8601":
      return text;
    case "boolean":
      return text.trim() === "1";
    case "base64":
      return new Uint8Array(Buffer.from(text, "base64"));
    case "double":
      return Number(text);
    case "int":
    case "i1":
    case "i2":
    case "i4":
    case "i8":
    case "ex.i8":
      if (!WHOLE.test(text)) break;
      return Number(text);
    case "nil":
      return null;
    case "array":
      return [];
    case "struct":
      return {};
  }
  throw new XmlRpcError(`Not a value of XML-RPC: ${type} ${JSON.stringify(text.slice(0, 80))}`);
}

function readArray(xml: XmlScanner, depth: number): XmlRpcValue[] {
  const values: XmlRpcValue[] = [];
  if (xml.tag() === "data") {
    while (xml.peek() !== "/data") values.push(readValue(xml, depth + 1));
    xml.expect("/data");
  }
  xml.expect("/array");
  return values;
}

function readStruct(xml: XmlScanner, depth: number): XmlRpcValue {
  // No prototype: a member may have any name.
  const members: Record<string, XmlRpcValue> = Object.create(null);
  while (xml.peek() !== "/struct") {
    xml.expect("member");
    xml.expect("name");
    const name = xml.text();
    xml.expect("/name");
    members[name] = readValue(xml, depth + 1);
    xml.expect("/member");
  }
  xml.expect("/struct");
  return members;
}
