import { SingleBar } from "cli-progress";

export type ImportProgress = {
  show: (what: string, done: number, total: number) => void;
  end: () => void;
};

/** A bar where stderr is a terminal, else one line for each step. */
export function createImportProgress(complain: (line: string) => void): ImportProgress {
  return process.stderr.isTTY ? barProgress() : lineProgress(complain);
}

function barProgress(): ImportProgress {
  const bar = new SingleBar({ format: "{bar} {percentage} % {what}", stream: process.stderr, hideCursor: true });
  let isStarted = false;
  return {
    show(what, done, total) {
      if (!isStarted) bar.start(total, 0, { what });
      isStarted = true;
      bar.update(done, { what: what.padEnd(20) });
    },
    end: () => bar.stop(),
  };
}

function lineProgress(complain: (line: string) => void): ImportProgress {
  let last = "";
  return {
    show(what, done, total) {
      if (what !== last) complain(`${what} (${done} of ${total} rows read)`);
      last = what;
    },
    end: () => {},
  };
}
