import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

/** The types of every path in an OpenAPI document, as the text of `src/generated/schema.ts`. Equal documents give equal text. */
export async function generateSchema(document: string): Promise<string> {
  const nodes = await openapiTS(document, { alphabetize: true });
  return `${COMMENT_HEADER}${astToString(nodes)}`;
}
