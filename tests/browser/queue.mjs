// Somebody walks in: found or not, one form, the token; the board calls, the wall shows it; paper waits for a printer.

import assert from "node:assert/strict";

import { active, button, heading, link, path } from "./helpers.mjs";

// Keys that a person presses at the desk: journey 2.2 allows 45.
const MOST_KEYS = 45;

// A button of a row is called after its token, which only a screen reader says.
const of = (word, token) => new RegExp(`^${word}\\s*: ${token}$`);

// `page` is signed in as somebody at the desk of a hospital with a doctor.
export async function walksIn(page, { look, act, place }) {
  act("nobody waits yet");
  await page.goto("/queue");
  await heading(page, "Queue").waitFor();
  await page.getByText("Nobody is in the queue").waitFor();
  await page.getByText("In which order patients are called").click();
  await look(page, "queue-empty", { thing: "Queue", place });

  act("somebody walks in, and the desk only types");
  let keys = 0;
  const press = async (key) => { keys += 1; await page.keyboard.press(key); };
  const type = async (text) => { keys += [...text].length; await page.keyboard.type(text); };
  await press("n");
  await heading(page, "Walk-in").waitFor();
  assert.equal(await active(page), "walk-search");
  await look(page, "walk-in-search", { thing: "Walk-in", place });
  await type("Lata Pai");
  await press("Enter");
  await heading(page, "New patient walks in").waitFor();
  assert.equal(await active(page), "gender", "the first field that is still blank");
  await type("f");
  await press("Tab");
  await type("34y");
  await press("Tab");
  await type("9820111222");
  await press("Tab");
  await type("Pune");
  await press("Tab");
  await press("Tab");
  assert.equal(await active(page), "whom");
  await press("ArrowDown");
  // In a select Enter opens the choices: the form is sent by its button.
  await press("Tab");
  await press("Tab");
  await press("Tab");
  await press("Enter");
  await page.locator(".token-digits, #errors, #lookalikes .lookalike").first().waitFor();
  assert.match(path(page), /^\/walk-ins\/[0-9a-f-]{36}$/, await page.locator("#main").innerText());
  assert.ok(keys <= MOST_KEYS, `${keys} keys`);
  const token = await page.locator(".token-digits").innerText();
  await look(page, "walk-in-token", { thing: `Token ${token}`, place });

  act("paper waits for a printer");
  await button(page, "Print the token later").click();
  await page.getByText("It waits here until there is a printer.").waitFor();
  await look(page, "print-later", { thing: "Print later", place });
  await page.getByRole("button", { name: /^Printed/ }).click();
  await page.getByText("Nothing waits for a printer", { exact: true }).waitFor();
  await look(page, "print-later-empty", { thing: "Print later", place });

  act("the desk forgets whom she wants to see");
  await page.goto("/walk-ins/new");
  await button(page, "Register without looking").click();
  await heading(page, "New patient walks in").waitFor();
  await look(page, "walk-in-new", { thing: "Walk-in", place });
  await button(page, "Give token").click();
  await page.locator("#errors").waitFor();
  await look(page, "walk-in-error", { thing: "Error: Walk-in", place, status: 422 });

  act("she is called, and the wall shows it");
  const wall = await page.context().newPage();
  await wall.goto("/queue/screen");
  await wall.getByText("Nobody is called at the moment.").waitFor();
  await page.goto("/queue");
  await look(page, "queue", { thing: "Queue", place });
  await page.getByRole("button", { name: of("Call", token) }).click();
  await page.getByText("Nobody waits", { exact: true }).waitFor();
  await wall.locator(".wall-token", { hasText: token }).waitFor();
  await look(wall, "waiting-room", { thing: "Waiting room", place });
  assert.doesNotMatch(await wall.content(), /Lata|Pai/, "nobody's name on the wall");
  await wall.close();
  await page.getByRole("link", { name: of("More", token) }).click();
  await look(page, "queue-one", { thing: `${token} in the queue`, place });
  await link(page, "Back to the queue").click();
  await page.getByRole("button", { name: of("Back to waiting", token) }).click();
  await page.getByRole("button", { name: of("Call", token) }).waitFor();

  act("a label is printed from the record");
  await page.getByRole("link", { name: "Lata Pai" }).waitFor();
  await page.goto("/walk-ins/new");
  await page.keyboard.type("9820111222");
  await page.keyboard.press("Enter");
  await page.getByText("Only this patient was found").waitFor();
  await look(page, "walk-in-known", { thing: "Walk-in", place });
  const record = await page.locator("input[name='patient_id']").inputValue();
  await page.goto(`/patients/${record}/print`);
  await look(page, "print", { thing: "Print", place });
}
