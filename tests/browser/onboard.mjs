// The first ten minutes of a hospital: the checklist leads from the sign-up to the first patient.

import assert from "node:assert/strict";

import { active, button, code, heading, link, path } from "./helpers.mjs";
import { invitesColleagues } from "./staff.mjs";
import { arrangesDepartments } from "./roles.mjs";

// How long the server kept this page waiting, all answers to documents and forms together, in seconds.
export function serverTime(page) {
  let milliseconds = 0;
  page.on("requestfinished", (request) => {
    if (!["document", "xhr", "fetch"].includes(request.resourceType())) return;
    const { requestStart, responseStart } = request.timing();
    milliseconds += Math.max(0, responseStart - requestStart);
  });
  return () => milliseconds / 1000;
}

const steps = (page) => page.locator("ol.started");
const step = (page, label) => steps(page).getByRole("listitem").filter({ hasText: label });

// `page` has just signed in for the first time. `place`: the hospital's name.
export async function getsStarted(page, { look, act, place }) {
  act("the first sign-in opens the checklist");
  await heading(page, "Getting started").waitFor();
  assert.equal(path(page), "/getting-started");
  await page.getByText("0 of 8 done").waitFor();
  assert.match(await step(page, "Confirm the hospital's profile").innerText(), /Next/);
  await look(page, "getting-started", { thing: "Getting started", place });

  act("the profile is confirmed");
  await link(page, "Open: Confirm the hospital's profile").click();
  await heading(page, "Settings").waitFor();
  assert.equal(await page.getByLabel("Country", { exact: true }).inputValue(), "IN", "proposed by the currency");
  assert.equal(await page.getByLabel("Numbers", { exact: true }).inputValue(), "en-IN");
  await look(page, "settings-new", { thing: "Hospital profile", place });
  await page.getByLabel("Address", { exact: false }).fill("12 MG Road, Pune 411001");
  await page.getByLabel("Phone", { exact: false }).fill("call us");
  await page.getByLabel("Clock", { exact: true }).selectOption("12");
  await button(page, "Confirm and save").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await look(page, "settings-error", { thing: "Error: Hospital profile", place, status: 422 });
  await page.getByLabel("Phone", { exact: false }).fill("020 2612 3456");
  await button(page, "Confirm and save").click();
  await page.getByText("Changes saved.").waitFor();
  await page.getByText("Understood as +912026123456.").waitFor();
  assert.match(await page.locator(".clock b").innerText(), /^\d{1,2}:\d\d\s(am|pm)$/, "the clock is the hospital's");
  await page.getByLabel("Clock", { exact: true }).selectOption("24");
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();

  act("hours and holidays are told");
  await link(page, "Opening hours").click();
  await page.getByText("A proposal").waitFor();
  await look(page, "hours-new", { thing: "Opening hours", place });
  await page.getByLabel("Friday").fill("9-5");
  await page.getByLabel("Saturday").fill("8 pm to 6 am");
  await button(page, "Save hours").click();
  await page.locator("#friday-error").waitFor();
  await look(page, "hours-error", { thing: "Error: Opening hours", place, status: 422 });
  await page.getByLabel("Friday").fill("9-13, 14-17:30");
  await button(page, "Save hours").click();
  await page.getByText("Changes saved.").waitFor();
  assert.equal(await page.getByLabel("Saturday").inputValue(), "20:00–06:00");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Holidays" }).click();
  await page.getByLabel("One a line, the date first").fill("26 Jan 2099 Republic Day\n15/08/2099 स्वतंत्रता दिवस");
  await button(page, "Save holidays").click();
  await page.getByText("Changes saved.").waitFor();
  await page.getByRole("listitem").filter({ hasText: "स्वतंत्रता दिवस" }).getByText("15 Aug 2099").waitFor();
  await look(page, "holidays", { thing: "Holidays", place });

  await invitesColleagues(page, { look, act, place });

  act("the opening hours are copied to the doctors");
  await page.goto("/doctors/hours");
  await look(page, "doctors-hours", { thing: "Hours of all doctors", place });
  await page.getByRole("button", { name: /^Copy to/ }).click();
  await page.getByText("Copied.").first().waitFor();
  // The journey may be made on any day of the week.
  await link(page, "मीरा कुलकर्णी").click();
  const week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  for (const day of week) await page.getByLabel(day).fill("8-21");
  await button(page, "Save hours").click();
  await page.getByText("Hours saved.").waitFor();

  act("somebody to practise with is made, and found");
  await link(page, "Getting started").click();
  await page.getByText("5 of 8 done").waitFor();
  await arrangesDepartments(page, { look, act, place });
  await link(page, "Getting started").click();
  act("somebody to practise with is made, and found");
  await button(page, "Make a practice patient").click();
  await heading(page, "Practice Patient").waitFor();
  await page.getByText("in no count or report").waitFor();
  await look(page, "patient-practice", { thing: `Practice Patient, ${await code(page)}`, place });
  await page.goto("/patients");
  await page.getByText("No patients yet").waitFor();
  await page.getByLabel("Search", { exact: true }).fill("practice");
  await link(page, "Open Practice Patient").waitFor();
  assert.match(await page.locator("#rows tbody tr").innerText(), /PRACTICE-1[^]*Practice/);
  await page.goto("/today");
  await page.getByRole("heading", { name: "Getting started" }).waitFor();
  await look(page, "today-started", { thing: "Today", place });
  await link(page, "All steps").click();
  await button(page, "Later: Register the first patient").click();
  await page.getByText("Put off. It waits under Getting started.").waitFor();
  await page.goto("/today");
  assert.equal(await page.getByRole("heading", { name: "Getting started" }).count(), 0, "done or put off: no panel");
  await link(page, "Getting started").click();
  await look(page, "getting-started-later", { thing: "Getting started", place });
  await button(page, "Bring back: Register the first patient").click();
  await page.getByText("Back on the list.").waitFor();
}

// After the first patient.
export async function hasStarted(page, { look, act, place }, seconds) {
  act("the checklist is done");
  console.log(`from the landing page to the first patient the server took ${seconds.toFixed(2)} s`);
  await page.goto("/getting-started");
  await page.getByText("All 8 steps are done.").waitFor();
  await look(page, "getting-started-done", { thing: "Getting started", place });
  await page.goto("/today");
  assert.equal(await page.getByRole("heading", { name: "Getting started" }).count(), 0);
}

// `page` has just signed in for the first time, and has no script.
export async function confirmsWithoutScript(page, { act }) {
  act("a hospital is confirmed without a script");
  await heading(page, "Getting started").waitFor();
  await link(page, "Open: Confirm the hospital's profile").click();
  await button(page, "Confirm and save").click();
  await page.locator("#country-error").waitFor();
  await page.getByLabel("Country", { exact: true }).selectOption("JP");
  await page.getByLabel("Currency", { exact: true }).selectOption("JPY");
  await button(page, "Confirm and save").click();
  await page.getByText("Changes saved.").waitFor();
  assert.equal(await page.getByLabel("Time zone", { exact: true }).inputValue(), "Asia/Tokyo");
  await page.getByText("123,456,789").first().waitFor();
  await link(page, "Getting started").first().click();
  await button(page, "Later: Set the opening hours").click();
  await button(page, "Bring back: Set the opening hours").waitFor();
  await page.goto("/today");
}
