import { request } from "node:http";

export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

export type Question = { method?: string; target: string; headers?: Readonly<Record<string, string>> };

/** One request whose target goes over the wire as it is written, which `fetch` would tidy up first. */
export function ask(origin: string, { method = "GET", target, headers = {} }: Question): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(pairs),
          body: Buffer.concat(parts),
        });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
