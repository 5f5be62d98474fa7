/** Typed client of Modfleet's HTTP interface, for Node, Deno and browsers. */

export type { Api, ApiOptions } from "./api.ts";
export { type Asked, createClient, type ModfleetClient } from "./client.ts";
export type { Download, DownloadOptions } from "./download.ts";
export { ModfleetError, type OwnCode, unwrap } from "./error.ts";
export type { components, operations, paths } from "./generated/schema.ts";
export { isOver, type Job, type Mod, type Problem, type Source } from "./views.ts";
export type { WaitOptions } from "./wait.ts";
