import { z } from "zod";

const Content = z.record(z.string(), z.looseObject({ schema: z.unknown() }));
const ResponseDoc = z.looseObject({
  headers: z.record(z.string(), z.looseObject({ required: z.boolean().optional() })).optional(),
  content: Content.optional(),
});
const OperationDoc = z.looseObject({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  responses: z.record(z.string(), ResponseDoc),
});

/** What the tests look at in an OpenAPI document. */
export const OpenApi = z.looseObject({
  openapi: z.literal("3.1.0"),
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), OperationDoc)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});
export type OpenApi = z.infer<typeof OpenApi>;

export type Operation = {
  id: string;
  method: string;
  path: string;
  responses: z.infer<typeof OperationDoc>["responses"];
};

/** Every operation, those with fewer parameters first, so that the first match is the right one. */
export function operationsOf({ paths }: OpenApi): Operation[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id, responses }]) => {
      return { id, method: method.toUpperCase(), path, responses };
    }),
  );
  const parameters = ({ path }: Operation): number => path.split("{").length;
  return all.sort((one, other) => parameters(one) - parameters(other));
}

/** The operation that a request is for; only `{path}` goes over slashes. */
export function operationFor(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  return operations.find((operation) => operation.method === method && patternOf(operation.path).test(path));
}

function patternOf(template: string): RegExp {
  const parts = template.split(/(\{\w+\})/).map((part) => {
    if (part === "{path}") return ".+";
    return part.startsWith("{") ? "[^/]+" : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join("")}$`);
}
