// A visit is written down: the note keeps itself, says so when it cannot, and two texts stand side by side.

import assert from "node:assert/strict";

import { button, heading, link, path } from "./helpers.mjs";
import { until } from "./look.mjs";

// What the browser says of requests that were meant to fail.
const forget = (page, what) => { page.told = page.told.filter((line) => !what.test(line)); };
const saved = (page) => page.locator("#saved [data-saved]");
const version = (page) => page.locator("[name=version]").first().inputValue();

// `page` is signed in as the administrator of a hospital where this patient waits.
export async function isSeen(page, { look, act, place, name }) {
  act("nobody waits for an administrator");
  await page.goto("/consultations");
  await look(page, "consultations", { thing: "Consultations", place });

  act("the consultation of who waits is opened");
  const list = await (await page.request.get("/api/v1/appointments?page_size=50")).json();
  const visit = list.items.find((item) => item.patient_name === name && item.status === "CHECKED_IN");
  assert.ok(visit, `nobody waits: ${JSON.stringify(list.items.map((item) => [item.patient_name, item.status]))}`);
  await page.goto(`/appointments/${visit.id}`);
  await button(page, "Start the consultation").click();
  await page.waitForURL(/\/consultations\//);
  await heading(page, name).waitFor();
  const thing = `Consultation, ${name}, ${visit.patient_code}`;
  await look(page, "consultation-new", { thing, place });

  act("what is typed is on the server within five seconds");
  const says = page.getByLabel("What the patient says");
  await says.fill("Headache on waking for four days");
  const since = Date.now();
  await saved(page).waitFor();
  assert.ok(Date.now() - since < 5000, "it took longer");
  assert.match(await page.locator("#saved").innerText(), /^Saved \d\d:\d\d:\d\d for Lata Pai/);
  const other = await page.context().newPage();
  await other.goto(path(page));
  assert.equal(await other.getByLabel("What the patient says").inputValue(), "Headache on waking for four days");
  await other.close();

  act("the network goes, and comes back");
  await page.context().setOffline(true);
  await says.fill("Headache on waking for five days");
  await page.getByText(/^Not saved since/).waitFor();
  await page.context().setOffline(false);
  await until("it is saved", async () => !(await page.locator("#unsaved").isVisible()));
  // The bell asks all the time, and keeps quiet about it.
  forget(page, /ERR_INTERNET_DISCONNECTED|htmx:sendError/);

  act("the same note is written on another device");
  const encounter = path(page).split("/").pop();
  const theirs = await page.request.put(`/api/v1/encounters/${encounter}/note`, {
    headers: { origin: new URL(page.url()).origin, "if-match": `"${await version(page)}"` },
    data: { texts: { subjective: "Typed on the phone" } },
  });
  assert.equal(theirs.status(), 200, await theirs.text());
  await page.getByLabel("What will be done").fill("Blood pressure at home");
  await page.getByText("Nothing is lost: both texts are here.", { exact: false }).waitFor();
  await page.getByText("Typed on the phone").first().waitFor();
  forget(page, /status of 412/);
  await look(page, "consultation-both", { thing, place });
  await button(page, "Keep what I typed here").click();
  await until("mine is saved", async () => !(await page.locator("#unsaved").isVisible()));
  forget(page, /status of 412/);

  act("a template goes below what is written");
  await page.getByLabel("Insert a template").selectOption({ label: "Fever" });
  await button(page, "Insert").click();
  await until("it is there", async () => (await says.inputValue()).includes("Since, highest"));
  assert.match(await says.inputValue(), /^Headache on waking for five days/);

  act("a diagnosis is found while its first letters are typed");
  await page.getByLabel("Add a diagnosis").fill("hypert");
  await page.getByRole("button", { name: /^I10 / }).click();
  await page.locator("#dx .list").getByText("Essential (primary) hypertension").first().waitFor();
  await look(page, "consultation", { thing, place });
  await page.locator("#dx summary", { hasText: "Change" }).first().click();
  await look(page, "consultation-diagnosis", { thing, place });

  act("what the patient lives with goes into the chart");
  await page.locator("#dx summary", { hasText: "Add to chart conditions" }).first().click();
  await page.getByLabel(/^Since when, if known/).first().fill("Jun 2019");
  await page.evaluate(() => scrollTo(0, 0));
  await look(page, "consultation-chart", { thing, place });
  await button(page, "Add to chart").first().click();
  await page.getByText("Added to the chart's conditions.").waitFor();
  await link(page, "chart's conditions").waitFor();
  await page.locator(".banner", { hasText: "Essential (primary) hypertension" }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await look(page, "consultation-charted", { thing, place });

  act("the visit after this one is proposed");
  await page.getByLabel("See again").selectOption("2");
  await page.locator("#fu-when p").first().waitFor();
  await look(page, "consultation-follow-up", { thing, place });
  await page.getByLabel("See again").selectOption("");
  await page.locator("#fu-when p").first().waitFor({ state: "detached" });

  act("it is signed, and the visit is over");
  await button(page, "Sign and complete").click();
  await page.getByText("Visit completed.").waitFor();
  await page.goto(`/patients/${visit.patient_id}/visits`);
  await page.locator("summary", { hasText: "Note of" }).first().click();
  await look(page, "visits", { thing: `Visits of ${name}, ${visit.patient_code}`, place });
  await page.goto(`/consultations/${encounter}`);
  await look(page, "consultation-signed", { thing, place });

  act("the signed note is amended");
  await link(page, "Amend or see versions").click();
  const note = `Note about ${name}, ${visit.patient_code}`;
  await look(page, "note", { thing: note, place });
  await button(page, "Sign the amendment").click();
  await page.locator("#errors").waitFor();
  await look(page, "note-error", { thing: `Error: ${note}`, place, status: 422 });
  await page.getByLabel("What you think").fill("Tension headache");
  await page.getByLabel("Why it is amended").fill("Forgotten");
  await button(page, "Sign the amendment").click();
  await page.getByText("Amendment signed.").waitFor();
  await page.locator("summary", { hasText: "Version 1" }).click();
  await look(page, "note-amended", { thing: note, place });

  act("templates and codes are looked after");
  await page.goto("/note-templates");
  await look(page, "note-templates", { thing: "Note templates", place });
  await link(page, "Add template").click();
  await look(page, "note-template-new", { thing: "Add template", place });
  await page.goto("/icd10");
  await look(page, "icd10", { thing: "Diagnosis codes", place });
}
