/** Longer addresses are refused like other nonsense: nothing serves them, and lists are kept in memory. */
export const URL_LENGTH_MAX = 8_192;

const BLANK_OR_CONTROL = /[\s\p{Cc}\u200b]/u;
/** What stands between `//` and the path; a browser would read a backslash as a slash. */
const ADDRESS = /^https?:\/\/(?:[^/?#\\]*@)?([^/?#\\@]+)(?:[/?#]|$)/i;

/** Whether a frame is an absolute `http(s)://host…` URL with a real host and a port that exists. */
export function isDownloadUrl(text: string): boolean {
  if (text.length > URL_LENGTH_MAX || BLANK_OR_CONTROL.test(text)) return false;
  const host = ADDRESS.exec(text)?.[1];
  const url = URL.parse(text);
  return host !== undefined && url !== null && url.port !== "0" && isFullHost(host.replace(/:\d*$/, ""));
}

/** Judged as it was written: a parser makes four labels of `http://2130706433/`. */
function isFullHost(host: string): boolean {
  if (host.startsWith("[")) return true;
  const labels = host.replace(/\.$/, "").split(".");
  return !labels.includes("") && (labels.length > 1 || host.toLowerCase().replace(/\.$/, "") === "localhost");
}
