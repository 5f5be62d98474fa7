/** A body may be served for as long as nothing happened (`revision`) and it is not older than `ttlMs`. */
export type BodyCacheOptions = { now: () => number; ttlMs: number; charactersMax: number };

/** A text, or something else that says how large it is. */
export type Sized = { readonly length: number };

export type BodyCache<Body extends Sized = string> = {
  /** The body under `key`, made now when there is none or it is too old. Equal questions at one time are asked once. */
  get(key: string, revision: number, make: () => Promise<Body>): Promise<Body>;
};

type Kept<Body> = { revision: number; until: number; body: Promise<Body>; characters: number };

/** Keeps the bodies of lists, those used last, up to a total size. A failed one is not kept. */
export function createBodyCache<Body extends Sized = string>(options: BodyCacheOptions): BodyCache<Body> {
  const { now, ttlMs, charactersMax } = options;
  const bodies = new Map<string, Kept<Body>>();
  let characters = 0;

  const forget = (key: string, kept: Kept<Body>): void => {
    if (bodies.get(key) !== kept) return;
    bodies.delete(key);
    characters -= kept.characters;
  };
  const keep = (key: string, kept: Kept<Body>): void => {
    bodies.set(key, kept);
    characters += kept.characters;
    for (const [oldKey, old] of bodies) {
      if (characters <= charactersMax) return;
      forget(oldKey, old);
    }
  };

  return {
    async get(key, revision, make) {
      const known = bodies.get(key);
      if (known !== undefined) forget(key, known);
      if (known !== undefined && known.revision === revision && known.until > now()) {
        keep(key, known);
        return known.body;
      }
      const kept = { revision, until: now() + ttlMs, body: make(), characters: key.length };
      keep(key, kept);
      try {
        const body = await kept.body;
        if (bodies.get(key) === kept) {
          forget(key, kept);
          keep(key, { ...kept, characters: key.length + body.length });
        }
        return body;
      } catch (error) {
        forget(key, kept);
        throw error;
      }
    },
  };
}
