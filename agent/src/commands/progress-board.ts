import { MultiBar } from "cli-progress";
import { createProgress, type Progress, type ProgressOptions, percentText, toTerminal } from "./progress.ts";

/** How far several things are at once. */
export type ProgressBoard = {
  /** One more of them; `name` tells it from the others. */
  row(name: string): Progress;
  /** Leaves the terminal as it was, with the last state of every row. */
  stop(): void;
};

/** A bar for each row on a terminal; elsewhere lines that begin with the row's name. */
export function createProgressBoard(options: ProgressOptions): ProgressBoard {
  return options.output.isTTY ? createBars(options) : createLines(options);
}

function createLines({ output, now }: ProgressOptions): ProgressBoard {
  return {
    row: (name) => createProgress({ now, output: { write: (text) => output.write(`${name}: ${text}`) } }),
    stop() {},
  };
}

function createBars({ output }: ProgressOptions): ProgressBoard {
  const bars = new MultiBar({
    stream: toTerminal(output),
    // Its own signal handlers would end the process before anything is kept for the next time.
    gracefulExit: false,
    hideCursor: true,
    barsize: 20,
    autopadding: true,
    format: "{name} [{bar}] {stage} {amount}",
  });
  return {
    row(name) {
      const bar = bars.create(1, 0, { name, stage: "", amount: "" });
      return {
        stage(stage) {
          bar.setTotal(1);
          bar.update(0, { stage, amount: "" });
        },
        update({ bytes, total }) {
          bar.setTotal(total || 1);
          bar.update(total ? Math.min(bytes, total) : 0, { amount: percentText(bytes, total) });
        },
        stop() {},
      };
    },
    stop: () => bars.stop(),
  };
}
