import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pageHtml } from "../../test/fake-page.ts";
import type { Outcome } from "./fetch-call.ts";
import { DEPENDENCIES_MAX, SCREENSHOTS_MAX } from "./page-scan.ts";
import { readWorkshopPage, type WorkshopPage } from "./workshop-page.ts";

/** Reads the page in pieces of `size` characters, as a network may cut it. */
function read(html: string, size = 1_000): Outcome<WorkshopPage> {
  const sink = readWorkshopPage.start();
  for (let at = 0; at < html.length; at += size) sink.write(html.slice(at, at + size));
  return sink.end();
}

const found = (dependencies: string[], screenshots: string[]) => ({
  ok: true,
  body: { kind: "found", dependencies, screenshots },
});
const ABSENT = { ok: true, body: { kind: "absent" } };
const required = (links: string) => `<div class="requiredItemsContainer" id="RequiredItems">${links}</div>`;
const link = (id: string) => `<a href="https://steamcommunity.com/workshop/filedetails/?id=${id}">x</a>`;
const holder = (attributes: string) => `<div class="screenshot_holder"><a ${attributes}><img></a></div>`;

describe("readWorkshopPage", () => {
  test.each([1, 7, 100_000])("takes what is required and shown, in order, in pieces of %i characters", (size) => {
    const page = {
      dependencies: ["30", "10", "20"],
      screenshots: ["https://i.example/2/?a=1&b=2", "https://i.example/1/"],
    };

    expect(read(pageHtml("5", page), size)).toEqual(found(page.dependencies, page.screenshots));
  });

  test("takes neither links of scripts, comments and other people nor pictures of scripts", () => {
    expect(read(pageHtml("5", {}))).toEqual(found([], []));
  });

  test("takes small pictures at full size where there are no big ones", () => {
    const html = readFileSync(new URL("fixtures/workshop-item-page.html", import.meta.url), "utf8");

    expect(read(html)).toEqual(
      found(["9000000102"], ["https://images.steamusercontent.com/ugc/1000000000000000003/BBBB/"]),
    );
  });

  test("takes a bare page with a title for an item that needs and shows nothing", () => {
    expect(read("<!DOCTYPE html><html><head><title>Steam Workshop</title></head><body>\n</body></html>")).toEqual(
      found([], []),
    );
  });

  test.each([
    [`href="javascript:Show('https://i.example/1/');"`, ["https://i.example/1/"]],
    [
      `href="javascript:;" onclick="Show( 'https://i.example/1/?imw=5000&amp;imh=5000' );"`,
      ["https://i.example/1/?imw=5000&imh=5000"],
    ],
    [`href="https://i.example/1/"`, ["https://i.example/1/"]],
    [`href="javascript:Show('http://i.example/1/');"`, []],
    [`href="javascript:Show('javascript:alert(1)');"`, []],
    [`href="javascript:Show('https://')"`, []],
    [`href="javascript:Show('https://i.example/${"x".repeat(3_000)}')"`, []],
    [`href="/other"`, []],
    ["", []],
  ])("takes the first link of a holder: %s", (attributes, screenshots) => {
    expect(read(holder(attributes))).toEqual(found([], screenshots));
  });

  test("takes one picture of a holder and each picture once", () => {
    const two = `<div class="x screenshot_holder"><a href="https://i.example/1/"></a><a href="https://i.example/2/"></a></div>`;

    expect(read(two + two + holder(`href="https://i.example/3/"`))).toEqual(
      found([], ["https://i.example/1/", "https://i.example/3/"]),
    );
  });

  test.each([
    ["https://steamcommunity.com/sharedfiles/filedetails/?id=12", ["12"]],
    ["/workshop/filedetails/?id=12", ["12"]],
    ["https://steamcommunity.com/workshop/filedetails/?id=9223372036854775807", ["9223372036854775807"]],
    ["https://steamcommunity.com/workshop/filedetails/?id=9223372036854775808", []],
    ["https://steamcommunity.com/workshop/filedetails/?id=99999999999999999999999", []],
    ["https://steamcommunity.com/workshop/filedetails/?id=0", []],
    ["https://steamcommunity.com/workshop/filedetails/?id=-1", []],
    ["https://steamcommunity.com/workshop/filedetails/?id=12&x=1", []],
    ["https://steamcommunity.com/app/12", []],
    ["&#0;&nosuch;&#xFFFFFFFF;", []],
  ])("knows which links lead to an item: %s", (href, dependencies) => {
    expect(read(required(`<a href="${href}">x</a><a>y</a>`))).toEqual(found(dependencies, []));
  });

  test("stops taking at the end of the container, wherever its elements forgot to end", () => {
    const html = `${required(`<p><b>${link("1")}<div><i>`)}</div>${link("2")}<div id="RequiredItems">${link("3")}</div>`;

    expect(read(`<body>${html}</body>`)).toEqual(found(["1"], []));
  });

  test("is bounded for ten thousand links and pictures", () => {
    const numbers = Array.from({ length: 10_000 }, (_, n) => String(n + 1));
    const pictures = numbers.map((n) => holder(`href="https://i.example/${n}/"`)).join("");

    const page = read(required(numbers.map(link).join("")) + pictures);

    expect(page).toEqual(
      found(
        numbers.slice(0, DEPENDENCIES_MAX),
        numbers.slice(0, SCREENSHOTS_MAX).map((n) => `https://i.example/${n}/`),
      ),
    );
  });

  test.each([
    ["removed", pageHtml("5", "removed"), ABSENT],
    ["asking for an age", pageHtml("5", "agecheck"), ABSENT],
    ["asking for a password", "<title>Sign In</title><form><input type=PASSWORD></form>", ABSENT],
    ["throttled with status 200", pageHtml("5", "throttled"), { ok: false, why: "throttled" }],
    ["empty", "", { ok: false, why: "throttled" }],
    ["text only", "Bad gateway", { ok: false, why: "throttled" }],
    ["somebody else's", "<title>Sorry</title><p>We are moving.</p>", { ok: false, why: "broken" }],
    ["a megabyte of open elements", "<b>".repeat(350_000), { ok: false, why: "refused" }],
    ["a megabyte of open forms and closed others", "<form><p></x>".repeat(80_000), { ok: false, why: "broken" }],
    ["a megabyte of one tag", `<a ${"x='<'".repeat(170_000)}`, { ok: false, why: "throttled" }],
    ["a megabyte of entities", `<p>${"&#x1F600;&nosuch".repeat(60_000)}`, { ok: false, why: "broken" }],
  ])("knows a page that is %s", (_, html, outcome) => {
    expect(read(html, 65_536)).toMatchObject(outcome);
  });

  test("believes an item's page whatever its description says", () => {
    const description = "<p>Too many requests? There was a problem accessing the item.</p><input type=password>";

    expect(read(`<div class="workshopItemDescription">${description}</div>${required(link("7"))}`)).toEqual(
      found(["7"], []),
    );
  });

  test.each([
    [404, "", ABSENT],
    [410, "", ABSENT],
    [302, "https://steamcommunity.com/login/home/?goto=x", ABSENT],
    [302, "https://steamcommunity.com/agecheck/5", ABSENT],
    [302, "https://elsewhere.example/", { ok: false, why: "refused" }],
    [500, "", null],
    [200, "", null],
  ])("knows from a head of %i %s what needs no body", (status, location, outcome) => {
    const said = readWorkshopPage.fromHead?.(new Response(null, { status, headers: { location } }));

    if (outcome === null) expect(said).toBeNull();
    else expect(said).toMatchObject(outcome);
  });
});
