import { exercise } from "./exercise.ts";

declare const Deno: { args: [url: string, id: string] };

console.log(JSON.stringify(await exercise(...Deno.args)));
