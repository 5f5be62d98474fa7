import { z } from "zod";

const Node = z.record(z.string(), z.unknown());
type Node = z.infer<typeof Node>;

/**
 * The document with every object closed: what a schema does not name is a fault. So a view that grows without its contract
 * is noticed, which JSON Schema alone would let pass.
 */
export function closed(document: unknown): unknown {
  return close(document, document);
}

function close(value: unknown, root: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => close(item, root));
  const node = Node.safeParse(value);
  if (!node.success || typeof value !== "object") return value;
  const merged = "allOf" in node.data ? merge(node.data, root) : node.data;
  const isOpenObject = merged["type"] === "object" && "properties" in merged && !("additionalProperties" in merged);
  const entries = Object.entries(merged).map(([key, item]) => [key, isText(key) ? item : close(item, root)]);
  return { ...Object.fromEntries(entries), ...(isOpenObject ? { additionalProperties: false } : {}) };
}

/** What is data, not a schema. */
function isText(key: string): boolean {
  return key === "example" || key === "examples" || key === "enum" || key === "default";
}

/** `allOf` as one object: closed parts would refuse each other's members. */
function merge({ allOf, ...rest }: Node, root: unknown): Node {
  const parts = z
    .array(Node)
    .parse(allOf)
    .map((part) => resolve(part, root));
  const properties = Object.assign({}, ...parts.map((part) => part["properties"] ?? {}));
  const required = parts.flatMap((part) => z.array(z.string()).parse(part["required"] ?? []));
  const examples = parts.flatMap((part) => ("example" in part ? [part["example"]] : []));
  return { ...rest, type: "object", properties, required, example: rest["example"] ?? examples.at(-1) };
}

function resolve(part: Node, root: unknown): Node {
  const ref = part["$ref"];
  if (typeof ref !== "string") return part;
  const found = ref
    .slice(2)
    .split("/")
    .reduce<unknown>((at, name) => Node.parse(at)[name], root);
  return Node.parse(found);
}
