import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMethodResponse } from "./read-xml-rpc.ts";
import { encodeCall, XmlRpcError, type XmlRpcValue } from "./xml-rpc.ts";

const answer = (value: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n<params>\r\n<param>${value}</param>\r\n</params>\r\n</methodResponse>\r\n`;
const read = (value: string): XmlRpcValue => {
  const response = parseMethodResponse(answer(value));
  if (!response.ok) throw new Error(response.message);
  return response.value;
};

test("encodeCall() writes every type that rTorrent takes", () => {
  const document = encodeCall("m", ["a<b>&c\r", 1, 2 ** 40, 0.5, true, null, new Uint8Array([1, 2]), [1], { n: "v" }]);

  expect(document).toContain("<methodName>m</methodName>");
  expect([...document.matchAll(/<param><value>(.*?)<\/value><\/param>/g)].map(([, value]) => value)).toEqual([
    "<string>a&lt;b&gt;&amp;c&#13;</string>",
    "<i4>1</i4>",
    `<i8>${2 ** 40}</i8>`,
    "<double>0.5</double>",
    "<boolean>1</boolean>",
    "<nil/>",
    "<base64>AQI=</base64>",
    "<array><data><value><i4>1</i4></value></data></array>",
    "<struct><member><name>n</name><value><string>v</string></value></member></struct>",
  ]);
});

test("encodeCall() refuses what XML cannot carry", () => {
  for (const value of ["a\u0000b", "\ud800", Number.NaN]) expect(() => encodeCall("m", [value])).toThrow(XmlRpcError);
});

test("parseMethodResponse() reads values as xmlrpc-c and others write them", () => {
  expect(read("<value><i8>3000000</i8></value>")).toBe(3_000_000);
  expect(read("<value><string> a &lt;b&gt; &amp;amp; &#x41;&#66; </string></value>")).toBe(" a <b> &amp; AB ");
  expect(read("<value>no type</value>")).toBe("no type");
  expect(read("<value/>")).toBe("");
  expect(read("<value><string/></value>")).toBe("");
  expect(read("<value><string><![CDATA[<raw>]]></string></value>")).toBe("<raw>");
  expect(read("<value><!-- c --><boolean>1</boolean></value>")).toBe(true);
  expect(read("<value><double>0.25</double></value>")).toBe(0.25);
  expect(read("<value><base64>AQI=</base64></value>")).toEqual(new Uint8Array([1, 2]));
  expect(read("<value><array><data/></array></value>")).toEqual([]);
});

test("parseMethodResponse() keeps control characters and line ends of names", () => {
  expect(read("<value><string>a\u0001\r\nb\ufffd</string></value>")).toBe("a\u0001\r\nb\ufffd");
});

test("parseMethodResponse() reads a member named __proto__ as any other", () => {
  const value = read(
    "<value><struct><member><name>__proto__</name><value><i4>1</i4></value></member></struct></value>",
  );

  expect(Object.entries(value ?? {})).toEqual([["__proto__", 1]]);
  expect(Reflect.get({}, "1")).toBe(undefined);
});

test("parseMethodResponse() reads back whatever values are written", () => {
  const { value } = fc.letrec<{ value: XmlRpcValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: "grapheme" }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.uint8Array(),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 4, noNullPrototype: false }),
    ),
  }));

  fc.assert(
    fc.property(value, (given) => {
      const written = /<param>(.*)<\/param>/s.exec(encodeCall("m", [given]))?.[1] ?? "";

      expect(JSON.stringify(read(written))).toBe(JSON.stringify(given));
    }),
  );
});

test("parseMethodResponse() gives a fault its code and words", () => {
  const document =
    "<methodResponse><fault><value><struct><member><name>faultCode</name><value><i4>-501</i4></value></member><member><name>faultString</name><value><string>Could not find info-hash.</string></value></member></struct></value></fault></methodResponse>";

  expect(parseMethodResponse(document)).toEqual({ ok: false, code: -501, message: "Could not find info-hash." });
});

test("parseMethodResponse() refuses pages, halves, other formats and bottomless values", () => {
  const deep = "<value><array><data>".repeat(5_000);
  const documents = [
    "",
    "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "<html><head></head></html>",
    '{"json":true}',
    answer("<value><i8>12</i8></value>").slice(0, 90),
    answer("<value><i8>twelve</i8></value>"),
    answer("<value><bignum>1</bignum></value>"),
    answer("<value><string>a</string>b</value>"),
    answer(deep),
  ];

  for (const document of documents) expect(() => parseMethodResponse(document)).toThrow(XmlRpcError);
});

test("parseMethodResponse() ends for any noise, with a value or an XmlRpcError", () => {
  const whole = answer(
    "<value><array><data><value><i8>1</i8></value><value><string>a</string></value></data></array></value>",
  );

  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(20), fc.string(), (at, cut, noise) => {
      const document = whole.slice(0, at) + noise + whole.slice(at + cut);
      let error: unknown = null;
      try {
        parseMethodResponse(document);
      } catch (caught) {
        error = caught;
      }

      expect(error === null || error instanceof XmlRpcError).toBe(true);
    }),
  );
});
