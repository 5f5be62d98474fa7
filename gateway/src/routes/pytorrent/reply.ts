export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Type,Content-Disposition",
} as const;

/** JSON in PyTorrent's form. Its state changes by the second, so nothing keeps it. */
export function reply(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** 202: a final 102 in the original. The job says how far it is. */
export function accepted(job: string, body: object): Response {
  return reply(202, body, { location: `/api/jobs/${job}`, "retry-after": "5" });
}
