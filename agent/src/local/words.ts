import type { AgentMessage, Stage } from "@modfleet/protocol";
import type { Status } from "../status.ts";

type DeclineReason = Extract<AgentMessage, { type: "decline" }>["reason"];

/** Every text of the page, so that a language cannot leave one out. */
export type Words = {
  lang: string;
  states: Record<Status["state"], string>;
  stages: Record<Stage, string>;
  reasons: Record<DeclineReason, string>;
} & Record<
  | "name"
  | "gateway"
  | "since"
  | "retryAt"
  | "lastEnd"
  | "slots"
  | "closed"
  | "closedNow"
  | "month"
  | "free"
  | "version"
  | "jobs"
  | "noJobs"
  | "what"
  | "stage"
  | "progress"
  | "doors"
  | "console"
  | "event",
  string
>;

const ENGLISH: Words = {
  lang: "en",
  states: {
    connecting: "Looking for the gateway",
    connected: "Connected",
    draining: "Finishing, then stopping",
    stopped: "Stopped",
  },
  stages: { offered: "offered", downloading: "downloading", packing: "packing", uploading: "uploading" },
  reasons: {
    busy: "All slots are taken",
    draining: "Stopping",
    paused: "Paused",
    disk: "Too little free disk space",
    month_limit: "This month's bytes are used up",
    hours: "Outside the allowed hours",
    game_not_allowed: "Game not allowed",
    unsupported_source: "Source not supported",
  },
  name: "Name",
  gateway: "Gateway",
  since: "Connected since",
  retryAt: "Next try",
  lastEnd: "Last end",
  slots: "Free slots",
  closed: "Takes nothing because",
  closedNow: "Connected, takes nothing now",
  month: "Moved this month",
  free: "Free disk space",
  version: "Version",
  jobs: "Jobs",
  noJobs: "Nothing to do right now.",
  what: "What",
  stage: "Stage",
  progress: "Progress",
  doors: "For programs on this machine",
  console: "WebSocket console",
  event: "event",
};

const RUSSIAN: Words = {
  lang: "ru",
  states: {
    connecting: "Ищет шлюз",
    connected: "На связи",
    draining: "Завершает работу",
    stopped: "Остановлен",
  },
  stages: { offered: "предложено", downloading: "скачивание", packing: "упаковка", uploading: "отправка" },
  reasons: {
    busy: "Все места заняты",
    draining: "Останавливается",
    paused: "Пауза",
    disk: "Мало места на диске",
    month_limit: "Объём на этот месяц исчерпан",
    hours: "Вне разрешённых часов",
    game_not_allowed: "Игра не разрешена",
    unsupported_source: "Источник не поддерживается",
  },
  name: "Имя",
  gateway: "Шлюз",
  since: "На связи с",
  retryAt: "Следующая попытка",
  lastEnd: "Последний обрыв",
  slots: "Свободные места",
  closed: "Не берёт задания",
  closedNow: "На связи, сейчас не берёт задания",
  month: "Передано за месяц",
  free: "Свободно на диске",
  version: "Версия",
  jobs: "Задания",
  noJobs: "Сейчас заданий нет.",
  what: "Что",
  stage: "Этап",
  progress: "Ход",
  doors: "Для программ на этой машине",
  console: "Консоль WebSocket",
  event: "событие",
};

/** Russian for readers who rank it above English, English for everybody else. */
export function wordsFor(acceptLanguage: string | undefined): Words {
  const ranked = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.map((each) => /^\s*q=([\d.]+)/.exec(each)?.[1]).find((found) => found !== undefined);
      return { language: tag.split("-")[0], quality: Number(quality ?? 1) };
    })
    .filter(({ language, quality }) => (language === "ru" || language === "en") && quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  return ranked[0]?.language === "ru" ? RUSSIAN : ENGLISH;
}
