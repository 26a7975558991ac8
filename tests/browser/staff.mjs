// Colleagues are invited: one with the form, two with a table, and one of them is stopped.

import assert from "node:assert/strict";

import { active, button, heading, link } from "./helpers.mjs";

// `page` is signed in as the administrator, on any page.
export async function invitesColleagues(page, { look, act, place }) {
  act("a colleague is invited");
  await page.goto("/staff");
  await heading(page, "Staff").waitFor();
  await look(page, "staff-alone", { thing: "Staff", place });
  await link(page, "Invite somebody").click();
  await heading(page, "Invite somebody").waitFor();
  assert.equal(await active(page), "email");
  await look(page, "staff-new", { thing: "Invite somebody", place });
  await page.getByLabel("E-mail address").fill("meera@");
  await page.getByLabel("First name").fill("मीरा");
  await page.getByLabel("Last name").fill("कुलकर्णी");
  await page.getByLabel("Department").selectOption("Cardiology");
  await page.getByLabel("Doctor", { exact: true }).check();
  await button(page, "Invite").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  assert.ok(await page.getByLabel("Doctor", { exact: true }).isChecked(), "what was ticked stays ticked");
  await look(page, "staff-new-error", { thing: "Error: Invite somebody", place, status: 422 });
  await page.getByLabel("E-mail address").fill("meera@example.org");
  await button(page, "Invite").click();
  await heading(page, "मीरा कुलकर्णी").waitFor();
  await page.getByText("Invited. A link to choose a password is on its way.").waitFor();
  await page.getByText("What it allows").click();
  await look(page, "staff-person", { thing: "मीरा कुलकर्णी", place });

  act("two more come from a table");
  await page.goto("/staff/import");
  await look(page, "staff-import", { thing: "Import staff", place });
  await page.getByLabel("The table, with its first line").fill(
    "E-mail;First name;Department;Roles\nkhalid@example.org;خالد;Emergency;NURSE\nzoe@example.org;Zoë;Nowhere;NURSE",
  );
  await button(page, "Look at it").click();
  await heading(page, "1 of 2 can be invited").waitFor();
  await page.getByText("There is no department of this name.").waitFor();
  await look(page, "staff-import-preview", { thing: "1 of 2 can be invited", place });
  await button(page, "Invite 1 person").click();
  await heading(page, "1 person invited").waitFor();
  await look(page, "staff-import-result", { thing: "1 person invited", place });

  act("one of them is stopped, and let in again");
  await page.goto("/staff");
  await page.getByLabel("Search", { exact: true }).fill("خالد");
  await page.locator("#rows tbody tr").getByText("khalid@example.org").waitFor();
  await look(page, "staff-found", { thing: "Staff", place });
  await link(page, "خالد").click();
  await link(page, "Deactivate").click();
  await page.locator("dialog[open]").getByText("Signed out everywhere within a second").waitFor();
  await look(page, "staff-deactivate", { thing: "خالد", place });
  await button(page, "Deactivate account").click();
  await page.getByText("Account deactivated.").waitFor();
  await button(page, "Activate").click();
  await page.getByText("Account activated.").waitFor();
  await link(page, "Change").click();
  await heading(page, "Change خالد").waitFor();
  assert.equal(await page.getByLabel("E-mail address").inputValue(), "khalid@example.org", "he has not come: it can be corrected");
  await look(page, "staff-edit", { thing: "Change خالد", place });
  await link(page, "Cancel").click();
  await link(page, "Withdraw the invitation").click();
  await page.locator("dialog[open]").getByText("Its place is free, and so is its address.").waitFor();
  await look(page, "staff-withdraw", { thing: "خالد", place });
  await link(page, "Leave it as it is").click();
}
