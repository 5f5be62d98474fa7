import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A file of ours: its path from the root with `/`, its text, and what it imports, as written. */
export type SourceFile = { path: string; text: string; imports: readonly string[] };

const WORKSPACES = ["protocol", "gateway", "agent", "deploy"];
/** Others wrote these, or a program did. */
const FOREIGN = /(^|\/)(node_modules|fixtures|golden|generated|dist|data)\//;

/** Every TypeScript file below the four folders. */
export function readSourceFiles(root: string): SourceFile[] {
  return WORKSPACES.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !FOREIGN.test(path))
    .map((path) => aSourceFile(path, readFileSync(join(root, path), "utf8")));
}

export function aSourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(text) };
}

/** A test, or something that only tests and benchmarks use. */
export function isForTests(path: string): boolean {
  return /\.(test|contract)\.ts$|\/(test|bench|simulator|e2e)\//.test(path);
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const isComment = (token: string): boolean => token.startsWith("//") || token.startsWith("/*");

/** The text without comments; `strings: "blank"` also empties texts in quotes. */
export function codeOf(text: string, { strings }: { strings: "keep" | "blank" }): string {
  return text.replace(TOKEN, (token) => {
    if (isComment(token)) return " ";
    return strings === "keep" ? token : '""';
  });
}

const IMPORT = /(?:^|[\s;}])(?:(?:import|export)\b[^"'`;()]*?\bfrom\s*|import\s*\(?\s*)["']([^"']+)["']/g;

function importsOf(text: string): string[] {
  return [...codeOf(text, { strings: "keep" }).matchAll(IMPORT)].map(([, from = ""]) => from);
}
