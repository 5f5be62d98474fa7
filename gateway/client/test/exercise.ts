import { createClient, ModfleetError, unwrap } from "../src/mod.ts";

/** What a script does with a library, with nothing but the web's own globals: its result says what it saw. */
export async function exercise(baseUrl: string, id: string) {
  const client = createClient({ baseUrl });
  const states: string[] = [];
  const mod = await client.fetch(id, { onProgress: ({ state }) => void states.push(state), timeoutMs: 20_000 });
  const { body, sha256 } = await client.download(id);
  const bytes = (await new Response(body).arrayBuffer()).byteLength;
  const { items } = await unwrap(client.GET("/api/mods", { params: { query: { limit: 1 } } }));
  const refused = await unwrap(client.GET("/api/mods/{id}", { params: { path: { id: "1" } } })).catch(codeOf);
  return { name: mod.name, last: states.at(-1), bytes, sha256, listed: items.length, refused };
}

function codeOf(error: unknown): string {
  return error instanceof ModfleetError ? error.code : String(error);
}
