// People who do not come to the desk in the usual way: somebody whom nobody knows, and twins.

import assert from "node:assert/strict";

import { button, code, heading, link, path } from "./helpers.mjs";

// The hospital's clock, as a field for day and time has it.
const hoursAgo = (hours) => {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Kolkata", dateStyle: "short", timeStyle: "short" });
  return parts.format(new Date(Date.now() - hours * 3_600_000)).replace(" ", "T");
};

// `place`: the hospital's name. `page` is signed in as somebody who may register and change patients.
export async function nobodyKnowsHim(page, { look, act, place }) {
  act("somebody unconscious is brought in");
  await page.goto("/today");
  await page.keyboard.press("u");
  await heading(page, "Unidentified patient").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "sex", "the first choice has the focus");
  // Two choices, by keyboard alone.
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByLabel("Male", { exact: true }).isChecked(), true);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.getByLabel("Adult", { exact: false }).nth(1).check();
  await look(page, "unidentified", { thing: "Unidentified patient", place });
  await page.keyboard.press("Enter");
  await page.getByText("Nobody knows yet who this is.").waitFor();
  const name = await page.locator("h1").innerText();
  assert.match(name, /^[A-Z][a-z]+ [A-Z][a-z]+ \d{4}$/);
  const his = await code(page);
  await look(page, "unidentified-patient", { thing: `${name}, ${his}`, place });
  await page.goto("/patients");
  assert.match(await page.locator("#rows tbody tr").first().innerText(), /Unidentified/);
  await look(page, "patients-unidentified", { thing: "Patients", place });
  await link(page, name).click();

  act("a name becomes known");
  await page.locator(".banner").getByRole("link", { name: "Identify" }).click();
  await heading(page, name).waitFor();
  await page.getByLabel("First name").fill("Sushama");
  await page.getByLabel("Last name").fill("Iyer");
  await page.locator("#phone_primary").fill("+91 98220 77412");
  await page.keyboard.press("Tab");
  const alike = page.getByRole("status", { name: "People who look alike" });
  await alike.getByRole("link", { name: /^Merge into this record/ }).waitFor();
  await look(page, "identify", { thing: `Identify ${name}, ${his}`, place });
  await page.getByLabel("First name").fill("Mohan");
  await page.getByLabel("Last name").fill("Sawant");
  await page.locator("#phone_primary").fill("+91 98220 31313");
  await alike.getByRole("link").waitFor({ state: "detached" });
  await button(page, "Identify patient").click();
  await page.getByText("Patient identified.").waitFor();
  await heading(page, "Mohan Sawant").waitFor();
  assert.equal(await code(page), his, "the code stays");
  await page.getByText(name).waitFor();
  await look(page, "identified", { thing: `Mohan Sawant, ${his}`, place });
}

export async function twinsAreBorn(page, { look, act, place }) {
  act("twins are registered from their mother's chart");
  await page.goto("/patients/new");
  await page.getByLabel("First name").fill("Anna");
  await page.getByLabel("Last name").fill("Kovac");
  await page.getByLabel("Sex").selectOption("FEMALE");
  await page.getByLabel("Born, or age").fill("3/2/1994");
  await page.getByLabel("Phone", { exact: true }).fill("+91 98220 61616");
  await page.getByLabel("City or village").fill("Thane");
  await button(page, "Register patient").click();
  await heading(page, "Anna Kovac").waitFor();
  const [mother, hers] = [path(page), await code(page)];
  await page.locator(".banner summary", { hasText: "More" }).click();
  await link(page, "Register newborn").click();
  await heading(page, "Anna Kovac").waitFor();
  await link(page, "Twins").click();
  await button(page, "Register 2 newborns").click();
  await page.locator("#errors").waitFor();
  const thing = `Register newborn of Anna Kovac, ${hers}`;
  await look(page, "newborns-error", { thing: `Error: ${thing}`, place, status: 422 });
  await page.locator("#sex_1").selectOption("FEMALE");
  await page.locator("#born_1").fill(hoursAgo(3));
  await page.locator("#sex_2").selectOption("MALE");
  await page.locator("#born_2").fill(hoursAgo(2));
  await button(page, "Register 2 newborns").click();
  await page.getByText("Newborns registered.").waitFor();
  assert.equal(path(page), mother);
  await look(page, "mother", { thing: `Anna Kovac, ${hers}`, place });
  await link(page, "Register newborn").first().click();
  await page.getByRole("heading", { name: "Registered already" }).waitFor();
  await look(page, "newborns", { thing, place });
  await page.goto(mother);
  await link(page, "Girl A, Anna Kovac").click();
  await heading(page, "Anna Kovac, Girl A").waitFor();
  assert.match(await page.locator(".banner").innerText(), /Baby of\s+Anna Kovac/);
  await look(page, "newborn", { thing: `Anna Kovac, Girl A, ${await code(page)}`, place });
}
