// Somebody is asked about allergies and conditions; what was wrong is corrected and stays readable.

import assert from "node:assert/strict";

import { active, button, code, heading, link } from "./helpers.mjs";

// The record of whom the list shows with this name.
async function open(page, name) {
  await page.goto("/patients");
  await page.getByLabel("Search", { exact: true }).fill(name);
  const row = page.locator("#rows tbody tr");
  await row.nth(1).waitFor({ state: "detached" });
  // As slowly as a hand: leaving the field must not replace the row under it.
  await row.getByRole("link").first().click({ delay: 300 });
  await heading(page, name).waitFor();
}

// `page` is signed in as somebody who may change patients; `name` is one of them.
export async function isAskedAboutAllergies(page, name, { look, act, place }) {
  act("a patient was not asked about allergies yet");
  await open(page, name);
  const who = `${name}, ${await code(page)}`;
  await page.getByText("Allergies not asked yet", { exact: true }).waitFor();
  await look(page, "chart-unasked", { thing: who, place });
  await link(page, "Ask now about allergies").click();
  await heading(page, name).waitFor();
  const allergies = `Allergies of ${who}`;
  await look(page, "allergies-unasked", { thing: allergies, place });

  act("there is none, in one click");
  await button(page, "No known allergies").click();
  await page.getByText("Noted: none known.").waitFor();
  await look(page, "allergies-none", { thing: allergies, place });

  act("then one is remembered, and typed with the keyboard");
  await page.getByLabel("Substance", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await look(page, "allergies-error", { thing: `Error: ${allergies}`, place, status: 422 });
  await page.locator("#errors a").click();
  assert.equal(await active(page), "substance");
  for (const text of ["Penicillin", "Collapse within minutes, ambulance", "Sev", "Fam"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByLabel("Risk at the next contact").selectOption("HIGH");
  await page.getByLabel("Since").fill("Jun 2019");
  await page.getByLabel("Note").fill("Seen in Nashik.\nLetter in the file.");
  await button(page, "Add an allergy").click();
  await page.getByText("Added to the list.").waitFor();
  for (const [substance, severity] of [["लेटेक्स", "MILD"], ["Peanuts 🥜", "MODERATE"], ["Sulphonamides", ""]]) {
    await page.getByLabel("Substance", { exact: true }).fill(substance);
    await page.getByLabel("Severity").selectOption(severity);
    await button(page, "Add an allergy").click();
    await page.locator(".entry", { hasText: substance }).waitFor();
  }

  act("one is confirmed, another was entered in error");
  await link(page, "Change Peanuts 🥜").click();
  await page.getByRole("heading", { name: "Change Peanuts 🥜" }).waitFor();
  await page.getByLabel("How sure").selectOption("CONFIRMED");
  await look(page, "allergy-edit", { thing: `Change allergy of ${who}`, place });
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();
  const dialog = page.locator("dialog#ask");
  await link(page, "Mark as entered in error Sulphonamides").click();
  await dialog.getByRole("heading").waitFor();
  await look(page, "allergy-end", { thing: allergies, place });
  await dialog.getByText("Leave it on the list").click();
  await dialog.getByRole("heading").waitFor({ state: "hidden" });
  await link(page, "Mark as entered in error Sulphonamides").click();
  await dialog.getByLabel("Reason").fill("Was the sister's");
  await button(dialog, "Mark as entered in error").click();
  await page.getByText("Marked as entered in error.").waitFor();
  await page.locator("summary", { hasText: "Entered in error" }).click();
  await page.getByText("Was the sister's").waitFor();
  await page.locator("summary", { hasText: "1 earlier version" }).first().click();
  await look(page, "allergies", { thing: allergies, place });

  act("the record shows both lists, the worst first");
  await link(page, "Conditions").click();
  await page.getByLabel("Condition", { exact: true }).fill("Diabetes mellitus type 2");
  await page.getByLabel("Since").fill("2011");
  await page.locator("summary", { hasText: "More details" }).click();
  await page.getByLabel("ICD-10 code").fill("e11.9");
  await button(page, "Add a condition").click();
  await page.getByText("Added to the list.").waitFor();
  await look(page, "conditions", { thing: `Conditions of ${who}`, place });
  await link(page, "Summary").click();
  await page.getByRole("heading", { name: "Allergies and conditions" }).waitFor();
  const strip = await page.getByRole("note", { name: "Allergies and alerts" }).innerText();
  assert.match(strip, /Allergy:\s*Penicillin \(Collapse[^;]*severe\);[\s\S]*Conditions:\s*Diabetes/);
  await look(page, "chart", { thing: who, place });
}

// The same without a script: `page` is signed in and has none.
export async function isAskedWithoutScript(page, name, { act }) {
  act("a patient is asked without a script");
  await page.goto("/patients");
  await page.getByLabel("Search", { exact: true }).fill(name);
  await button(page, "Search").click();
  await link(page, `Open ${name}`).click();
  await link(page, "Ask now about conditions").click();
  await page.getByLabel("Condition", { exact: true }).fill("Asthma");
  await button(page, "Add a condition").click();
  await page.getByText("Added to the list.").waitFor();
  await link(page, "Mark as entered in error Asthma").click();
  await heading(page, "Mark Asthma as entered in error?").waitFor();
  await page.getByLabel("Reason").fill("Wrong patient");
  await button(page, "Mark as entered in error").click();
  await page.getByText("Marked as entered in error.").waitFor();
  await page.locator("summary", { hasText: "Entered in error" }).click();
  await page.getByText("Wrong patient").waitFor();
  await button(page, "No known conditions").click();
  await page.getByText("Noted: none known.").waitFor();
}
