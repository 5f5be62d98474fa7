import { fileURLToPath } from "node:url";
import { findBenchmarks, runBenchmark } from "./benchmarks.ts";

// `npm run bench -- NAME …`: progress on stderr, the figures as one JSON object on the last line of stdout.

const [name, ...args] = process.argv.slice(2);
const benchmarks = findBenchmarks(fileURLToPath(new URL("..", import.meta.url)));
const benchmark = benchmarks.find((one) => one.name === name);
const known = benchmarks.map((one) => one.name).join(", ") || "none yet";

if (name === "--help" || name === "-h") {
  process.stdout.write(
    `npm run bench -- NAME …   measures; the last line of stdout is the figures as JSON\nNames: ${known}\n`,
  );
} else if (benchmark === undefined) {
  process.stderr.write(`Cannot run the benchmark ${name ?? "without a name"}, there are: ${known}\n`);
  process.exitCode = 2;
} else {
  process.stderr.write(`Running ${benchmark.name}\n`);
  const figures = await runBenchmark(benchmark, args);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
