/** The only language that PyTorrent had a map for. */
export const TYPE_MAP_LANGUAGE = "ru";

/** What its counters are called there, in its order. */
export const TYPE_MAP: Readonly<Record<string, string>> = {
  start: "Запусков сервера",
  "/statistics/info/type_map/": "Запросов к карте переводов",
  "/statistics/info/all/": "Запросов к общей статистической сводке",
  "/statistics/day/": "Запросов к ежедневной статистике",
  "/statistics/hour/": "Запросов к ежечасовой статистике",
  "/statistics/delay/": "Запросов к информации о задержке",
  "/condition/mod/": "Запросов к состоянию нескольких модов",
  "/info/mod/": "Запросов к информации о модах",
  "/info/game/": "Запросов к информации об играх",
  "/list/resources_mods/": "Запросов к ресурсам модов",
  "/list/genres/": "Запросов к списку жанров",
  "/list/tags/": "Запросов к списку тегов для модов",
  "/list/games/": "Запросов к списку игр",
  "/list/mods/": "Запросов к списку модов",
  "/download/": "Запросов к локальной загрузке",
  mod_not_found_local: "При запросе к локальному моду, его не было найдено",
  files_sent: "Файлов отправлено с сервера",
  damaged_mod: "Обнаружено поврежденных записей",
  "/download/steam/": "Запросов к загрузке со Steam",
  download_from_steam_error: "Загрузок со Steam окончено провалом",
  download_from_steam_ok: "Загрузок со Steam прошло успешно",
  updating_mod: "Модов поставлено на обновление",
  "/": "Перенаправлений на документацию",
};
