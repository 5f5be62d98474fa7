-- An address that changes is fetched again and again, so one mod may have tens of thousands of jobs that are over: whoever looks
-- for the one that runs, for failures since the last success, or for what was done a moment ago does not read them all.
CREATE INDEX jobs_of_mod ON jobs (mod_id, state, finished_at);
CREATE INDEX jobs_done ON jobs (source_key, finished_at) WHERE state = 'done';
