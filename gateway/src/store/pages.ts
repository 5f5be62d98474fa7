import { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { Database, Statement } from "./database.ts";

/** A mod whose Workshop page somebody reads right now. */
export type PageClaim = { mod: ModId; publishedAt: number | null; until: number };
export type PageFacts = { dependencies: readonly ModId[]; screenshots: readonly string[] };

/**
 * Whose Workshop page is to be read, and what was found there. Whatever ends a claim answers false and changes nothing
 * when the claim is over: its time was up, or a newer version was published meanwhile and its page is to be read again.
 */
export interface PageStore {
  /** Takes the mod whose version was published last, for this process alone until `until`; null when none is due. */
  claim(now: number, until: number): Promise<PageClaim | null>;
  /** Replaces dependencies and pictures, in the page's order and the logo last. The next version has it read again. */
  save(claim: PageClaim, facts: PageFacts, at: number): Promise<boolean>;
  /** There is no page: keeps what is known already. */
  settle(claim: PageClaim): Promise<boolean>;
  /** The page is to be read later. */
  postpone(claim: PageClaim, notBefore: number): Promise<boolean>;
  /** Gives their logo to mods without any picture whose page was not read yet; looks at the 2,000 published last. */
  addLogos(at: number): Promise<void>;
}

const CLAIM = `
  UPDATE mods SET page_at = :until
   WHERE id = (SELECT id FROM mods INDEXED BY mods_to_read
                WHERE page_at <= :now AND origin = 'steam' ORDER BY page_at DESC LIMIT 1)
  RETURNING CAST(id AS TEXT) AS mod, published_at AS "publishedAt"`;

const INSERT_DEPENDENCIES = `
  INSERT INTO mod_dependencies (mod_id, dependency_id)
  SELECT :id, CAST(value AS INTEGER) FROM json_each(:dependencies) ORDER BY key`;

const INSERT_SCREENSHOTS = `
  INSERT INTO media (mod_id, kind, url, at)
  SELECT :id, 'screenshot', value, :at FROM json_each(:screenshots) ORDER BY key`;

const INSERT_LOGO = `
  INSERT INTO media (mod_id, kind, url, at)
  SELECT id, 'logo', preview_url, :at FROM mods
   WHERE id = :id AND preview_url IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM media WHERE mod_id = :id AND url = mods.preview_url)`;

const INSERT_LOGOS = `
  INSERT INTO media (mod_id, kind, url, at)
  SELECT id, 'logo', preview_url, :at
    FROM (SELECT id, preview_url FROM mods INDEXED BY mods_to_read
           WHERE page_at IS NOT NULL ORDER BY page_at DESC LIMIT 2000) waiting
   WHERE preview_url IS NOT NULL AND NOT EXISTS (SELECT 1 FROM media WHERE mod_id = waiting.id)`;

const ClaimRow = z.object({ mod: ModId, publishedAt: z.number().nullable() });

export function createPageStore(database: Database): PageStore {
  const end = async (claim: PageClaim, pageAt: number | null, then: readonly Statement[] = []) =>
    (await database.compareAndSet(endOf(claim, pageAt), then)) !== null;

  return {
    async claim(now, until) {
      const [row] = await database.write({ sql: CLAIM, args: { now, until } });
      return row === undefined ? null : { ...ClaimRow.parse(row), until };
    },
    save(claim, facts, at) {
      const args = {
        ...{ id: BigInt(claim.mod), at },
        ...{ dependencies: JSON.stringify(facts.dependencies), screenshots: JSON.stringify(facts.screenshots) },
      };
      const statements = [
        "DELETE FROM mod_dependencies WHERE mod_id = :id",
        INSERT_DEPENDENCIES,
        "DELETE FROM media WHERE mod_id = :id",
        INSERT_SCREENSHOTS,
        INSERT_LOGO,
      ];
      const then = statements.map((sql) => ({ sql, args }));
      return end(claim, null, then);
    },
    settle: (claim) => end(claim, null),
    postpone: (claim, notBefore) => end(claim, notBefore),
    async addLogos(at) {
      await database.write({ sql: INSERT_LOGOS, args: { at } });
    },
  };
}

function endOf({ mod, until }: PageClaim, pageAt: number | null): Statement {
  return {
    sql: "UPDATE mods SET page_at = :pageAt WHERE id = :id AND page_at = :until",
    args: { id: BigInt(mod), until, pageAt },
  };
}
