import { createRoute, z } from "@hono/zod-openapi";
import { SourceKind } from "@modfleet/protocol";
import type { Deps } from "../../deps.ts";
import { type Api, NoQuery } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { Time, toTime } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { FLEET_EXAMPLE } from "./examples.ts";

const AgentView = z.object({
  name: z.string(),
  engines: z.array(SourceKind),
  slots: z.int().min(0),
  freeSlots: z.int().min(0),
  draining: z.boolean(),
  connectedAt: Time,
});

/** Who fetches at the moment. Names are what volunteers chose; addresses are nobody's business. */
const FleetView = z
  .object({
    agents: z.array(AgentView),
    totals: z.object({ agents: z.int(), slots: z.int(), freeSlots: z.int() }),
  })
  .openapi("Fleet", { example: FLEET_EXAMPLE });
type FleetView = z.infer<typeof FleetView>;

const route = createRoute({
  method: "get",
  path: "/api/fleet",
  operationId: "getFleet",
  tags: ["scripts"],
  summary: "See who fetches at the moment",
  request: { query: NoQuery },
  responses: {
    ...readable("The fleet", FleetView),
    ...problems("bad_request"),
  },
});

/** `GET /api/fleet`, of this process: each gateway knows its own sockets. */
export function fleet(api: Api, deps: Pick<Deps, "fleet">): void {
  api.openapi(route, (c) => cachedJson(c, toFleetView(deps.fleet.connected()), { maxAgeSeconds: 0 }));
}

function toFleetView(connected: ReturnType<Deps["fleet"]["connected"]>): FleetView {
  const agents = connected.map(({ name, engines, slots, freeSlots, draining, connectedAt }) => ({
    name,
    engines: [...engines],
    slots,
    freeSlots,
    draining,
    connectedAt: toTime(connectedAt),
  }));
  const sum = (field: "slots" | "freeSlots") => agents.reduce((total, agent) => total + agent[field], 0);
  return { agents, totals: { agents: agents.length, slots: sum("slots"), freeSlots: sum("freeSlots") } };
}
