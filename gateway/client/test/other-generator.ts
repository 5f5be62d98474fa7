import { createClient } from "@hey-api/openapi-ts";

// A second generator in a process of its own: `other-generator.ts <document> <folder>`.

const [input = "", output = ""] = process.argv.slice(2);
const plugins = ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"] as const;

await createClient({ input, output, plugins: [...plugins], logs: { level: "silent", file: false } });
