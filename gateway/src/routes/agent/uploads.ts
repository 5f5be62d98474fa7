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
import { json } from "../responses.ts";
import { requestBody } from "./request-body.ts";

export type UploadDeps = Pick<
  Deps,
  "jobs" | "uploads" | "blobs" | "limits" | "now" | "newId" | "uploadSecret" | "bells"
>;

const security = [{ uploadToken: [] }];
const tags = ["agents"];
/** Spelled again, because schemas of the protocol cannot be named in the document. */
const Plan = z.object(UploadPlan.shape).openapi("UploadPlan", {
  example: {
    upload: "upl_0123456789abcdefghjk",
    complete: false,
    partBytes: 8_388_608,
    parts: [{ n: 1, url: "/agent/v1/uploads/upl_0123456789abcdefghjk/parts/1", done: false }],
  },
});
const OPEN_EXAMPLE = {
  bytes: 131_436,
  sha256: "e1470f6a0d4f6ad1c2f1a0f3b7d8f4a3c5e2b9d6a7f8091b2c3d4e5f60718293",
};
const plan = (description: string) => ({ description, content: json(Plan) });
const Bytes = z.string().openapi({ format: "binary" });
const PartHash = z.string().pipe(Sha256).openapi({ description: "SHA-256 of the part", example: OPEN_EXAMPLE.sha256 });
const PartNumber = z.coerce
  .number()
  .pipe(z.int().min(1))
  .openapi({ type: "integer", minimum: 1, description: "As the plan numbers them", example: 1 });
const Upload = z.string().pipe(UploadId).openapi({ description: "An upload", example: "upl_0123456789abcdefghjk" });
const UploadParams = z.object({ upload: Upload });

const openRoute = createRoute({
  method: "post",
  path: "/agent/v1/uploads",
  operationId: "openUpload",
  summary: "Open an upload, or find the one that was opened",
  ...{ tags, security },
  request: { body: { required: true, content: { "application/json": { schema: OpenUpload, example: OPEN_EXAMPLE } } } },
  responses: {
    200: plan("What to send; `complete` when that content is stored already"),
    ...problems(
      "bad_request",
      "unauthorized",
      "stale_epoch",
      "body_too_large",
      "unsupported_media_type",
      "unprocessable",
      "disk_full",
    ),
  },
});

const readRoute = createRoute({
  method: "get",
  path: "/agent/v1/uploads/{upload}",
  operationId: "getUpload",
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
  operationId: "sendUploadPart",
  summary: "Send one part; the body is its bytes",
  ...{ tags, security },
  request: {
    params: UploadParams.extend({ n: PartNumber }),
    headers: z.object({ [PART_HASH_HEADER]: PartHash }),
    body: { required: true, content: { "application/octet-stream": { schema: Bytes } } },
  },
  responses: {
    204: { description: "The part is durable" },
    ...problems("bad_request", "unauthorized", "not_found", "conflict", "stale_epoch", "unprocessable", "disk_full"),
  },
});

const completeRoute = createRoute({
  method: "post",
  path: "/agent/v1/uploads/{upload}/complete",
  operationId: "completeUpload",
  summary: "Close an upload whose parts are all there",
  ...{ tags, security },
  request: { params: UploadParams },
  responses: {
    200: plan("The upload is complete"),
    ...problems("bad_request", "unauthorized", "not_found", "conflict", "stale_epoch", "body_too_large", "disk_full"),
  },
});

/** The agents' doors for archives (PROTOCOL section 6). */
export function uploadRoutes(api: Api, deps: UploadDeps): void {
  const turns = createTurns();
  api.openAPIRegistry.registerComponent("securitySchemes", "uploadToken", {
    type: "http",
    scheme: "bearer",
    description: "The token of the offer that the upload is for",
  });

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
