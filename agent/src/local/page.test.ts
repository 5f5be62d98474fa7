import { describe, expect, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { NO_LIMITS } from "../../test/harness.ts";
import { statusPage } from "./page.ts";
import { wordsFor } from "./words.ts";

const job = {
  job: "job_00000000000000000001",
  epoch: 1,
  stage: "downloading",
  bytes: 1_024,
  total: 4_096,
  phase: "running",
  source: { kind: "workshop", app: 294100, item: "2009463077" },
  leaseSure: true,
} as const;

describe("statusPage()", () => {
  test("statusPage() shows what runs and how far it is", () => {
    const status = aStatus();
    const page = statusPage({ ...status, work: { ...status.work, jobs: [job] } }, { "accept-language": "en" });

    expect(page).toContain('<html lang="en">');
    expect(page).toContain("Steam 294100 · 2009463077");
    expect(page).toContain('<progress max="4096" value="1024">');
    expect(page).not.toContain("<script");
  });

  test("statusPage() escapes whatever others have named", () => {
    const page = statusPage(
      aStatus({ name: `<b>&"'`, connectedSince: null, lastEnd: { reason: "silent", detail: "<i>", at: "" } }),
      { "accept-language": "en" },
    );

    expect(page).toContain("&lt;b&gt;&amp;&quot;&#39;");
    expect(page).toContain("silent: &lt;i&gt;");
    expect(page).not.toContain("<b>");
  });

  test("statusPage() names the other doors as its reader reaches them", () => {
    const page = statusPage(aStatus(), { "accept-language": "ru", host: "192.168.1.5:8765" });

    expect(page).toContain("<dt>Консоль WebSocket</dt><dd>ws://192.168.1.5:8765/</dd>");
    expect(page).toContain("http://192.168.1.5:8765/v1/sessions");
    expect(statusPage(aStatus(), { host: "<b>" })).not.toContain("<b>");
  });

  test("statusPage() keeps the words of a stage whole and stacks the table on a narrow screen", () => {
    const status = aStatus();
    const page = statusPage({ ...status, work: { ...status.work, jobs: [job] } }, { "accept-language": "en" });

    expect(page).toContain('<td class="stage">downloading</td>');
    expect(page).toMatch(/td\.stage \{ white-space: nowrap;/);
    expect(page).toMatch(/@media \(max-width: 30rem\) \{[^@]*tr, td \{ display: block; \}/);
  });

  test.each([
    ["en", "Connected, takes nothing now: outside the allowed hours (1-2)"],
    ["ru", "На связи, сейчас не берёт задания: вне разрешённых часов (1-2)"],
  ])("statusPage() says in its headline that the agent takes nothing, in %s", (language, text) => {
    const status = aStatus({ limits: { ...NO_LIMITS, hours: { from: 1, to: 2 } } });
    const closed = { ...status, work: { ...status.work, closed: "hours" } } as const;

    expect(statusPage(closed, { "accept-language": language })).toContain(`<p class="state">${text}</p>`);
    expect(statusPage({ ...closed, state: "connecting" }, { "accept-language": language })).not.toContain(text);
  });

  test("statusPage() says in Russian why nothing is taken", () => {
    const status = aStatus();
    const page = statusPage(
      { ...status, work: { ...status.work, closed: "hours" } },
      {
        "accept-language": "ru-RU,ru;q=0.9,en;q=0.8",
      },
    );

    expect(page).toContain('<html lang="ru">');
    expect(page).toContain("Вне разрешённых часов");
  });
});

describe("wordsFor()", () => {
  test.each([
    ["ru", "ru"],
    ["en-GB,en;q=0.9,ru;q=0.8", "en"],
    ["de, ru;q=0.3, en;q=0.2", "ru"],
    ["ru;q=0", "en"],
    ["de", "en"],
    [undefined, "en"],
  ])("wordsFor() of %s is %s", (header, lang) => {
    expect(wordsFor(header).lang).toBe(lang);
  });
});
