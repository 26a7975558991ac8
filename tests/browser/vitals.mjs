// Vital signs: the queue leads to the form, the score shows while it is typed, an alarm rings, the chart draws.

import assert from "node:assert/strict";

import { active, button, code, heading, link } from "./helpers.mjs";

// `page` is signed in as the administrator of a hospital where this patient has arrived.
export async function isMeasured(page, { look, act, place, name }) {
  act("the queue leads to the form");
  await page.goto("/vitals/queue");
  await look(page, "vitals-queue", { thing: "Vitals", place });
  await page.getByRole("link", { name: `Take vitals of ${name}` }).click();
  await heading(page, name).waitFor();
  assert.equal(await active(page), "respiratory_rate");

  act("the score shows while it is typed");
  const type = async (...texts) => {
    for (const text of texts) {
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
    }
  };
  await type("22", "93", "Ox", "2", "105", "70", "105", "Al", "38.5");
  await page.locator("#score").getByText("NEWS2 9", { exact: true }).waitFor();
  const who = `${name}, ${await code(page)}`;
  await look(page, "vitals-form", { thing: `Record vitals of ${who}`, place });
  await button(page, "Save and open the next").click();
  await page.waitForURL(/done=vitals-/);

  act("the bell rings, and somebody answers");
  await page.goto("/escalations");
  await page.locator("#bell.is-ringing").waitFor();
  await look(page, "alarms", { thing: "Alarms", place });
  await page.getByRole("button", { name: `I go to ${name}` }).click();
  await page.getByText("No alarm here").waitFor();

  act("the record draws what was measured");
  await page.goto("/vitals/due");
  await look(page, "vitals-due", { thing: "Vitals due", place });
  await link(page, name).first().click();
  await page.getByText("NEWS2 9", { exact: true }).first().waitFor();
  await look(page, "vitals-list", { thing: `Vitals of ${who}`, place });

  act("the hand-over sheet has who is there, with room for words");
  await page.goto("/vitals/handover");
  await page.getByLabel(`In your words, for paper: ${name}`).fill("Look again after the fluids");
  await button(page, "Print").waitFor();
  await look(page, "handover", { thing: "Hand-over", place });

  act("the tables say where they are from");
  await page.goto("/vitals/tables");
  await look(page, "vitals-tables", { thing: "Vital-sign tables", place });
  await link(page, "New version of: Answer to a score: how soon again, and who is told").click();
  await heading(page, "New version of a table").waitFor();
  await look(page, "vitals-table-new", { thing: "New version: Answer to a score: how soon again, and who is told", place });
}
