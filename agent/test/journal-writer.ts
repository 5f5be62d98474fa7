import { openJournal } from "../src/work/journal.ts";
import { aFinished, aHeld } from "./work-bench.ts";

// Writes the journal at argv[2] for ever and prints every fact once its call has returned. It is there to be killed.
const { journal } = openJournal(process.argv[2] ?? "");
const jobOf = (n: number): string => `job_${String(n).padStart(20, "0")}`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

for (let n = 1; ; n += 1) {
  const ref = { job: jobOf(n), epoch: 1 };
  journal.record(aHeld(ref));
  say(`downloading ${ref.job}`);
  journal.record(aFinished(ref));
  say(`finished ${ref.job}`);
  if (n % 3 === 0) {
    journal.forget(ref);
    say(`gone ${ref.job}`);
  }
  // Gives the pipe a turn, so that what was acknowledged is also heard.
  await new Promise((resolve) => setImmediate(resolve));
}
