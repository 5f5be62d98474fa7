/** Text of unknown length of which the head and the tail are kept. */
export type KeptText = { push(chunk: string): void; text(): string; length(): number };

/** Keeps at most `max` characters, half from the head and half from the tail. */
export function createKeptText(max: number): KeptText {
  const half = Math.floor(max / 2);
  let head = "";
  let tail = "";
  let length = 0;
  return {
    push(chunk) {
      length += chunk.length;
      const room = half - head.length;
      if (room > 0) head += chunk.slice(0, room);
      const rest = room > 0 ? chunk.slice(room) : chunk;
      tail += rest;
      // Cut rarely: joining and slicing half a megabyte for each chunk would cost more than the reading.
      if (tail.length > 2 * half) tail = tail.slice(-half);
    },
    text: () => (length <= max ? head + tail : `${head}\n[…]\n${tail.slice(-half)}`),
    length: () => length,
  };
}
