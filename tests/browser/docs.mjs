// A developer reads about the API: both readers work under the policy that the server sends, on a desk and on a phone,
// by day and by night; an operation is tried out; a code leads to its explanation.

import assert from "node:assert/strict";
import { join } from "node:path";

import { until } from "./look.mjs";

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

// What a reader of others looks like is not ours to judge by axe; that it fits the screen and complains of nothing is.
async function fits({ looker }, page, name) {
  for (const size of [WIDE, NARROW]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      const view = `${size.width}${colorScheme === "dark" ? "-dark" : ""}`;
      if (over > 0) looker.faults.push(`${name}: ${view}: scrolls ${over} px sideways`);
      if (looker.shots) await page.screenshot({ path: join(looker.shots, `${name}-${view}.png`), caret: "initial" });
    }
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
  looker.heard(page, name);
}

// The colours of a text and of what is behind it, as the browser computed them: how far apart they are (1 to 21).
async function contrast(locator) {
  return locator.evaluate((element) => {
    const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    let behind = element;
    while (behind && channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const back = behind ? channels(getComputedStyle(behind).backgroundColor) : [255, 255, 255];
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}

async function triesItOut(page, { act, email, password }) {
  act("a developer signs in to Swagger UI with a token");
  // Each account has ten sign-ins in five minutes, and the journey needs nearly all of them.
  let token;
  await until("a sign-in is allowed again", async () => {
    const answer = await page.request.post("/api/v1/auth/login", { form: { username: email, password } });
    if (answer.status() === 429) await page.waitForTimeout(5000);
    else token = (await answer.json()).access_token;
    return Boolean(token);
  }, 120);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  const bearer = page.locator(".modal-ux form", { hasText: "bearer" });
  await bearer.getByRole("textbox").fill(token);
  await bearer.getByRole("button", { name: "Apply credentials" }).click();
  await bearer.getByRole("button", { name: "Close" }).click();

  act("a developer tries GET /auth/me out");
  await page.getByRole("link", { name: "Sign-up and sign-in" }).click();
  const me = page.locator(".opblock", { hasText: "Show who is signed in" });
  await me.locator(".opblock-summary-control").click();
  await me.getByRole("button", { name: "Try it out" }).click();
  await me.getByRole("button", { name: "Execute" }).click();
  const live = me.locator(".live-responses-table");
  await live.waitFor();
  assert.match(await live.locator(".response-col_status").last().innerText(), /^200/);
  assert.ok((await live.innerText()).includes(email), "the answer names who asks");
}

export async function readsTheApi(page, scene) {
  const { looker, act } = scene;
  act("a developer opens Swagger UI");
  await page.goto("/docs");
  assert.equal(await page.title(), "API reference · HMS");
  await page.locator(".opblock-tag").first().waitFor();
  const chapters = await page.locator(".opblock-tag").evaluateAll((all) => all.map((tag) => tag.dataset.tag));
  assert.equal(chapters[0], "Sign-up and sign-in");
  assert.ok(chapters.indexOf("Patients") < chapters.indexOf("Hospitals"), `in a sensible order: ${chapters}`);
  await page.getByText("A hospital signs up, confirms its e-mail address").waitFor();
  await fits(scene, page, "docs");
  await triesItOut(page, scene);
  await fits(scene, page, "docs-tried");

  act("a developer follows a link to one operation");
  await page.goto("/docs#/Patients/patients.create");
  await page.reload();
  const create = page.locator(".opblock.is-open", { hasText: "Register a patient" });
  await create.getByText("Ångström").first().waitFor();
  await create.getByText("patients.limit_reached").first().waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  for (const text of [".opblock-summary-path", ".opblock-summary-description", ".opblock-tag", ".parameter__name", ".docs-bar a", ".info a", ".renderedMarkdown code"]) {
    // Swagger lets colours fade into each other.
    await until(`${text} stands out by night`, async () => (await contrast(page.locator(text).first())) >= 4);
  }
  await create.scrollIntoViewIfNeeded();
  await fits(scene, page, "docs-operation");

  act("a developer looks up a code");
  await page.getByRole("link", { name: "Error codes" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Error codes" }).waitFor();
  await page.waitForLoadState();
  await looker.look(page, "docs-errors", { thing: "Error codes" });
  await page.goto("/docs/errors#patients.limit_reached");
  const entry = page.locator("[id='patients.limit_reached']");
  assert.ok(await entry.isVisible());
  await entry.getByRole("link", { name: "POST /api/v1/patients", exact: true }).click();
  await create.getByText("Ångström").first().waitFor();

  act("a developer opens ReDoc");
  await page.goto("/redoc");
  await page.locator("h1").first().waitFor();
  await page.getByText("/api/v1/patients").first().waitFor();
  await page.getByRole("heading", { name: "How hospitals are kept apart" }).waitFor();
  await fits(scene, page, "redoc");
  await page.goto("/redoc#tag/Patients/operation/patients.create");
  await page.reload();
  await page.getByText("patients.limit_reached").first().waitFor();
  await fits(scene, page, "redoc-operation");
}
