import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { closed } from "./closed.ts";
import { OpenApi, type Operation, operationFor, operationsOf } from "./document.ts";

/** An answer of the gateway, or one that was recorded. */
export type Answered = {
  method: string;
  path: string;
  status: number;
  headers: Headers;
  body: Uint8Array;
  /** Recorded with few of its headers. */
  isAbridged?: boolean;
};

export type Contract = {
  document: OpenApi;
  operations: readonly Operation[];
  /** What an answer has that the document does not allow, one sentence each. */
  faults(answer: Answered): string[];
  /** `getMod 404`, for every answer that was looked at. */
  seen: Set<string>;
  /** Every JSON example of the document that does not fit its schema. */
  exampleFaults(): string[];
  /** `getMod 404`, for every JSON answer of which the document shows none. */
  withoutExample(): string[];
};

const ID = "https://contract.test/openapi.json";

/** Checks answers against the document: status, content type, headers, and JSON by closed schemas. */
export function createContract(text: string): Contract {
  const document = OpenApi.parse(JSON.parse(text));
  const operations = operationsOf(document);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const strict = closed(JSON.parse(text));
  ajv.addSchema({ $id: ID, ...Object(strict) });
  const compiled = new Map<string, ValidateFunction>();
  const seen = new Set<string>();

  const schemaFaults = (pointer: string, value: unknown): string[] => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `${ID}#${pointer}` });
    compiled.set(pointer, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath || "the body"} ${message} ${JSON.stringify(params)}`;
    });
  };

  function faults(answer: Answered): string[] {
    const operation = operationFor(operations, answer.method, answer.path);
    const what = `${answer.method} ${answer.path} ${answer.status}`;
    if (operation === undefined) return [`${what}: no such operation`];
    seen.add(`${operation.id} ${answer.status}`);
    const response = operation.responses[String(answer.status)];
    if (response === undefined) return [`${what}: the status is not documented`];
    const missing = Object.entries(response.headers ?? {})
      .filter(([name, { required }]) => required === true && !answer.isAbridged && !answer.headers.has(name))
      .map(([name]) => `the header ${name} is missing`);
    const at = `/paths/${pointerPart(operation.path)}/${operation.method.toLowerCase()}/responses/${answer.status}/content`;
    return [...missing, ...bodyFaults(answer, response.content, at)].map((fault) => `${what}: ${fault}`);
  }

  function bodyFaults({ headers, body }: Answered, content: Operation["responses"][string]["content"], at: string) {
    const type = headers.get("content-type")?.split(";")[0] ?? "";
    if (content === undefined) return body.length === 0 ? [] : ["a body that is not documented"];
    const key = [type, "*/*"].find((name) => name in content);
    if (key === undefined) return [`the content type ${type} is not documented`];
    if (!/\bjson$/.test(type) || key === "*/*") return [];
    return schemaFaults(`${at}/${pointerPart(key)}/schema`, JSON.parse(new TextDecoder().decode(body)));
  }

  const exampleFaults = () =>
    examplesIn(strict, "").flatMap(({ schema, value }) =>
      schemaFaults(schema, value).map((fault) => `${schema}: ${fault}`),
    );
  const withoutExample = () =>
    operations.flatMap(({ id, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) => {
        const json = Object.entries(content).filter(([type]) => /\bjson$/.test(type));
        return json.some(([, media]) => !hasExample(media, document)) ? [`${id} ${status}`] : [];
      }),
    );
  return { document, operations, faults, seen, exampleFaults, withoutExample };
}

/** Beside a schema, or in it, or in what it is a list of. */
function hasExample(value: unknown, document: OpenApi): boolean {
  const node: Readonly<Record<string, unknown>> = Object(value);
  if ("example" in node || "examples" in node) return true;
  const ref = node["$ref"];
  const named = typeof ref === "string" ? document.components.schemas[ref.split("/").at(-1) ?? ""] : undefined;
  return [named, node["schema"], node["items"]].some((part) => part !== undefined && hasExample(part, document));
}

function pointerPart(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

type Example = { schema: string; value: unknown };

/** Examples beside a schema (media types, parameters), in one of them, and named ones. */
function examplesIn(value: unknown, pointer: string): Example[] {
  if (typeof value !== "object" || value === null) return [];
  const node: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const isHolder = "schema" in node;
  const schema = isHolder ? `${pointer}/schema` : pointer;
  const own = "example" in node && (isHolder || "type" in node) ? [{ schema, value: node["example"] }] : [];
  const named = isHolder && "examples" in node ? Object.values(Object(node["examples"])) : [];
  const inside = Object.entries(node)
    .filter(([key]) => key !== "example" && key !== "examples")
    .flatMap(([key, item]) => examplesIn(item, `${pointer}/${pointerPart(key)}`));
  return [...own, ...named.map((one) => ({ schema, value: Object(one).value })), ...inside];
}
