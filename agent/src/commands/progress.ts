import { Writable } from "node:stream";
import { SingleBar } from "cli-progress";
import { formatBytes } from "./progress-bytes.ts";
import { createPace, type Pace } from "./progress-pace.ts";

/** How far one stage after the other is, for a person. */
export type Progress = {
  /** Ends the stage before. */
  stage(name: string): void;
  update(progress: { bytes: number; total: number | null }): void;
  /** Leaves the terminal as it was. */
  stop(): void;
};

export type ProgressOptions = {
  output: { write: (text: string) => unknown; isTTY?: boolean | undefined };
  /** Milliseconds. */
  now: () => number;
};

/** A bar on a terminal; elsewhere a line for each stage, and for every tenth of it or every five seconds. */
export function createProgress(options: ProgressOptions): Progress {
  return options.output.isTTY ? createBar(options) : createLines(options);
}

const LINE_MS = 5_000;
const STEP_PERCENT = 10;

function createLines({ output, now }: ProgressOptions): Progress {
  let name = "";
  let toldMs = 0;
  let nextPercent = STEP_PERCENT;
  let toldBytes = 0;
  return {
    stage(next) {
      name = next;
      toldMs = now();
      toldBytes = 0;
      nextPercent = STEP_PERCENT;
      output.write(`${name}\n`);
    },
    update({ bytes, total }) {
      const percent = percentOf(bytes, total);
      const isDue = (percent !== null && percent >= nextPercent) || now() >= toldMs + LINE_MS;
      if (!isDue || bytes === toldBytes) return;
      toldMs = now();
      toldBytes = bytes;
      if (percent !== null) nextPercent = (Math.floor(percent / STEP_PERCENT) + 1) * STEP_PERCENT;
      output.write(`${name}: ${percentText(bytes, total)}\n`);
    },
    stop() {},
  };
}

function createBar({ output, now }: ProgressOptions): Progress {
  const stream = toTerminal(output);
  let bar: SingleBar | null = null;
  let pace: Pace = createPace(now);
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  return {
    stage(name) {
      stop();
      // Its own signal handlers would end the process before anything is cleaned up.
      const options = {
        stream,
        gracefulExit: false,
        hideCursor: true,
        barsize: 30,
        // As a value: names may have braces of their own.
        format: "{name} [{bar}] {amount}",
      };
      pace = createPace(now);
      bar = new SingleBar(options);
      bar.start(1, 0, { name, amount: "" });
    },
    update({ bytes, total }) {
      bar?.setTotal(total || 1);
      const amount = `${percentText(bytes, total)}${pace.text(bytes, total)}`;
      bar?.update(total ? Math.min(bytes, total) : 0, { amount });
    },
    stop,
  };
}

/** The library wants a terminal's stream; commands have only something to write to. */
export function toTerminal(output: ProgressOptions["output"]): Writable & { isTTY: true } {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      output.write(String(chunk));
      done();
    },
  });
  return Object.assign(stream, { isTTY: true } as const);
}

/** Estimates can be too small: never more than everything. */
const percentOf = (bytes: number, total: number | null): number | null =>
  total ? Math.min(100, Math.floor((bytes / total) * 100)) : null;

/** `40 % (4.0 MB of 10.0 MB)`, or the bytes alone. */
export function percentText(bytes: number, total: number | null): string {
  const percent = percentOf(bytes, total);
  if (percent === null || total === null) return formatBytes(bytes);
  return `${percent} % (${formatBytes(bytes)} of ${formatBytes(total)})`;
}
