import type { Source } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import { vetSource } from "../domain/vet-source.ts";
import { requestElsewhere } from "./request-elsewhere.ts";
import { requestMod } from "./request-mod.ts";
import type { RequestDeps, Requested } from "./requested.ts";

type SourceDeps = RequestDeps & { config: Pick<Deps["config"], "allowPrivateSources"> };

/**
 * Asks for whatever a source names: serves it, joins what is on its way, or queues a fetch. Of a Workshop item only its id
 * counts, because Steam knows the rest. Errors: `bad_request` for addresses that agents must not be told of, `unprocessable`
 * for an item of another game than was said, `too_many_requests` as `requestElsewhere`.
 */
export async function requestSource(
  deps: SourceDeps,
  { source, requester }: { source: Source; requester: string },
): Promise<Requested> {
  if (source.kind === "workshop") {
    await refuseOtherGame(deps, source);
    return requestMod(deps, { id: source.item, requester });
  }
  const vetted = vetSource(source, { allowPrivate: deps.config.allowPrivateSources });
  if (vetted.ok) return requestElsewhere(deps, { source: vetted.source, requester });
  const [first] = vetted.faults;
  throw new AppError("bad_request", `${first?.field}: ${first?.rule}`, { fields: vetted.faults });
}

type Item = Extract<Source, { kind: "workshop" }>;

async function refuseOtherGame({ steam }: SourceDeps, { item: id, app }: Item): Promise<void> {
  const answer = await steam.item(id);
  if (answer.kind !== "found") return;
  // Steam names no game for a few old items, and says 0.
  const known = answer.item.app;
  if (known === 0 || known === app) return;
  throw new AppError("unprocessable", `${id} is an item of app ${known}, not of ${app}`, {
    fields: [{ field: "source.app", rule: "Must be the app of the item", allowed: [String(known)] }],
  });
}
