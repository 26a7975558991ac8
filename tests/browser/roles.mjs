// A hospital arranges itself: its departments, and what its people may do.

import assert from "node:assert/strict";

import { active, button, heading, link } from "./helpers.mjs";

// `page` is signed in as an administrator, on any page with the menu. `place`: the hospital's name.
export async function arrangesDepartments(page, { look, act, place }) {
  act("departments are arranged");
  await page.goto("/departments");
  await look(page, "departments", { thing: "Departments", place });
  await link(page, "Create department").click();
  await heading(page, "Create department").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("cardiology");
  await button(page, "Create department").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await look(page, "department-error", { thing: "Error: Create department", place, status: 400 });
  await page.getByLabel("Name", { exact: true }).fill("दिन विभाग");
  await page.getByLabel("What it is for").fill("Infusions and dressings, without a night");
  await button(page, "Create department").click();
  await page.getByText("Department created.").waitFor();
  await link(page, "दिन विभाग").click();
  await heading(page, "दिन विभाग").waitFor();
  await look(page, "department", { thing: "दिन विभाग", place });
  await page.goto("/departments");
  const dialog = page.locator("dialog#ask");
  await page.getByLabel("Actions for Pediatrics").click();
  await link(page.locator("details[open]"), "Remove").click();
  await dialog.getByRole("heading", { name: "Remove Pediatrics?" }).waitFor();
  await look(page, "department-remove", { thing: "Departments", place });
  await dialog.getByText("Leave it as it is").click();
  await dialog.getByRole("heading").waitFor({ state: "hidden" });
}

export async function keepsRoles(page, { look, act, place }) {
  act("a role is made from another");
  await page.goto("/roles");
  await look(page, "roles", { thing: "Roles", place });
  await link(page, "Receptionist").click();
  await heading(page, "Receptionist").waitFor();
  await look(page, "role-system", { thing: "Receptionist", place });
  await link(page, "New role like this").click();
  await heading(page, "Create role").waitFor();
  assert.equal(await page.getByLabel("Book appointments").isChecked(), true);
  await look(page, "role-new", { thing: "Create role", place });
  await button(page, "Create role").click();
  await page.locator("#errors").waitFor();
  await look(page, "role-error", { thing: "Error: Create role", place, status: 422 });
  await page.getByLabel("Name", { exact: true }).fill("Ward clerk");
  await page.getByLabel("Book appointments").uncheck();
  await page.getByLabel("See documents").check();
  await button(page, "Create role").click();
  await page.getByText("Role created. Nobody holds it yet.").waitFor();
  await heading(page, "Ward clerk").waitFor();
  assert.equal(await page.getByLabel("Book appointments").isChecked(), false);
  await look(page, "role", { thing: "Ward clerk", place });

  act("the role is disabled and removed");
  await page.goto("/roles");
  const dialog = page.locator("dialog#ask");
  const ask = async (what) => {
    await page.getByLabel("Actions for Ward clerk").click();
    await link(page.locator("details[open]"), what).click();
    await dialog.getByRole("heading", { name: `${what} Ward clerk?` }).waitFor();
  };
  await ask("Disable");
  await look(page, "role-disable", { thing: "Roles", place });
  await button(dialog, "Disable role").click();
  await page.getByText("Role disabled. It grants nothing any more.").waitFor();
  await ask("Remove");
  await button(dialog, "Remove role").click();
  await page.getByText("Role removed.").waitFor();
  assert.equal(await page.getByRole("row").filter({ hasText: "Ward clerk" }).count(), 0);
}
