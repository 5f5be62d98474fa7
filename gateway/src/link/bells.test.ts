import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { createBells } from "./bells.ts";

test("createBells() calls every listener with the value, until it stops listening", () => {
  const { job } = createBells({ log: silentLog });
  const heard: string[] = [];
  const stop = job.listen((id) => heard.push(`a ${id}`));
  job.listen((id) => heard.push(`b ${id}`));

  job.ring("job_1");
  stop();
  stop();
  job.ring("job_2");

  expect(heard).toEqual(["a job_1", "b job_1", "b job_2"]);
});

test("createBells() counts one function that listens twice as two listeners", () => {
  const { dispatch } = createBells({ log: silentLog });
  let heard = 0;
  const listener = () => {
    heard += 1;
  };
  const stop = dispatch.listen(listener);
  dispatch.listen(listener);

  dispatch.ring();
  stop();
  dispatch.ring();

  expect(heard).toBe(3);
});

test("createBells() logs a listener that throws and calls the others", () => {
  const errors: string[] = [];
  const { verify } = createBells({ log: { ...silentLog, error: (message) => errors.push(message) } });
  let heard = 0;
  verify.listen(() => {
    throw new Error("broken");
  });
  verify.listen(() => {
    heard += 1;
  });

  verify.ring();

  expect([heard, errors.length]).toEqual([1, 1]);
});
