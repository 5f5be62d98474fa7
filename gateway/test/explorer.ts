export type Report = { states: number; stuck: number; violations: Map<string, string[]> };
export type Move<World> = { name: string; world: World };

/** Walks every state that `moves` can reach, breadth first, so that the way to a violation is the shortest one. */
export class Explorer<World> {
  readonly #keyOf: (world: World) => string;
  readonly #isEnd: (world: World) => boolean;
  readonly #seen = new Map<string, { from: string | null; by: string }>();
  readonly #worlds: { key: string; world: World }[] = [];
  readonly #edges = new Map<string, string[]>();
  readonly #violations = new Map<string, string[]>();
  #now = "";

  constructor({ keyOf, isEnd }: { keyOf: (world: World) => string; isEnd: (world: World) => boolean }) {
    this.#keyOf = keyOf;
    this.#isEnd = isEnd;
  }

  add(world: World, from: string | null = null, by = ""): string {
    const key = this.#keyOf(world);
    if (this.#seen.has(key)) return key;
    this.#seen.set(key, { from, by });
    this.#worlds.push({ key, world });
    return key;
  }

  violated(name: string): void {
    if (!this.#violations.has(name)) this.#violations.set(name, this.#pathTo(this.#now));
  }

  /** `isEnough`: one violation is all that is asked for, and stuck states are not counted. */
  run(moves: (world: World) => Move<World>[], isEnough = false): Report {
    const ended: string[] = [];
    for (let at = 0; at < this.#worlds.length; at += 1) {
      const current = this.#worlds[at];
      if (current === undefined || (isEnough && this.#violations.size > 0)) break;
      this.#now = current.key;
      if (this.#isEnd(current.world)) ended.push(current.key);
      this.#edges.set(
        current.key,
        moves(current.world).map(({ name, world }) => this.add(world, current.key, name)),
      );
    }
    return { states: this.#seen.size, stuck: this.#seen.size - this.#canReach(ended), violations: this.#violations };
  }

  /** Liveness: how many states can still reach an end of the job. */
  #canReach(goals: readonly string[]): number {
    const before = new Map<string, string[]>();
    for (const [from, targets] of this.#edges) {
      for (const to of targets) before.set(to, [...(before.get(to) ?? []), from]);
    }
    const reached = new Set(goals);
    for (const goal of reached) for (const from of before.get(goal) ?? []) reached.add(from);
    return reached.size;
  }

  #pathTo(key: string): string[] {
    const path: string[] = [];
    for (let at: string | null = key; at !== null; ) {
      const step: { from: string | null; by: string } | undefined = this.#seen.get(at);
      if (step === undefined || step.from === null) break;
      path.unshift(step.by);
      at = step.from;
    }
    return path;
  }
}
