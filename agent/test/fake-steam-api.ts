import { createServer } from "node:http";
import { endServer, listenOnLoopback } from "./loopback.ts";

export type FakeSteamApi = AsyncDisposable & { url: string; asked: { path: string; form: string }[] };

type Answers = {
  /** Fields of GetPublishedFileDetails by id; ids without any have result 9. */
  items?: Record<string, object>;
  /** Children by collection id. */
  collections?: Record<string, string[]>;
  /** Answers everything with this instead. */
  instead?: { status: number; body: string };
};

/** Steam's Web API on loopback, in the field types of the real one. */
export async function fakeSteamApi({ items = {}, collections = {}, instead }: Answers): Promise<FakeSteamApi> {
  const asked: FakeSteamApi["asked"] = [];

  const details = (id: string) => ({
    publishedfileid: id,
    ...(items[id] === undefined ? { result: 9 } : { result: 1, ...items[id] }),
  });
  const collection = (id: string) => {
    const children = collections[id]?.map((child, sortorder) => ({
      ...{ publishedfileid: child, sortorder },
      // As Steam marks a collection within a collection.
      filetype: collections[child] === undefined ? 0 : 2,
    }));
    return { publishedfileid: id, ...(children === undefined ? { result: 9 } : { result: 1, children }) };
  };

  const server = createServer(async (request, response) => {
    const form = Buffer.concat(await Array.fromAsync(request)).toString();
    const { pathname: path } = new URL(request.url ?? "/", "http://steam");
    asked.push({ path, form });
    const id = /publishedfileids\[0\]=(\d+)/.exec(form)?.[1] ?? "";
    const answer = path.includes("GetCollectionDetails")
      ? { result: 1, resultcount: 1, collectiondetails: [collection(id)] }
      : { result: 1, resultcount: 1, publishedfiledetails: [details(id)] };
    response.writeHead(instead?.status ?? 200).end(instead?.body ?? JSON.stringify({ response: answer }));
  });
  return {
    url: `http://127.0.0.1:${await listenOnLoopback(server)}`,
    asked,
    [Symbol.asyncDispose]: () => endServer(server),
  };
}

/** What the real API says about an item with content of its own. */
export const anItem = (more: object = {}): object => ({
  creator_app_id: 294_100,
  consumer_app_id: 294_100,
  file_size: "4193021",
  file_url: "",
  hcontent_file: "1234567890123456789",
  title: "Example Mod",
  banned: 0,
  ...more,
});
