import { createHmac } from "node:crypto";

/** The key in `whsec_<base64>`, with or without the prefix; null where there is none. */
export function parseSecret(secret: string): Buffer | null {
  const text = secret.replace(/^whsec_/, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  const key = Buffer.from(text, "base64");
  return key.length === 0 ? null : key;
}

type Signed = { id: string /** Milliseconds UTC. */; at: number; body: string; key: Buffer | null };

/** The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com); without a key there is no signature among them. */
export function webhookHeaders({ id, at, body, key }: Signed): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (key === null) return headers;
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
