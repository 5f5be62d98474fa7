import { pathToFileURL } from "node:url";
import type { Done, Loading } from "./lists.ts";

/** What the console says. The Russian texts are an interface: programs compare them, spelling mistakes included. */
export type Texts = {
  help: readonly string[];
  format: string;
  dead: string;
  page: string;
  unknown: string;
  empty: string;
  sent: string;
  wait: string;
  /** Followed by the file's address. */
  already: string;
  waiting: string;
};

const RUSSIAN: Texts = {
  help: [
    "help_command - Перечень доступных команд.\n",
    "start - Начать запись url.\n",
    "end - Закончить запись url и отправить на обработку.\n",
    "queue - Показать url в ожидании.\n",
    "loading - Показать url ,по которой происходит загрузка.\n",
    "download - Показать url ,по которым загрузились файлы.",
  ],
  format: "url не соответствует формату.",
  dead: "url не действителен.",
  page: "Данный url не предназначен для скачивания файла.",
  unknown: "Команда не найдена.",
  empty: "Не добавленно ни одного url для скачивания.",
  sent: "Отправка urls на обработку.",
  wait: "Для добавления новых url на скачивание, дождитесь окончания загрузки отправленых ранее.",
  already: "Файл по данному url был скачен ранее и находится по адресу: ",
  waiting: "В очереди",
};

const ENGLISH: Texts = {
  help: [
    "help_command - List the commands.\n",
    "start - Begin a list of urls.\n",
    "end - End the list of urls and send it off.\n",
    "queue - Show the urls that wait.\n",
    "loading - Show the url that is loading.\n",
    "download - Show the urls whose files are here.",
  ],
  format: "This is not a url.",
  dead: "This url does not work.",
  page: "This url is a page and not a file.",
  unknown: "There is no such command.",
  empty: "No url was added.",
  sent: "The urls are on their way.",
  wait: "Please wait until what was sent before has been downloaded.",
  already: "The file of this url is here already: ",
  waiting: "Waiting",
};

/** The texts of `?lang=`; Russian unless English is asked for. */
export function textsFor(language: string | null): Texts {
  return language === "en" ? ENGLISH : RUSSIAN;
}

/** One line of `queue`. */
export function queueLine(url: string, texts: Texts): string {
  return `url:${url}, status: ${texts.waiting}\n`;
}

/** The frame of `loading`. With an unknown size it counts what has come; a file at work has at least one connection. */
export function loadingLine({ url, bytes, total, connections }: Loading): string {
  return `url:${url}, file_amount_bytes:${total ?? bytes}, threads_size:${Math.max(1, connections)}, status:${percent(bytes, total)}`;
}

/** One line of `download`; `patch` is how the interface spells it. */
export function doneLine({ url, bytes, path }: Done): string {
  return `url:${url}, file_amount_bytes:${bytes}, patch: ${addressOf(path)}\n`;
}

/** The `file:///` URL of an absolute path, percent-encoded. */
export function addressOf(path: string): string {
  return pathToFileURL(path).href;
}

/** Rounded down: only what is complete shows 100.0. */
function percent(bytes: number, total: number | null): string {
  if (total === null || total === 0) return "0.0";
  return (Math.min(1_000, Math.floor((bytes * 1_000) / total)) / 10).toFixed(1);
}
