// The parts that all pages share, as people use them: components, palette, keyboard, lock, focus, forms, print.

import assert from "node:assert/strict";

import { until } from "./look.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const link = (page, name) => page.getByRole("link", { name, exact: true });
const heading = (page, name) => page.getByRole("heading", { level: 1, name });
const path = (page) => new URL(page.url()).pathname;
const active = (page) => page.evaluate(() => (document.activeElement.innerText || document.activeElement.id).replace(/\s+/g, " "));
const isActive = (locator) => locator.evaluate((part) => part === document.activeElement);

// ---------------------------------------------------------------------------------------- components

// A visitor looks at every component; the clock is ours.
export async function gallery(page, { look, act }) {
  act("every component in every state");
  await page.clock.install();
  await page.goto("/dev/gallery");
  await page.getByText("Blood pressure 152/92").waitFor();
  await look(page, "gallery", { thing: "Components" });
  for (const state of ["known", "none", "unasked", "deceased"]) {
    await page.goto(`/dev/gallery/banner?state=${state}`);
    await look(page, `gallery-banner-${state}`, { thing: "The head of a record" });
  }
  await page.goto("/dev/gallery/confirm");
  await look(page, "gallery-confirm", { thing: "Delete Riverside" });
  await button(page, "Delete Riverside").click();
  await page.locator("#errors").waitFor();
  assert.equal(await isActive(page.locator("#errors")), true, "the summary has the focus");
  await look(page, "gallery-confirm-error", { thing: "Error: Delete Riverside", status: 422 });

  act("a task goes on until it is done");
  await page.goto("/dev/gallery");
  const task = page.locator("#task");
  await task.getByText("106 of 318").first().waitFor();
  await page.clock.runFor(2100);
  await task.getByText("212 of 318").first().waitFor();
  await page.clock.runFor(2100);
  await link(task, "Open the list").waitFor();
  await until("its end is told", async () => (await page.locator("#said").textContent()) === "Done.", 5);
  assert.equal(await task.getAttribute("hx-trigger"), null, "and nobody asks any more");

  act("waiting, and no answer");
  const slow = page.locator("#slow");
  const bar = () => slow.evaluate((part) => [part.getAttribute("aria-busy"), getComputedStyle(part, "::before").opacity]);
  await link(page, "Load slowly").click();
  assert.deepEqual(await bar(), ["true", "0"], "no bar in the first moment");
  await until("the bar is there", async () => (await bar())[1] === "1", 2);
  assert.match(await slow.innerText(), /What stood here before/, "what was there stays");
  await slow.getByText("Blood pressure").waitFor();
  assert.equal((await bar())[0], null);
  await link(page, "Load in vain").click();
  const alert = slow.getByRole("alert");
  await alert.getByText("This did not load.").waitFor();
  assert.match(await alert.innerText(), /Try again\s+Request [0-9a-f-]{20,}/);
  assert.match(await slow.innerText(), /Blood pressure/, "what was there stays");
  page.told = page.told.filter((fault) => !/503|htmx:responseError/.test(fault));

  act("a toast waits while somebody points at it");
  const toast = page.locator("#toasts [data-toast]");
  await button(page, "Show a toast").click();
  await toast.waitFor();
  await toast.hover();
  await page.clock.runFor(10_000);
  assert.equal(await toast.count(), 1, "pointed at");
  await toast.getByRole("button").focus();
  await page.mouse.move(0, 0);
  await page.clock.runFor(10_000);
  assert.equal(await toast.count(), 1, "its button has the focus");
  await page.locator("#q").focus();
  await page.clock.runFor(5_000);
  assert.equal(await toast.count(), 1, "not yet");
  await page.clock.runFor(1_500);
  assert.equal(await toast.count(), 0, "gone after six seconds");

  act("a row that goes hands its focus on");
  for (const [gone, heir] of [["Penicillin", "Aspirin"], ["Latex", "Aspirin"]]) {
    await button(page, `Remove ${gone}`).focus();
    await page.keyboard.press("Enter");
    await button(page, `Remove ${gone}`).waitFor({ state: "detached" });
    await page.clock.runFor(100);
    assert.equal(await active(page), `Remove ${heir}`);
  }

  act("the timeline is narrowed and goes further back");
  await page.getByLabel("Show in the timeline").selectOption("results");
  await page.getByText("Consultation, cardiology").waitFor({ state: "detached" });
  await page.goto("/dev/gallery");
  await page.getByRole("link", { name: /^Show older/ }).click();
  await page.getByRole("heading", { name: "2025" }).waitFor();
  await page.clock.runFor(100);
  assert.match(await active(page), /Prescription RX-00411 dispensed/, "the first of the older ones has the focus");

  act("the question comes as a dialog, and gives the focus back");
  const more = page.locator("summary", { hasText: "More" });
  await more.click();
  await link(page, "Delete").click();
  const dialog = page.getByRole("dialog", { name: "Delete Riverside?" });
  await dialog.waitFor();
  await look(page, "gallery-dialog", { thing: "Components" });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await isActive(more), true);

  act("text that is not saved is asked about");
  await page.getByLabel("City or village").fill("Pune");
  const asked = page.waitForEvent("dialog");
  const leaving = page.goto("/").catch(() => "stayed");
  const question = await asked;
  assert.equal(question.type(), "beforeunload");
  await question.dismiss();
  assert.equal(await leaving, "stayed");
  assert.equal(await page.getByLabel("City or village").inputValue(), "Pune");

  act("a form is sent once, however often it is clicked");
  let sent = 0;
  await page.route("**/dev/gallery/toast", async (route) => {
    sent += 1;
    await new Promise((go) => setTimeout(go, 500));
    await route.continue();
  });
  const save = page.locator("form[data-guard] button[type=submit]");
  const state = await save.evaluate(async (part) => {
    part.click();
    await new Promise((go) => setTimeout(go, 50));
    const { innerText, disabled } = part;
    part.click();
    return { innerText, disabled };
  });
  assert.deepEqual(state, { innerText: "Saving…", disabled: true });
  await page.waitForURL("**/dev/gallery?done=saved");
  assert.equal(sent, 1);
  await page.unroute("**/dev/gallery/toast");
}

// ---------------------------------------------------------------------------------------- signed in

// `hers` is the page of a patient whose code is `code`; `place` is the hospital.
export async function palette(page, { look, act, place, hers, code, name }) {
  act("the palette opens with who was looked at last");
  await page.goto(hers);
  await page.goto("/today");
  const edge = link(page, "All patients");
  await edge.focus();
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search and go" });
  const field = dialog.locator("input");
  const chosen = async () => dialog.locator(`[id="${await field.getAttribute("aria-activedescendant")}"]`);
  await dialog.getByText("Opened last").waitFor();
  assert.equal(await isActive(field), true);
  await look(page, "palette-recent", { thing: "Today", place });
  await page.keyboard.press("Escape");
  assert.equal(await isActive(edge), true, "the focus is where it was");

  act("people first, then pages, then acts, by the arrow keys");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("patient");
  await dialog.locator('#palette-list[data-for="patient"] [aria-selected=true]').waitFor();
  await until("the number is told", async () => /^\d+ results$/.test(await page.locator("#said").innerText()));
  assert.equal(await (await chosen()).getAttribute("aria-selected"), "true");
  assert.match(await (await chosen()).innerText(), /^Practice Patient/);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.match(await (await chosen()).innerText(), /^Patients/);
  await page.keyboard.press("ArrowDown");
  assert.match(await (await chosen()).innerText(), /^Register patient/);
  assert.equal(await dialog.locator("[aria-selected=true]").count(), 1);
  await look(page, "palette-found", { thing: "Today", place });
  await page.keyboard.press("Enter");
  await heading(page, "Register patient").waitFor();

  act("nothing is found");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("zzzz");
  await dialog.getByText("Nothing matches “zzzz”").waitFor();
  await look(page, "palette-none", { thing: "Register patient", place });

  act("a scanner types a code and Enter at once");
  await field.fill("");
  await page.keyboard.type(code, { delay: 2 });
  await page.keyboard.press("Enter");
  await heading(page, name).waitFor();
  assert.equal(path(page), hers);
  assert(!page.url().includes(code), "the text is not in the address");
}

// With some 30 patients, so that there are pages.
export async function keyboard(page, { look, act, place }) {
  act("rows and pages by the keyboard");
  await page.goto("/patients");
  await page.evaluate(async () => {
    for (let n = 0; n < 28; n += 1) {
      const body = JSON.stringify({ first_name: `Row${n}`, phone_primary: `98${String(n * 7919).padStart(8, "0")}`, gender: "MALE", city: "Pune", dob: `19${50 + n}-01-01` });
      await fetch("/api/v1/patients/quick-register", { method: "POST", headers: { "content-type": "application/json" }, body });
    }
  });
  await page.goto("/patients");
  const { keyboard: keys } = page;
  const row = () => page.evaluate(() => [...document.querySelectorAll("#rows tbody tr")].indexOf(document.activeElement.closest("tr")));
  await keys.press("j");
  assert.equal(await row(), 0);
  await keys.press("j");
  await keys.press("ArrowDown");
  assert.equal(await row(), 2);
  await keys.press("k");
  await keys.press("ArrowUp");
  assert.equal(await row(), 0);
  const opened = await page.evaluate(() => document.activeElement.innerText);
  await keys.press("Enter");
  await heading(page, opened).waitFor();
  await page.goBack();
  await keys.press("]");
  await page.waitForURL("**page=2");
  await page.locator(".pager").getByText("26–").waitFor();
  await keys.press("[");
  await page.locator(".pager").getByText("1–25 of").waitFor();

  act("the list of keys says what works here");
  const lines = async () => {
    await keys.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    const text = await page.locator("#keys dd:visible").allInnerTexts();
    await keys.press("Escape");
    return text;
  };
  const here = await lines();
  for (const line of ["New on this page", "Next and previous row", "Previous and next page", "Today", "Patients"]) assert(here.includes(line), `${line} in ${here}`);
  assert(!here.includes("Save the form you are in"));
  await page.goto("/patients/new");
  await page.locator("h1").click();
  const there = await lines();
  for (const line of ["New on this page", "Next and previous row", "Previous and next page"]) assert(!there.includes(line), `${line} in ${there}`);
  assert(there.includes("Save the form you are in"));

  act("letters are typed in fields, and Ctrl Enter saves");
  await page.getByLabel("First name").click();
  await keys.type("ngp?/");
  assert.equal(await page.getByLabel("First name").inputValue(), "ngp?/");
  assert.equal(path(page), "/patients/new");
  await keys.press("Control+Enter");
  await page.locator("#errors").waitFor();
  await page.getByLabel("First name").fill("");

  act("keys without Ctrl or Alt are turned off");
  await page.goto("/patients");
  await page.locator(".topbar summary").click();
  await page.locator("[data-single-keys=off]").click();
  await page.goto("/patients");
  for (const key of ["n", "?", "/", "j", "g", "t", "]"]) await keys.press(key);
  await page.waitForTimeout(200);
  assert.equal(path(page), "/patients");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await page.locator(".topbar summary").click();
  await page.locator("[data-open=keys]").click();
  await page.getByText("Keys without Ctrl or Alt are off.").waitFor();
  assert.equal(await page.locator("#keys dd:visible", { hasText: "New on this page" }).count(), 0);
  await look(page, "keys-off", { thing: "Patients", place });
  await keys.press("Escape");
  assert.equal(await isActive(page.locator(".topbar summary")), true);
  await keys.press("Control+k");
  await page.getByRole("dialog", { name: "Search and go" }).waitFor();
  await keys.press("Escape");
  await page.locator(".topbar summary").click();
  await page.locator("[data-single-keys=on]").click();
  await keys.press("Escape");
  await page.locator("h1").click();
  await keys.press("n");
  await heading(page, "Register patient").waitFor();
}

export async function chips(page, { look, act, place }) {
  act("filters are taken off one by one");
  await page.goto("/patients?gender=MALE&registered=week");
  await look(page, "patients-filtered", { thing: "Patients", place });
  await page.getByLabel("Search", { exact: true }).fill("Row1");
  const search = page.getByRole("link", { name: "Remove filter: Search: Row1" });
  await search.waitFor();
  await page.getByRole("button", { name: "Remove filter: Sex: male" }).click();
  await page.waitForURL("**/patients/search");
  assert.equal(await page.getByLabel("Search", { exact: true }).inputValue(), "Row1");
  assert.equal(await page.getByLabel("Sex").inputValue(), "");
  await search.click();
  await page.waitForURL("**/patients?registered=week");
  await link(page, "Clear all").click();
  await page.waitForURL((url) => url.pathname === "/patients" && !url.search);
}

export async function prints(page, { act, hers }) {
  act("paper has no shell");
  for (const address of ["/patients", hers]) {
    await page.goto(address);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const part of [".side", ".topbar", ".filters", ".page-head .acts", ".banner .btn", ".acts-cell", ".crumbs"]) {
      assert.equal(await page.locator(part).filter({ visible: true }).count(), 0, `${part} is printed`);
    }
    assert.match(await page.locator(".print-only").innerText(), /printed by/);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
    assert((await page.pdf({ format: "A4" })).length > 5_000);
    await page.emulateMedia({ media: "screen", colorScheme: "light" });
  }
}

// Two tabs of one browser; `password` is the person's. The last step moves the clock of the first tab.
export async function lock(page, second, { look, act, hers, name, password }) {
  const unlock = async (tab, typed = password) => {
    await tab.getByLabel("Your password").fill(typed);
    await button(tab, "Unlock").click();
  };
  act("the screen is locked by the keyboard, in every tab");
  await second.goto("/patients");
  await page.goto(hers);
  await page.keyboard.press("Alt+l");
  await heading(page, "Screen locked").waitFor();
  await heading(second, "Screen locked").waitFor();
  await look(page, "lock", { thing: "Screen locked" });
  assert(!(await page.content()).includes(name));
  await page.goBack();
  await heading(page, "Screen locked").waitFor();
  await page.goto("/patients");
  await heading(page, "Screen locked").waitFor();

  act("a wrong password, then the right one");
  await unlock(page, "Wrong-Horse-7");
  await page.locator("#errors").waitFor();
  assert.equal(await isActive(page.locator("#errors")), true);
  await look(page, "lock-error", { thing: "Error: Screen locked", status: 401 });
  await unlock(page);
  await heading(page, "Patients").waitFor();
  await heading(second, "Patients").waitFor();

  act("text that is not saved waits behind the lock");
  await page.goto(`${hers}/edit`);
  const city = page.getByLabel("City or village");
  await city.fill("Solapur");
  await page.keyboard.press("Alt+l");
  await heading(page, "Screen locked").waitFor();
  await heading(second, "Screen locked").waitFor();
  const held = await page.content();
  assert(!held.includes(name) && !held.includes("Solapur"), "the page is gone");
  await look(page, "lock-kept", { thing: "Screen locked" });
  await unlock(page, "Wrong-Horse-7");
  await page.locator("#errors").waitFor();
  await unlock(page);
  await city.waitFor();
  assert.equal(await city.inputValue(), "Solapur");
  assert.equal(await isActive(city), true);
  assert.match(await page.title(), /^Edit /);
  await heading(second, "Patients").waitFor();
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();
  page.told = page.told.filter((fault) => !fault.includes("status of 401"));

  act("nobody is there");
  await second.close();
  await page.clock.install();
  await page.goto(hers);
  const warning = page.getByRole("alertdialog", { name: "Still there?" });
  await page.clock.runFor("12:50");
  assert.equal(await warning.isVisible(), false);
  await page.clock.runFor(15_000);
  await warning.waitFor();
  await look(page, "lock-warning", { thing: await page.title().then((title) => title.split(" · ")[0]), place: await page.title().then((title) => title.split(" · ")[1]) });
  await page.mouse.move(300, 300);
  await page.mouse.move(320, 320);
  await warning.waitFor({ state: "hidden" });
  await page.clock.runFor("14:30");
  await warning.waitFor();
  await page.clock.runFor(40_000);
  await heading(page, "Screen locked").waitFor();
  await unlock(page);
  await heading(page, name).waitFor();
}

// `page` is signed in.
export async function withoutScript(page, { act, password, code, name }) {
  act("search and lock without a script");
  await page.goto("/today");
  await page.getByRole("searchbox", { name: "Find a patient" }).fill("register");
  await page.keyboard.press("Enter");
  await heading(page, "Search").waitFor();
  await page.locator("main").getByRole("link", { name: "Register patient" }).click();
  await heading(page, "Register patient").waitFor();
  await page.goto("/search");
  await page.getByLabel("Search", { exact: true }).fill("row");
  await button(page, "Search").click();
  await page.getByRole("button", { name: /^All \d+ patients$/ }).click();
  await heading(page, "Patients").waitFor();
  await page.getByRole("searchbox", { name: "Find a patient" }).fill(code);
  await page.keyboard.press("Enter");
  await heading(page, name).waitFor();
  const record = path(page);

  await button(page, "Lock the screen").first().click();
  await heading(page, "Screen locked").waitFor();
  await page.goto(record);
  await heading(page, "Screen locked").waitFor();
  await page.getByLabel("Your password").fill("Wrong-Horse-7");
  await button(page, "Unlock").click();
  await page.getByText("The password is wrong.").first().waitFor();
  await page.getByLabel("Your password").fill(password);
  await button(page, "Unlock").click();
  await heading(page, name).waitFor();
  assert.equal(path(page), record);
  await button(page, "Lock the screen").first().click();
  await button(page, "Switch user").click();
  await page.getByText("You are signed out.").waitFor();
}

// The operator's palette names hospitals and pages.
export async function operator(page, { look, act, place, hospital }) {
  act("the operator finds a hospital");
  await page.goto("/console/health");
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search and go" });
  await page.keyboard.type(hospital.slice(0, 3));
  const option = dialog.getByRole("option", { name: new RegExp(hospital) });
  await option.waitFor();
  await look(page, "palette-operator", { thing: "Health", place });
  await page.keyboard.press("Enter");
  await page.waitForURL("**/console/hospitals/search");
  await page.getByRole("row").filter({ hasText: hospital }).waitFor();
}
