import { FAILURES, type FailureCode } from "@modfleet/protocol";

/** What a failure means to a person and what to do about it, in one language. */
export type FailureTexts = Record<FailureCode, { message: string; advice: string }>;

export const FAILURES_EN: FailureTexts = FAILURES;

const WAIT = "Подождите: попытка повторится сама";
const OTHER_AGENT = "Подождите: работу возьмёт другой агент";

export const FAILURES_RU: FailureTexts = {
  item_removed: {
    message: "В Steam этого предмета больше нет",
    advice: "Спросите автора или поищите копию, которую кто-то опубликовал заново",
  },
  needs_owner: {
    message: "Steam отдаёт этот предмет только тем, у кого куплена игра",
    advice: "Попросите владельца библиотеки подключить агента, в учётной записи которого есть эта игра",
  },
  steam_timeout: { message: "Steam отвечал слишком медленно, загрузка продолжится с того же места", advice: WAIT },
  steam_failure: {
    message: "Steam отказал без объяснения",
    advice: "Попробуйте позже; возможно, игра не разрешает загрузку тем, у кого её нет",
  },
  steam_unreachable: { message: "До Steam не удалось достучаться", advice: WAIT },
  rate_limited: { message: "Источник попросил не спешить", advice: WAIT },
  item_locked: { message: "Предмет был занят другой загрузкой", advice: WAIT },
  empty_result: {
    message: "Загрузка удалась, но ничего не принесла",
    advice: "Попробуйте позже; возможно, предмет пуст",
  },
  tool_broken: { message: "У агента не работает программа загрузки", advice: OTHER_AGENT },
  disk_full: { message: "У агента закончилось место на диске", advice: OTHER_AGENT },
  draining: { message: "Агент завершает работу", advice: OTHER_AGENT },
  agent_lost: { message: "Агент перестал отвечать", advice: OTHER_AGENT },
  too_large: {
    message: "Предмет больше, чем принимает эта библиотека",
    advice: "Попросите владельца библиотеки поднять предел",
  },
  unsafe_content: {
    message: "В предмете есть файлы, которые небезопасно передавать дальше",
    advice: "Попросите автора убрать ссылки, устройства и зарезервированные имена",
  },
  source_unreachable: { message: "Источник недоступен", advice: "Проверьте адрес; попытка повторится сама" },
  source_not_found: { message: "По этому адресу нет такого файла", advice: "Проверьте адрес" },
  source_not_a_file: {
    message: "Адрес ведёт на страницу, а не на файл",
    advice: "Возьмите адрес самого файла",
  },
  source_changed: {
    message: "Предмет изменился во время загрузки",
    advice: "Подождите: новая версия скачается сама",
  },
  hash_mismatch: {
    message: "Полученное не совпало со своей контрольной суммой",
    advice: `${OTHER_AGENT}; если вы указали SHA-256, проверьте её`,
  },
  internal: {
    message: "Что-то пошло не так на нашей стороне",
    advice: "Попробуйте позже и сообщите, если не пройдёт",
  },
};
