import { MultiBar } from "cli-progress";
import { createProgress, type Progress, type ProgressOptions, percentText, toTerminal } from "./progress.ts";
import { createPace } from "./progress-pace.ts";

/** How far several things are at once. */
export type ProgressBoard = {
  /** One more of them; `name` tells it from the others. Stopped, it leaves its last stage above the others. */
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

function createBars({ output, now }: ProgressOptions): ProgressBoard {
  const bars = new MultiBar({
    stream: toTerminal(output),
    // Its own signal handlers would end the process before anything is kept for the next time.
    gracefulExit: false,
    hideCursor: true,
    barsize: 20,
    autopadding: true,
    // Lines that are written above the bars push down bars that have not changed as well.
    forceRedraw: true,
    format: "{name} [{bar}] {stage} {amount}",
  });
  return {
    row(name) {
      const bar = bars.create(1, 0, { name, stage: "", amount: "" });
      let pace = createPace(now);
      let last = "";
      return {
        stage(stage) {
          last = stage;
          pace = createPace(now);
          bar.setTotal(1);
          bar.update(0, { stage, amount: "" });
        },
        update({ bytes, total }) {
          bar.setTotal(total || 1);
          const amount = `${percentText(bytes, total)}${pace.text(bytes, total)}`;
          bar.update(total ? Math.min(bytes, total) : 0, { amount });
        },
        stop() {
          // Only what goes on keeps a bar: more of them than the terminal has lines would run into each other.
          bars.log(`${name} ${last}\n`);
          bars.remove(bar);
        },
      };
    },
    stop: () => bars.stop(),
  };
}
