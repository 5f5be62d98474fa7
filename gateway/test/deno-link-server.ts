import process from "node:process";
import { answerDenoUpgrade } from "../src/link/deno-upgrade.ts";
import { flood, quietLink } from "./quiet-link.ts";

/** The calls of Deno's that this program needs. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>,
  ): unknown;
};

/** Run by Deno with the public keys to enrol: serves the link on loopback and prints its address. */
const { link } = await quietLink(process.argv.slice(2));

Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`) },
  (request, { remoteAddr }) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/flood") return Response.json(flood(link, searchParams.get("agent") ?? ""));
    return answerDenoUpgrade(link, request, remoteAddr.hostname);
  },
);
