// Two records of one person become one and come apart again; the list is taken away as a file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { button, code, heading, link } from "./helpers.mjs";

async function register(page, first, last, phone) {
  await page.goto("/patients/new");
  await page.getByLabel("First name").fill(first);
  await page.getByLabel("Last name").fill(last);
  await page.getByLabel("Sex").selectOption("FEMALE");
  await page.getByLabel("Born, or age").fill("6/8/1979");
  await page.getByLabel("Phone", { exact: true }).fill(phone);
  await page.getByLabel("City or village").fill("Thane");
  await button(page, "Register patient").click();
  await heading(page, `${first} ${last}`).waitFor();
  return code(page);
}

// `place`: the hospital's name. `page` is signed in as somebody who may change patients.
export async function isOnePersonAfterAll(page, { look, act, place }) {
  act("somebody was registered twice");
  const goes = await register(page, "Sushma", "Iyer", "+91 98220 55301");
  const stays = await register(page, "Sushama", "Iyer", "+91 98220 77412");
  act("both records are compared and merged");
  await page.locator(".banner summary", { hasText: "More" }).click();
  await link(page, "Merge with another record").click();
  await heading(page, /^Merge another record into/).waitFor();
  await look(page, "merge", { thing: `Merge Sushama Iyer, ${stays}`, place });
  await page.getByLabel("Code of the other record").fill(goes);
  await button(page, "Compare").click();
  await page.getByRole("columnheader", { name: `Goes: ${goes}` }).waitFor();
  await look(page, "merge-compare", { thing: `Merge Sushama Iyer, ${stays}`, place });
  const merge = `Merge ${goes} into ${stays}`;
  await button(page, merge).click();
  await page.locator("#errors").waitFor();
  await look(page, "merge-error", { thing: `Error: Merge Sushama Iyer, ${stays}`, place, status: 422 });
  await page.getByLabel("First name: keep").check();
  await page.getByLabel("Reason").fill("Same passport, seen by the desk");
  await button(page, merge).click();
  await page.getByText("Records merged.").waitFor();

  act("the old code leads to the one that stays");
  await page.goto("/patients");
  await page.getByLabel("Search", { exact: true }).fill(goes);
  await page.getByText("1–1 of 1").first().waitFor({ state: "attached" });
  assert.match(await page.locator("#rows tbody tr").innerText(), new RegExp(stays));

  act("the merge is undone");
  await page.goto("/patients/merges");
  await look(page, "merges", { thing: "Merged records", place });
  await page.getByLabel(`Why ${goes} is another person`).fill("Sisters");
  await button(page, `Undo the merge of ${goes}`).click();
  await page.getByText("Merge undone.").waitFor();
  await page.getByText("Sisters").waitFor();
  await look(page, "merges-undone", { thing: "Merged records", place });
}

export async function takesTheListAway(page, { look, act, place }) {
  await page.goto("/patients");
  const menu = page.locator("summary", { hasText: "Export" });
  for (const [name, ending, holds] of [["Text file (CSV)", "csv", /Sushama,Iyer/], ["PDF to print", "pdf", /^%PDF-1\.7/]]) {
    act(`the list is taken away: ${name}`);
    // It is still open after the first.
    if (ending === "csv") await menu.click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name }).click();
    const file = await download;
    assert.match(file.suggestedFilename(), new RegExp(`^patients_\\d{4}-\\d\\d-\\d\\d\\.${ending}$`));
    assert.match(readFileSync(await file.path(), "utf8"), holds);
  }
  await look(page, "patients-export", { thing: "Patients", place, within: ".export" });
}
