import { expect, test } from "vitest";
import { type Asked, createReport, INTERRUPTED } from "./result.ts";

const ASKED: Asked = { kind: "http", target: "http://a.example/x" };
const DONE = { exit: 0, file: "/here/a.zip", summary: "3 bytes", facts: { bytes: 3 } } as const;

function bench({ json = false, out = false, err = false } = {}) {
  const written = { out: "", err: "" };
  const report = createReport({
    json,
    stdout: { isTTY: out, write: (text) => (written.out += text) },
    stderr: { isTTY: err, write: (text) => (written.err += text) },
  });
  return { report, written };
}

test("createReport() tells results as they come where no bar is drawn", () => {
  const { report, written } = bench();
  report.tell(ASKED, DONE);
  report.tell(ASKED, { ...DONE, wasHere: true });
  report.tell(ASKED, { exit: 1, problem: "Cannot" });

  expect(written).toEqual({ out: "Wrote /here/a.zip (3 bytes)\nHave /here/a.zip (3 bytes)\n", err: "Cannot\n" });
});

test("createReport() keeps what a person reads away from the bars, and a script's lines only from a terminal", () => {
  const person = bench({ out: true, err: true });
  person.report.tell(ASKED, DONE);
  person.report.tell(ASKED, { exit: 1, problem: "Cannot" });
  expect(person.written).toEqual({ out: "", err: "" });
  person.report.end(1);
  expect(person.written).toEqual({ out: "Wrote /here/a.zip (3 bytes)\n", err: "Cannot\n" });

  const script = bench({ json: true, err: true });
  script.report.tell(ASKED, DONE);
  expect(JSON.parse(script.written.out)).toEqual({ ok: true, ...ASKED, bytes: 3 });
});

test("createReport() says once to a person that everything was interrupted", () => {
  const { report, written } = bench({ json: true });
  report.tell(ASKED, INTERRUPTED);
  report.tell({ ...ASKED, id: "42", collection: "500" }, INTERRUPTED);
  report.end(130);

  expect(written.err).toBe("Interrupted. What arrived is kept: the same command goes on from there\n");
  expect(
    written.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { ok: false, ...ASKED, code: null, message: INTERRUPTED.problem },
    { ok: false, ...ASKED, id: "42", collection: "500", code: null, message: INTERRUPTED.problem },
  ]);
});

test("createReport() shows names harmlessly", () => {
  const { report, written } = bench();
  report.tell(ASKED, { ...DONE, file: "/here/\u001b[2Jx\nWrote y" });
  report.tell(ASKED, { exit: 1, problem: "Cannot\u001b]0;x\u0007 y" });

  expect(written).toEqual({ out: "Wrote /here/ [2Jx Wrote y (3 bytes)\n", err: "Cannot ]0;x  y\n" });
});
