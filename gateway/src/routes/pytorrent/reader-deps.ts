import type { Deps } from "../../deps.ts";
import type { AnswerFromShelf } from "./answer-from-shelf.ts";

/** What each path that only reads the shelf needs. */
export type ReaderDeps = Pick<Deps, "counters" | "shelf"> & { answer: AnswerFromShelf };
