import { dirname, posix } from "node:path";
import { codeOf, isForTests, type SourceFile } from "./source-files.ts";

type Layers = Readonly<Record<string, readonly string[]>>;

const GATEWAY_BASE = ["domain", "config", "log", "store", "blobs", "steam"];

/**
 * What each folder or file of a workspace's `src` may import besides itself. What is not named here stands on top: it may
 * import everything, and nothing named here may import it.
 */
const LAYERS: Readonly<Record<string, Layers>> = {
  gateway: {
    log: [],
    config: ["log"],
    domain: [],
    store: ["domain", "config", "log"],
    blobs: ["domain", "config", "log"],
    steam: ["domain", "config", "log"],
    deps: GATEWAY_BASE,
    actions: [...GATEWAY_BASE, "deps"],
    routes: [...GATEWAY_BASE, "deps", "actions"],
    link: [...GATEWAY_BASE, "deps", "actions"],
    loops: [...GATEWAY_BASE, "deps", "actions"],
    import: [...GATEWAY_BASE, "deps", "actions"],
    app: [...GATEWAY_BASE, "deps", "actions", "routes", "link", "loops"],
  },
  agent: {
    log: [],
    "durable-file": [],
    config: ["log", "work"],
    engine: ["log", "durable-file"],
    pack: ["log", "durable-file"],
    upload: ["log", "durable-file"],
    work: ["log", "durable-file", "engine", "pack", "upload"],
    link: ["log", "durable-file"],
    status: ["work", "link"],
    local: ["log", "durable-file", "status", "engine"],
  },
};

const CLIENT = "gateway/client/";

/** What of ours a workspace may import by its name; the protocol where nothing is said. The client knows itself. */
const SHARED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  agent: ["@modfleet/protocol", "@modfleet/client"],
  "gateway/client": ["@modfleet/client"],
};

/** The one place of a workspace that may import a package. */
const OWNED_PACKAGES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  gateway: {
    ws: /^src\/(link\/|node\.ts)/,
    libsql: /^src\/store\//,
    "@libsql/client": /^src\/store\//,
  },
  agent: {
    ws: /^src\/(link|local\/console)\//,
    yazl: /^src\/pack\//,
    webtorrent: /^src\/engine\/torrent\/embedded\//,
    "socket.io": /^src\/local\/resttorrent\//,
    "@modfleet/client": /^src\/commands\//,
  },
};

/** Only these touch the environment, the clock and chance; they hand them on. */
const ROOTS = /^(gateway\/src\/(node|deno)\.ts|agent\/src\/(main|watch\/mod)\.ts|deploy\/.*)$/;
const WORLD = /\b(process\.env|Deno\.env|Date\.now|Math\.random|new Date\(\))/g;

/** Everything in `files` that breaks the direction of imports, one sentence each. */
export function layerFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...importFaults(file), ...worldFaults(file)]);
}

function importFaults(file: SourceFile): string[] {
  return file.imports.flatMap((from) => {
    const why = from.startsWith(".") ? relativeFault(file.path, from) : packageFault(file.path, from);
    return why === null ? [] : [`${file.path} imports ${from}: ${why}`];
  });
}

function relativeFault(path: string, from: string): string | null {
  const target = posix.join(dirname(path), from);
  const workspace = workspaceOf(path);
  if (workspace === "gateway/client" && isForTests(path)) return null;
  if (workspace !== "deploy" && workspaceOf(target) !== workspace) return "another workspace";
  if (isForTests(path)) return null;
  if (isForTests(target)) return "only tests use it";
  const [importer, imported] = [layerOf(path), layerOf(target)];
  const allowed = LAYERS[workspace]?.[importer];
  if (allowed === undefined || importer === imported || allowed.includes(imported)) return null;
  return `${importer} must not know ${imported}`;
}

/** The client lies inside the gateway's folder but is a package of its own; its tests drive a real gateway. */
function workspaceOf(path: string): string {
  if (path.startsWith(CLIENT)) return "gateway/client";
  return path.split("/")[0] ?? "";
}

/** `gateway/src/store/jobs.ts` → `store`, `gateway/src/deps.ts` → `deps`. */
function layerOf(path: string): string {
  return (path.split("/")[2] ?? "").replace(/\.ts$/, "");
}

function packageFault(path: string, from: string): string | null {
  const workspace = workspaceOf(path);
  const shared = SHARED_PACKAGES[workspace] ?? ["@modfleet/protocol"];
  if (from.startsWith("@modfleet/") && !shared.includes(from)) return `${workspace} may not know it`;
  if (isForTests(path)) return null;
  if (workspace === "protocol") return from === "zod" ? null : "the protocol imports zod and nothing else";
  if (path.startsWith(`${CLIENT}src/`) && from.startsWith("node:")) return "the client also runs in browsers";
  const owner = OWNED_PACKAGES[workspace]?.[from];
  return owner === undefined || owner.test(path.slice(workspace.length + 1)) ? null : `only ${owner.source} may`;
}

function worldFaults({ path, text }: SourceFile): string[] {
  if (isForTests(path) || ROOTS.test(path)) return [];
  const touched = codeOf(text, { strings: "blank" }).match(WORLD) ?? [];
  return touched.map((name) => `${path} touches ${name}: only composition roots do`);
}
