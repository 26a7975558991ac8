// What every page has to keep, at each width and in both themes; and the browser that looks at it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The packages lie in the folder that this is started in, not beside this file.
const installed = createRequire(join(process.cwd(), "package.json"));
const { chromium } = installed("playwright-core");
const axe = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// In the dark only colours differ.
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export class Looker {
  // Everything that is wrong with pages; the journey goes on, so that one run tells all.
  faults = [];
  looks = 0;
  seen = new Set();
  #browser;

  constructor(origin, shots) {
    this.origin = origin;
    this.shots = shots;
  }

  async open(executable) {
    this.#browser = await chromium.launch({ executablePath: executable, args: ARGUMENTS });
    return this;
  }

  async close() {
    await this.#browser?.close();
  }

  // A person with a browser of their own. `script: false`: JavaScript is off, which nobody can `look` at, as
  // axe is a script.
  async person({ script = true } = {}) {
    const context = await this.#browser.newContext({
      baseURL: this.origin,
      javaScriptEnabled: script,
      viewport: WIDE,
      colorScheme: "light",
      reducedMotion: "reduce",
      timezoneId: "Asia/Kolkata",
    });
    context.setDefaultTimeout(15_000);
    context.on("page", (page) => this.#listen(page));
    return context;
  }

  #listen(page) {
    page.told = [];
    page.answers = new Map();
    page.on("response", (answer) => {
      if (answer.request().isNavigationRequest()) page.answers.set(answer.url(), answer.status());
    });
    page.on("pageerror", (error) => page.told.push(`threw ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      // Chromium reports a page that was answered with 404 or 422 as an error; `look` knows its status.
      const text = message.text();
      const status = text.match(/^Failed to load resource: .* status of (\d+)/)?.[1];
      if (status && page.answers.get(message.location().url) === Number(status)) return;
      // While somebody types, a newer request takes the place of the older one. A request that failed is
      // `htmx:sendError` or `htmx:responseError`.
      if (/^htmx:(sendAbort|afterRequest), /.test(text)) return;
      // A page of somebody who was signed out or suspended asks for the bell once more, and then no more.
      if (/40[13]/.test(text) && /\/escalations\/bell/.test(text + message.location().url)) return;
      page.told.push(`console: ${text} (${message.location().url})`);
    });
  }

  // `thing` is the first part of the title, `place` the hospital of a signed-in page. Everything the
  // page holds is looked at as it stands: what is typed, open or wrong stays so. `within`: the part that is in front
  // of the rest, which it may cover.
  async look(page, name, { thing, place, status = 200, within = "html" }) {
    const say = (fault) => this.faults.push(`${name}: ${fault}`);
    assert(!this.seen.has(name), `the page ${name} is looked at twice`);
    this.seen.add(name);

    const title = await page.title();
    const wanted = [thing, place, "HMS"].filter(Boolean).join(" · ");
    if (title !== wanted) say(`the title is “${title}” and not “${wanted}”`);
    const answered = page.answers.get(page.url().split("#")[0]);
    if (answered !== status) say(`answered ${answered} and not ${status}`);
    const found = await page.locator("h1").count();
    if (found !== 1) say(`${found} h1`);

    await page.evaluate(axe);
    for (const size of [WIDE, NARROW]) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"]) {
        const view = `${size.width}${colorScheme === "dark" ? "-dark" : ""}`;
        await page.emulateMedia({ colorScheme });
        const { over, violations } = await page.evaluate(async ([within, runOnly]) => {
          const root = document.documentElement;
          await document.fonts.ready;
          const over = root.scrollWidth - root.clientWidth;
          const { violations } = await globalThis.axe.run(within, {
            runOnly,
            resultTypes: ["violations"],
            // What only costs time here.
            selectors: false,
            iframes: false,
            preload: false,
          });
          return {
            over,
            violations: violations.map(({ id, nodes }) => {
              const [first] = nodes;
              const why = [...first.any, ...first.all, ...first.none].map((check) => check.message);
              return `${id} (${nodes.length}): ${first.html.slice(0, 200)}: ${why.join("; ")}`;
            }),
          };
        }, [within, colorScheme === "dark" ? COLOURS : RULES]);
        this.looks += 1;
        if (over > 0) say(`${view}: scrolls ${over} px sideways`);
        for (const violation of violations) say(`${view}: axe ${violation}`);
        // The caret is left alone: hiding it would insert a style sheet, which our policy refuses.
        if (this.shots) await page.screenshot({ path: join(this.shots, `${name}-${view}.png`), fullPage: true, caret: "initial" });
      }
    }
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: "light" });
    this.heard(page, name);
  }

  // What the page complained about so far.
  heard(page, name) {
    for (const complaint of page.told.splice(0)) this.faults.push(`${name}: ${complaint}`);
  }
}

// Try until it holds: for things that happen outside of the page, like a mail on its way.
export async function until(what, attempt, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (await attempt()) return;
    if (Date.now() > end) assert.fail(`after ${seconds} s still not: ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}
