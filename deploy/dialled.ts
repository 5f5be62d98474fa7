const EVERY_ADDRESS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };

/** A gateway's own address as a program beside it dials it: nobody can be reached under "every address". */
export function dialled(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${EVERY_ADDRESS[hostname] ?? hostname}:${port}`;
}
