/** A body may be served for as long as nothing happened: for its `revision`. */
export type BodyCacheOptions = { charactersMax: number };

/** A text, or something else that says how large it is. */
export type Sized = { readonly length: number };

export type BodyCache<Body extends Sized = string> = {
  /** The body under `key`, made now when there is none of this revision. Equal questions at one time are asked once. */
  get(key: string, revision: number, make: () => Promise<Body>): Promise<Body>;
};

type Kept<Body> = { revision: number; body: Promise<Body>; characters: number };

/** Keeps the bodies of lists, those used last, up to a total size. A failed one is not kept. */
export function createBodyCache<Body extends Sized = string>({ charactersMax }: BodyCacheOptions): BodyCache<Body> {
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
      if (known !== undefined && known.revision === revision) {
        keep(key, known);
        return known.body;
      }
      const kept = { revision, body: make(), characters: key.length };
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
