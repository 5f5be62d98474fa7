const POOL_BYTES = 8_192;

/** Random bytes from a store of them: an id for each request would otherwise be a call into the system for each request. */
export function pooledRandom(randomBytes: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomBytes(bytes);
    if (bytes > pool.length) pool = randomBytes(POOL_BYTES);
    // A copy, because what is handed out is handed out once.
    const taken = pool.slice(0, bytes);
    pool = pool.subarray(bytes);
    return taken;
  };
}
