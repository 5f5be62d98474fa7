import type { Database } from "./database.ts";
import { findJobs } from "./job-finds.ts";
import { leaseJobs } from "./job-leases.ts";
import { requestJobs } from "./job-requests.ts";
import { recordResults } from "./job-results.ts";
import type { JobStore } from "./job-store.ts";

export type { JobStore, NewJob, Verdict } from "./job-store.ts";

/** The rows over one database. */
export function createJobStore(database: Database): JobStore {
  return { ...findJobs(database), ...requestJobs(database), ...leaseJobs(database), ...recordResults(database) };
}
