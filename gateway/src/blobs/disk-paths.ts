import { join } from "node:path";
import { Sha256, UploadId } from "@modfleet/protocol";

export type DiskPaths = {
  archives: string;
  uploads: string;
  /** The folder that holds the blob. */
  shelf(sha256: Sha256): string;
  blob(sha256: Sha256): string;
  upload(id: UploadId): string;
};

/** Where things lie below `root`. Only checked ids and hashes become part of a path; anything else throws. */
export function diskPaths(root: string): DiskPaths {
  const archives = join(root, "archives");
  const uploads = join(root, "uploads");
  const shelf = (sha256: Sha256) => join(archives, Sha256.parse(sha256).slice(0, 2));
  return {
    archives,
    uploads,
    shelf,
    blob: (sha256) => join(shelf(sha256), `${sha256}.zip`),
    upload: (id) => join(uploads, UploadId.parse(id)),
  };
}
