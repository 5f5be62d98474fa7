import type { JobView } from "../api/job-view.ts";
import { FAILURES_EN, FAILURES_RU, type FailureTexts } from "./failure-texts.ts";

/** Everything a page says, in one language. */
export type Texts = {
  lang: "en" | "ru";
  otherLanguage: { lang: "en" | "ru"; name: string };
  title: string;
  what: string;
  label: string;
  hint: string;
  button: string;
  scripts: string;
  docs: string;
  refusals: Record<Refusal, string>;
  jobOf: (name: string) => string;
  states: Record<JobView["state"], string>;
  stages: Record<NonNullable<JobView["stage"]>, string>;
  /** The stage `downloading` of what does not come from Steam. */
  downloadingElsewhere: string;
  place: (place: number) => string;
  failures: FailureTexts;
  willRetry: string;
  /** Behind a failure that is remembered: when asking again makes sense. */
  retryAt: (time: string) => string;
  nobody: string;
  download: string;
  torrent: string;
  again: string;
  noJob: string;
};

export type Refusal =
  | "not_an_item"
  | "not_for_agents"
  | "too_many"
  | "not_found"
  | "is_collection"
  | "not_ready"
  | "steam_unavailable";

const EN: Texts = {
  lang: "en",
  otherLanguage: { lang: "ru", name: "Русский" },
  title: "Modfleet",
  what: "Steam Workshop mods as plain zip files, without Steam. What is not here yet is fetched by volunteers while you wait.",
  label: "Workshop item: its number or its address",
  hint: "For example 2925604173, or the address of its Workshop page. A file's address or a magnet link will do, too.",
  button: "Get the mod",
  scripts: "For scripts and launchers:",
  docs: "API documentation",
  refusals: {
    not_an_item: "This is neither a number nor the address of a Workshop item or of a file.",
    not_for_agents: "This address cannot be fetched: it has a password in it, or leads into a private network.",
    too_many: "Too many of your requests wait in the queue. Please try again once they are fewer.",
    not_found: "Steam has no such item.",
    is_collection: "This is a collection. Ask for its items one by one.",
    not_ready: "No volunteer is connected right now. Please try again in a few minutes.",
    steam_unavailable: "Steam cannot be reached right now. Please try again in a few minutes.",
  },
  jobOf: (name) => `Fetching ${name}`,
  states: {
    queued: "Waiting in the queue",
    leased: "An agent works on it",
    verifying: "Checking the archive",
    done: "Ready",
    failed: "It did not work",
    cancelled: "Cancelled",
  },
  stages: {
    offered: "Handing it to an agent",
    downloading: "Downloading from Steam",
    packing: "Packing",
    uploading: "Uploading",
  },
  downloadingElsewhere: "Downloading from its source",
  place: (place) => `Place in the queue: ${place}`,
  failures: FAILURES_EN,
  willRetry: "It is tried again by itself.",
  retryAt: (time) => `Asking again makes sense after ${time}.`,
  nobody: "No volunteer can take it right now. It starts as soon as one does; you may close this page.",
  download: "Download the zip",
  torrent: "Torrent",
  again: "Get another mod",
  noJob: "There is no such job.",
};

const RU: Texts = {
  lang: "ru",
  otherLanguage: { lang: "en", name: "English" },
  title: "Modfleet",
  what: "Моды из Мастерской Steam обычными zip-архивами, без Steam. Чего здесь ещё нет, волонтёры скачают, пока вы ждёте.",
  label: "Мод из Мастерской: номер или адрес страницы",
  hint: "Например, 2925604173 или адрес страницы мода в Мастерской. Подойдёт и адрес файла или magnet-ссылка.",
  button: "Получить мод",
  scripts: "Для скриптов и лаунчеров:",
  docs: "Документация API",
  refusals: {
    not_an_item: "Это не номер и не адрес предмета Мастерской или файла.",
    not_for_agents: "По этому адресу скачать нельзя: в нём пароль, или он ведёт в частную сеть.",
    too_many: "В очереди уже слишком много ваших запросов. Попробуйте, когда их станет меньше.",
    not_found: "В Steam нет такого предмета.",
    is_collection: "Это коллекция. Запросите её моды по одному.",
    not_ready: "Сейчас нет ни одного волонтёра на связи. Попробуйте через несколько минут.",
    steam_unavailable: "Steam сейчас недоступен. Попробуйте через несколько минут.",
  },
  jobOf: (name) => `Скачиваем: ${name}`,
  states: {
    queued: "Ждёт в очереди",
    leased: "Агент работает",
    verifying: "Проверяем архив",
    done: "Готово",
    failed: "Не получилось",
    cancelled: "Отменено",
  },
  stages: {
    offered: "Передаём агенту",
    downloading: "Скачивается из Steam",
    packing: "Упаковывается",
    uploading: "Загружается сюда",
  },
  downloadingElsewhere: "Скачивается из источника",
  place: (place) => `Место в очереди: ${place}`,
  failures: FAILURES_RU,
  willRetry: "Попытка повторится сама.",
  retryAt: (time) => `Просить снова имеет смысл после ${time}.`,
  nobody:
    "Сейчас никто из волонтёров не может взять это. Как только кто-то сможет, работа начнётся; страницу можно закрыть.",
  download: "Скачать zip",
  torrent: "Торрент",
  again: "Получить другой мод",
  noJob: "Такого задания нет.",
};

/** The language a person asked for: by link first, then by the browser's own order of preference. */
export function textsFor(chosen: string | undefined, acceptLanguage: string | undefined): Texts {
  if (chosen === "ru") return RU;
  if (chosen === "en") return EN;
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...params] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const q = params.find((param) => param.startsWith("q="));
      return { language: tag.split("-")[0], q: q === undefined ? 1 : Number(q.slice(2)) || 0 };
    })
    .filter(({ language, q }) => q > 0 && (language === "ru" || language === "en"));
  return wanted.toSorted((a, b) => b.q - a.q)[0]?.language === "ru" ? RU : EN;
}
