// First of all: it teaches zod `.openapi()`, which schemas made before do not have.
import "@hono/zod-openapi";
import { Command, CommanderError } from "commander";
import type { AdminContext } from "./commands/admin-context.ts";
import { registerAgents } from "./commands/agents.ts";
import { type CliContext, UsageError } from "./commands/context.ts";
import { registerImportPytorrent } from "./commands/import-pytorrent.ts";
import { registerInvite } from "./commands/invite.ts";
import { registerMigrate } from "./commands/migrate.ts";
import { registerOpenapi } from "./commands/openapi.ts";
import { registerServe } from "./commands/serve.ts";
import { parseConfig } from "./config.ts";
import { AppError } from "./domain/errors.ts";
import type { Runtime } from "./runtime.ts";
import { openRows } from "./services.ts";

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Runs one command and answers with the exit code. A failure is one line on stderr that says what to do. */
export async function runCli(runtime: Runtime): Promise<number> {
  const program = createProgram(runtime);
  try {
    refuseUnknownCommand(program, runtime.argv[0]);
    await program.parseAsync([...runtime.argv], { from: "user" });
    return EXIT.done;
  } catch (error) {
    return exitCode(error, runtime);
  }
}

/** Without this the default command would take the word for an argument of its own. */
function refuseUnknownCommand(program: Command, word: string | undefined): void {
  const names = [...program.commands.map((command) => command.name()), "help"];
  if (word === undefined || word.startsWith("-") || names.includes(word)) return;
  throw new UsageError(`There is no command ${word}: use one of ${names.join(", ")}`);
}

function createProgram(runtime: Runtime): Command {
  const program = new Command("modfleet gateway")
    .description(
      "Serves the catalogue and hands fetch jobs to agents. Settings: see .env.example; flags win over the environment.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => runtime.print(text.trimEnd()),
      writeErr: (text) => runtime.complain(text.trimEnd()),
    });
  const context: CliContext = { runtime, config: (flags) => checkedConfig(runtime, flags ?? {}) };
  const admin = adminContext(context);
  registerServe(program, context);
  registerMigrate(program, context);
  registerImportPytorrent(program, context);
  registerInvite(program, admin);
  registerAgents(program, admin);
  registerOpenapi(program, context);
  return program;
}

function checkedConfig({ env, complain }: Runtime, flags: Runtime["env"]) {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const read = parseConfig(env, given);
  for (const warning of read.warnings) complain(warning);
  if (read.ok) return read.config;
  throw new UsageError(
    `Cannot start, the configuration is wrong:\n${read.problems.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** Nothing but rows: `serve` may run on the same data meanwhile, and hears of the change when it looks next. */
function adminContext({ runtime, config }: CliContext): AdminContext {
  const fleet = { connected: () => [], tell: () => false, disconnect: () => {}, lastCapableAt: () => null };
  return {
    print: runtime.print,
    async withDeps(run) {
      const rows = await openRows(config(), runtime);
      return await run({ ...rows, fleet }).finally(() => rows.database.close());
    },
  };
}

function exitCode(error: unknown, { complain }: Runtime): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  complain(message);
  return error instanceof UsageError || (error instanceof AppError && error.code === "bad_request")
    ? EXIT.usage
    : EXIT.failed;
}
