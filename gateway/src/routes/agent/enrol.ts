import { createRoute, z } from "@hono/zod-openapi";
import { AgentId, Enrol } from "@modfleet/protocol";
import { bodyLimit } from "hono/body-limit";
import { enrolAgent } from "../../actions/enrol-agent.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import { networkOf } from "../../domain/network.ts";
import { createRate, type Rate } from "../../domain/rate.ts";
import type { Api } from "../api.ts";
import { addressOf } from "../app-env.ts";
import { problems } from "../problem.ts";

const PATH = "/agent/v1/enrol";
const BODY_BYTES_MAX = 4_096;

const Enrolled = z.object({ agent: AgentId, status: z.enum(["trusted", "probation", "revoked"]) }).openapi("Enrolled", {
  description: "The agent's id; on probation it gets one job at a time",
  example: { agent: "agt_0123456789abcdefghjk", status: "probation" },
});

const ENROL_EXAMPLE = { invite: "k3v9-…", name: "attic", publicKey: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

const route = createRoute({
  method: "post",
  path: PATH,
  operationId: "enrolAgent",
  tags: ["agents"],
  summary: "Enrol an agent by its public key",
  description: "Once per key; repeating it answers with the same id, also after the invitation is used up.",
  request: { body: { required: true, content: { "application/json": { schema: Enrol, example: ENROL_EXAMPLE } } } },
  responses: {
    200: { description: "Enrolled, now or before", content: { "application/json": { schema: Enrolled } } },
    ...problems(
      "bad_request",
      "unauthorized",
      "forbidden",
      "body_too_large",
      "unsupported_media_type",
      "too_many_requests",
      "disk_full",
    ),
  },
});

type EnrolDeps = Pick<Deps, "agents" | "config" | "log" | "newId" | "now"> & {
  /** Enrolments of one public address. */
  enrolments?: Rate;
};

export function enrol(api: Api, { enrolments = createRate({ burst: 100, everyMs: 6_000 }), ...deps }: EnrolDeps): void {
  const onError = (): never => {
    throw new AppError("body_too_large", `The body may have ${BODY_BYTES_MAX} bytes`);
  };
  api.use(PATH, bodyLimit({ maxSize: BODY_BYTES_MAX, onError }));
  api.openapi(route, async (c) => {
    const address = addressOf(c);
    const waitMs = enrolments.take(networkOf(address) ?? address, deps.now());
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1_000);
      throw new AppError("too_many_requests", "Too many enrolments from this address", { retryAfterSeconds });
    }
    const { id, status } = await enrolAgent({ ...deps, log: c.get("log") }, c.req.valid("json"));
    return c.json({ agent: id, status }, 200);
  });
}
