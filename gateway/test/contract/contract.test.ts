import { expect, test } from "vitest";
import { type Answered, createContract } from "./contract.ts";

const text = JSON.stringify({
  openapi: "3.1.0",
  tags: [],
  components: {
    schemas: {
      Base: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
      More: {
        allOf: [{ $ref: "#/components/schemas/Base" }, { type: "object", properties: { n: { type: "integer" } } }],
        example: { id: 7 },
      },
    },
  },
  paths: {
    "/things/{id}": {
      get: {
        operationId: "getThing",
        tags: ["things"],
        responses: {
          200: {
            headers: { ETag: { required: true }, Link: {} },
            content: {
              "application/json": { schema: { $ref: "#/components/schemas/More" }, example: { id: "a", n: 1.5 } },
            },
          },
          204: {},
        },
      },
    },
  },
});

const headers = new Headers({ "content-type": "application/json; charset=utf-8", etag: '"a"' });

function faultsOf({ body = { id: "a", n: 1 }, ...changes }: Partial<Omit<Answered, "body">> & { body?: object }) {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const answer = { method: "GET", path: "/things/a", status: 200, headers, body: bytes };
  return createContract(text).faults({ ...answer, ...changes });
}

test("faults() has none for an answer that is as the document says", () => {
  expect(faultsOf({})).toEqual([]);
});

test.each([
  [{ path: "/others/a" }, "no such operation"],
  [{ status: 404 }, "the status is not documented"],
  [{ headers: new Headers({ "content-type": "application/json" }) }, "the header ETag is missing"],
  [{ headers: new Headers({ "content-type": "text/html", etag: "a" }) }, "the content type text/html is not"],
  [{ status: 204 }, "a body that is not documented"],
  [{ body: { n: 1 } }, "must have required property 'id'"],
  [{ body: { id: "a", n: "many" } }, "/n must be integer"],
  [{ body: { id: "a", more: 1 } }, "must NOT have additional properties"],
])("faults() tells of an answer with %j", (changes, fault) => {
  expect(faultsOf(changes)).toEqual([expect.stringContaining(fault)]);
});

test("exampleFaults() tells of examples that their schemas refuse, beside them and in them", () => {
  expect(createContract(text).exampleFaults()).toEqual([
    expect.stringContaining("/id must be string"),
    expect.stringContaining("/n must be integer"),
  ]);
});

test("withoutExample() tells of answers that the document does not show", () => {
  const bare = text.replaceAll('"example":', '"x-example":');

  expect(createContract(text).withoutExample()).toEqual([]);
  expect(createContract(bare).withoutExample()).toEqual(["getThing 200"]);
});

test("seen remembers the operation and the status of every answer", () => {
  const contract = createContract(text);
  contract.faults({ method: "GET", path: "/things/a", status: 404, headers, body: new Uint8Array() });

  expect([...contract.seen]).toEqual(["getThing 404"]);
});
