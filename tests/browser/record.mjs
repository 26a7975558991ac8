// A record over its life: everything that is on it, who may know it, what was agreed to, what became of it.

import assert from "node:assert/strict";

import { active, button, code, heading, link, path } from "./helpers.mjs";

const LONG = "Wolfeschlegelsteinhausenbergerdorff".repeat(6).slice(0, 200);

// Registers somebody who has no phone and no fixed address, with a name that fills the form.
async function registersWhoDoesNotFit(page, { look, act, place }) {
  act("somebody is registered who does not fit the form");
  await page.goto("/patients/new");
  await page.getByLabel("First name").fill(LONG);
  await page.getByLabel("Sex").selectOption("OTHER");
  await page.getByLabel("Born, or age").fill("14/3/1992");
  await page.getByText("Read as: 14 Mar 1992, ").waitFor();
  assert.equal(await active(page), "born", "reading it back leaves the focus alone");
  await page.getByText("No phone, no fixed address").click();
  await page.getByLabel("No phone").selectOption("NONE");
  await page.getByLabel("No address").selectOption("NOT_GIVEN");
  await page.getByLabel("Name in another script").fill("👩‍⚕️ محمد بن سلمان");
  await page.getByLabel("By text message to this phone").selectOption("false");
  await look(page, "patient-new-more", { thing: "Register patient", place });
  await button(page, "Register patient").click();
  await heading(page, LONG).waitFor();
  await look(page, "patient-long-name", { thing: `${LONG}, ${await code(page)}`, place });
  const record = path(page);
  await page.goto("/patients");
  await look(page, "patients-long-name", { thing: "Patients", place });
  await page.goto(record);
}

// Fills in the rest, shows what is masked for half a minute, asks for consent, reads the history.
async function fillsTheRecord(page, { look, act, place }) {
  act("the record is filled in, shown and asked about");
  const record = path(page);
  await link(page, "Edit details").click();
  await look(page, "patient-edit-long-name", { thing: `Edit ${LONG}, ${await code(page)}`, place });
  await page.getByLabel("First name").fill("Maya");
  await page.getByLabel("Phone", { exact: true }).fill("+91 98220 55555");
  await page.getByLabel("No phone").selectOption("");
  await page.getByLabel("E-mail address").fill("maya@example.org");
  await page.getByLabel(/^Identity document/).fill("Passport");
  await page.getByLabel("Number of the identity document").fill("P1234567");
  await page.getByLabel("Care notes").fill("Hears badly on the left.\nSpeak slowly.");
  await button(page, "Save changes").click();
  await page.locator("#change_reason-error").waitFor();
  assert.equal(await page.getByLabel("First name").inputValue(), "Maya", "what was typed is kept");
  await look(page, "patient-edit-reason", { thing: `Error: Edit ${LONG}, ${await code(page)}`, place, status: 422 });
  await page.getByLabel("Reason for the change").fill("Misspelt at the door");
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();
  const name = `Maya, ${await code(page)}`;

  const contact = page.getByRole("region", { name: "Contact" });
  assert(!(await page.content()).includes("55555"), "the number is masked");
  await page.clock.install();
  await button(contact, "Show phone").click();
  await contact.getByText("+91 98220 55555").waitFor();
  await look(page, "patient-shown", { thing: name, place });
  await page.clock.fastForward(31_000);
  await contact.getByText("+91 98220 55555").waitFor({ state: "detached" });
  await button(contact, "Show phone").waitFor();
  await page.clock.resume();

  await link(page, "Ask").click();
  await page.getByLabel("Asked for").selectOption("EMAIL");
  await page.getByLabel("Answer", { exact: true }).selectOption("true");
  await look(page, "patient-consents", { thing: `Consent of ${name}`, place });
  await button(page, "Save answer").click();
  await page.getByText("Answer recorded.").waitFor();
  await page.getByText("Today, at the desk, by Asha Patil").first().waitFor();
  await link(page, "History").click();
  await page.getByText("Misspelt at the door").waitFor();
  await look(page, "patient-history", { thing: `History of ${name}`, place });
  await page.goto(record);
}

// Marks the record as confidential.
async function restrictsTheRecord(page, { look, act, place }) {
  act("the record is marked as confidential");
  await link(page, "Edit details").click();
  await page.getByLabel("Confidentiality").selectOption("R");
  await page.getByLabel("Reason for the change").fill("Works in this hospital");
  await button(page, "Save changes").click();
  await page.locator(".banner-restricted").waitFor();
  await look(page, "patient-restricted", { thing: `Maya, ${await code(page)}`, place });
  const record = path(page);
  await link(page, "Opened records").click();
  await look(page, "opened-records", { thing: "Opened records", place });
  await page.goto(record);
}

// Records a death, corrects it and takes it back.
async function recordsADeath(page, { look, act, place }) {
  act("a death is recorded, and taken back");
  const name = `Maya, ${await code(page)}`;
  await page.locator(".banner summary").click();
  await look(page, "patient-menu", { thing: name, place, within: ".banner" });
  await link(page, "Record death").click();
  await page.getByLabel("Time").fill("04:05");
  await page.getByLabel("Died on").fill("2 Jan 2026");
  await page.getByLabel("Certified by").fill("Dr. Rao");
  await look(page, "patient-death", { thing: `Death of ${name}`, place });
  await button(page, "Record death").click();
  await page.getByText("Death recorded.").waitFor();
  assert.match(await page.locator(".banner-died").innerText(), /2 Jan 2026, 04:05/);
  await look(page, "patient-deceased", { thing: name, place });
  await link(page, "Correct the time of death, or take it back").click();
  await look(page, "patient-death-undo", { thing: `Death of ${name}`, place });
  await page.getByLabel("How it is known that the patient lives").fill("Came in this morning");
  await button(page, "Take the death back").click();
  await page.getByText("Taken back").waitFor();
  assert.equal(await page.locator(".banner-died").count(), 0);
}

export async function livesThroughARecord(page, here) {
  await registersWhoDoesNotFit(page, here);
  await fillsTheRecord(page, here);
  await restrictsTheRecord(page, here);
  await recordsADeath(page, here);
}
