// The audit: a hospital reads its own trail and who looked at one patient, operators read the platform's.

import assert from "node:assert/strict";

import { button, code, heading, link } from "./helpers.mjs";
import { until } from "./look.mjs";

// `hers` is the path of a record, `name` whose it is.
export async function readsTheTrail(page, { look, act, place, hers, name }) {
  act("the administrator reads the audit trail");
  await page.goto("/audit");
  await heading(page, "Audit trail").waitFor();
  const rows = page.getByRole("region", { name: /Audit table/ }).getByRole("row");
  assert((await rows.count()) > 5, "there are lines");
  assert(!(await page.content()).includes(name), "no name of a patient is on it");
  await look(page, "audit", { thing: "Audit trail", place });
  await page.getByText(/^Details/).first().click();
  await page.getByText("By way of", { exact: true }).first().waitFor();
  await look(page, "audit-details", { thing: "Audit trail", place });
  await page.getByLabel("What").selectOption("changes");
  await button(page, "Show").click();
  await page.getByRole("link", { name: /Remove filter: What/ }).waitFor();
  await until("changes are no looks", async () => (await rows.filter({ hasText: /Looked at/ }).count()) === 0);
  await look(page, "audit-narrowed", { thing: "Audit trail", place });
  const file = page.waitForEvent("download");
  await link(page, "Save as CSV").click();
  assert.match((await file).suggestedFilename(), /^audit_\d{4}-\d\d-\d\d\.csv$/);
  await page.goto("/audit?kind=unmerged&to=2020-01-01");
  await look(page, "audit-no-match", { thing: "Audit trail", place });

  act("the administrator asks who looked at a patient");
  await page.goto(hers);
  const of = await code(page);
  await link(page, "Who looked").click();
  await page.getByText("Looked at").first().waitFor();
  await look(page, "who-looked", { thing: `Who looked at ${of}`, place });

  act("the administrator looks for failed sign-ins");
  await page.goto("/audit/sign-ins");
  await page.getByText("Wrong password").first().waitFor();
  await look(page, "failed-sign-ins", { thing: "Failed sign-ins", place });
  await page.goto("/audit/denied");
  await look(page, "denied-attempts", { thing: "Denied attempts", place });
}

export async function operatorReadsTheAudit(page, { look, act, place, hospital }) {
  act("the operator reads the platform's audit");
  await page.goto("/console/audit?kind=changes");
  await heading(page, "Audit").waitFor();
  const row = page.getByRole("row").filter({ hasText: "Suspended" }).first();
  await row.getByRole("link", { name: hospital }).click();
  await page.getByText(`Only of ${hospital}`).waitFor();
  await look(page, "console-audit", { thing: "Audit", place });
  await page.goto("/console/audit/sign-ins");
  await look(page, "console-failed-sign-ins", { thing: "Failed sign-ins", place });
  await page.goto("/console/audit/denied");
  await look(page, "console-denied", { thing: "Refused operators", place });
}
