/** A note is neither well nor wrong: something that only some commands need. */
export type Finding = { name: string; ok: boolean; isNote: boolean; detail: string; fix: string | null };

export const good = (name: string, detail: string): Finding => ({ name, ok: true, isNote: false, detail, fix: null });
export const note = (name: string, detail: string): Finding => ({ name, ok: true, isNote: true, detail, fix: null });
/** `fix` is one line that says what to do. */
export const bad = (name: string, detail: string, fix: string): Finding => ({
  ...{ name, ok: false, isNote: false, detail, fix },
});
