import { createRoute, z } from "@hono/zod-openapi";
import { OpenUpload, PART_HASH_HEADER, Sha256, UploadId, UploadPlan } from "@modfleet/protocol";
import { completeUpload } from "../../actions/complete-upload.ts";
import { openUpload } from "../../actions/open-upload.ts";
import { storePart } from "../../actions/store-part.ts";
import { claimsOf, uploadOf } from "../../actions/upload-access.ts";
import { uploadPlan } from "../../actions/upload-plan.ts";
import { createTurns } from "../../blobs/turns.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import type { UploadClaims } from "../../domain/upload-token.ts";
import type { Api } from "../api.ts";
import { problems } from "../problem.ts";
import { requestBody } from "./request-body.ts";

export type UploadDeps = Pick<
  Deps,
  "jobs" | "uploads" | "blobs" | "limits" | "now" | "newId" | "uploadSecret" | "bells"
>;

const security = [{ uploadToken: [] }];
const tags = ["agents"];
const plan = (description: string) => ({ description, content: { "application/json": { schema: UploadPlan } } });
const UploadParams = z.object({ upload: UploadId });

const openRoute = createRoute({
  method: "post",
  path: "/agent/v1/uploads",
  summary: "Open an upload, or find the one that was opened",
  ...{ tags, security },
  request: { body: { required: true, content: { "application/json": { schema: OpenUpload } } } },
  responses: {
    200: plan("What to send; `complete` when that content is stored already"),
    ...problems("bad_request", "unauthorized", "stale_epoch", "body_too_large", "unprocessable", "disk_full"),
  },
});

const readRoute = createRoute({
  method: "get",
  path: "/agent/v1/uploads/{upload}",
  summary: "Read what is still missing",
  ...{ tags, security },
  request: { params: UploadParams },
  responses: {
    200: plan("What is still missing"),
    ...problems("bad_request", "unauthorized", "not_found", "stale_epoch"),
  },
});

const partRoute = createRoute({
  method: "put",
  path: "/agent/v1/uploads/{upload}/parts/{n}",
  summary: "Send one part; the body is its bytes",
  ...{ tags, security },
  request: {
    params: UploadParams.extend({ n: z.coerce.number().pipe(z.int().min(1)) }),
    headers: z.object({ [PART_HASH_HEADER]: Sha256 }),
  },
  responses: {
    204: { description: "The part is durable" },
    ...problems("bad_request", "unauthorized", "not_found", "conflict", "stale_epoch", "unprocessable", "disk_full"),
  },
});

const completeRoute = createRoute({
  method: "post",
  path: "/agent/v1/uploads/{upload}/complete",
  summary: "Close an upload whose parts are all there",
  ...{ tags, security },
  request: { params: UploadParams },
  responses: {
    200: plan("The upload is complete"),
    ...problems("bad_request", "unauthorized", "not_found", "conflict", "stale_epoch"),
  },
});

/** The agents' doors for archives (PROTOCOL section 6). */
export function uploadRoutes(api: Api, deps: UploadDeps): void {
  const turns = createTurns();
  api.openAPIRegistry.registerComponent("securitySchemes", "uploadToken", { type: "http", scheme: "bearer" });

  api.openapi(openRoute, async (c) => {
    const claims = await claimsIn(deps, c.req.header("authorization"));
    return c.json(await openUpload(deps, { ...c.req.valid("json"), claims }), 200);
  });

  api.openapi(readRoute, async (c) => {
    const claims = await claimsIn(deps, c.req.header("authorization"));
    return c.json(await uploadPlan(deps, await uploadOf(deps, claims, c.req.valid("param").upload)), 200);
  });

  api.openapi(partRoute, async (c) => {
    const claims = await claimsIn(deps, c.req.header("authorization"));
    const sha256 = c.req.valid("header")[PART_HASH_HEADER];
    await storePart({ ...deps, turns }, { ...c.req.valid("param"), ...requestBody(c), sha256, claims });
    return c.body(null, 204);
  });

  api.openapi(completeRoute, async (c) => {
    const claims = await claimsIn(deps, c.req.header("authorization"));
    return c.json(await completeUpload(deps, { claims, upload: c.req.valid("param").upload }), 200);
  });
}

async function claimsIn(deps: UploadDeps, authorization = ""): Promise<UploadClaims> {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new AppError("unauthorized", "Send the offer's upload token as Authorization: Bearer");
  return claimsOf(deps, token);
}
