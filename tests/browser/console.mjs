// The operators' console: the overview, one hospital with its limits, restricting it, and who runs the platform.

import { button, heading, link } from "./helpers.mjs";

export async function looksAfterHospitals(page, { look, act, place, hospital }) {
  act("the operator reads the overview");
  await page.goto("/console");
  await heading(page, "Overview").waitFor();
  await page.getByText("Show the numbers").click();
  await look(page, "overview", { thing: "Overview", place });

  act("the operator limits a hospital");
  await link(page, hospital).first().click();
  await heading(page, hospital).waitFor();
  await page.getByLabel("Accounts at most").fill("none");
  await button(page, "Save limits").click();
  await page.locator("#max_users-error").waitFor();
  await look(page, "hospital-limits-refused", { thing: `Error: ${hospital}`, place, status: 422 });
  await page.getByLabel("Accounts at most").fill("1");
  await button(page, "Save limits").click();
  await page.getByText("Limits saved.").waitFor();
  await look(page, "hospital-details", { thing: hospital, place });
  await page.getByLabel("Accounts at most").fill("");
  await button(page, "Save limits").click();
  await page.getByText("no limit").first().waitFor();

  act("the operator restricts it and lifts that again");
  const dialog = page.locator("dialog#ask");
  await link(page, "Restrict").click();
  await dialog.getByRole("heading").waitFor();
  await look(page, "hospital-restrict", { thing: hospital, place });
  await dialog.getByLabel("Reason").fill("Licence under review");
  await button(dialog, "Restrict hospital").click();
  await page.getByText("Hospital restricted.").waitFor();
  await look(page, "hospitals-restricted", { thing: "Hospitals", place });
  await button(page, "Undo restricting the hospital").click();
  await page.getByText("Restriction lifted.").waitFor();

  act("the operator looks at the operators");
  await link(page, "Operators").click();
  await heading(page, "Operators").waitFor();
  await page.getByLabel("E-mail address").fill("ines@platform.example");
  await button(page, "Invite operator").click();
  await page.getByText("Invited. A link to choose a password is on its way.").waitFor();
  await look(page, "operators", { thing: "Operators", place });

  act("the operator looks at the demo, which is off here");
  await link(page, "Demo data").click();
  await heading(page, "Demo data").waitFor();
  await page.getByText("Demo mode is off").waitFor();
  await look(page, "demo-off", { thing: "Demo data", place });
}
