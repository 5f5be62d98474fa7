/** Why a server could not be asked; a `fault` is an answer: the server says no. */
export type RTorrentProblem = "unreachable" | "refused" | "too_slow" | "too_large" | "nonsense" | "fault";

/** The one error of the rTorrent client; `message` says what the server did. */
export class RTorrentError extends Error {
  readonly problem: RTorrentProblem;

  constructor(problem: RTorrentProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RTorrentError";
    this.problem = problem;
  }
}
