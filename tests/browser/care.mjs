// A patient has a care team, somebody stands in, and the hospital decides who is shown whom.

import assert from "node:assert/strict";

import { button, heading, link } from "./helpers.mjs";

// `record`: the page of a patient called `name` with this `code`. `page` is signed in as the administrator.
export async function isCaredFor(page, record, { look, act, place, name, code }) {
  act("a patient gets a care team");
  await page.goto(record);
  await page.locator(".tabs").getByRole("link", { name: "Care team" }).click();
  await page.getByText("Nobody is on the care team yet").waitFor();
  const thing = `Care team of ${name}, ${code}`;
  await look(page, "care-team", { thing, place });
  await button(page, "Add to the care team").click();
  await page.locator("#errors").waitFor();
  await look(page, "care-team-error", { thing: `Error: ${thing}`, place, status: 422 });
  await page.getByLabel("Department").selectOption({ label: "Cardiology" });
  await page.getByLabel("Note").fill("After the operation");
  await button(page, "Add to the care team").click();
  await page.getByText("Added to the care team.").waitFor();
  await page.getByText("Cares now").waitFor();
  await look(page, "care-team-added", { thing, place });
  await page.getByRole("button", { name: /^End/ }).click();
  await page.getByText("Ended. It stays readable below.").waitFor();
  assert.equal(await page.getByText("Over", { exact: true }).count(), 1);

  act("somebody stands in");
  await page.goto("/care/cover");
  await heading(page, "Cover").waitFor();
  await page.getByText("Nobody covers for anybody").waitFor();
  await look(page, "cover", { thing: "Cover", place });
  await page.getByLabel("Who covers").selectOption({ index: 1 });
  await page.getByLabel("For a department").selectOption({ label: "Emergency" });
  await button(page, "Set cover").click();
  await page.locator("#errors").waitFor();
  await look(page, "cover-error", { thing: "Error: Cover", place, status: 422 });

  act("the hospital looks at who is shown whom");
  await page.goto("/settings/hospital");
  await link(page, "Who sees whom").click();
  await heading(page, "Who sees which patients").waitFor();
  await look(page, "care-rules", { thing: "Who sees whom", place });
  await page.goto("/patients/opened");
  await look(page, "opened", { thing: "Opened records", place });
}
