/** The oldest and the newest protocol version that this code speaks: N and N−1 once there is a second one. */
export const PROTOCOL_VERSIONS: readonly [min: number, max: number] = [1, 1];

export type VersionRange = readonly [min: number, max: number];

/** The highest version both sides speak, or null when there is none. */
export function commonVersion(ours: VersionRange, theirs: VersionRange): number | null {
  const highest = Math.min(ours[1], theirs[1]);
  return highest >= Math.max(ours[0], theirs[0]) ? highest : null;
}
