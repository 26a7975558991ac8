// Two-step sign-in as a person with a phone sees it, and how a hospital's paper is chosen.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { PASSWORD, active, button, heading, link, path, signIn } from "./helpers.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// What the phone shows `steps` half minutes from now: RFC 6238.
function shown(secret, steps = 0) {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", key).update(counter).digest();
  const at = tag[19] & 0x0f;
  return String((tag.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// `page` is signed in as `email`, and is so afterwards, with her password alone.
export async function signsInWithAPhone(page, { look, act, place, email }) {
  act("two-step sign-in is set up");
  await page.goto("/today");
  await page.locator(".topbar summary").click();
  await link(page, "Two-step sign-in").click();
  await heading(page, "Two-step sign-in").waitFor();
  await look(page, "mfa-off", { thing: "Two-step sign-in", place });
  await button(page, "Set it up").click();
  await page.getByRole("img", { name: "QR code for your app" }).waitFor();
  await look(page, "mfa-set-up", { thing: "Two-step sign-in", place });
  const secret = (await page.locator("[data-secret]").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill("12");
  await page.getByLabel("Your password").fill(PASSWORD);
  await button(page, "Switch it on").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await look(page, "mfa-wrong", { thing: "Error: Two-step sign-in", place, status: 422 });
  await page.getByLabel("Code", { exact: true }).fill(shown(secret));
  await page.getByLabel("Your password").fill(PASSWORD);
  await button(page, "Switch it on").click();
  await heading(page, "Two-step sign-in").waitFor();
  const codes = page.locator("[data-recovery]");
  assert.equal(await codes.count(), 10);
  const code = await codes.first().innerText();
  await look(page, "mfa-codes", { thing: "Two-step sign-in", place });
  await link(page, "I have kept them").click();
  await heading(page, "Today").waitFor();
  await page.goto("/account/mfa");
  await look(page, "mfa-on", { thing: "Two-step sign-in", place });

  act("the password alone opens nothing");
  await page.locator(".topbar summary").click();
  await button(page, "Sign out").click();
  await signIn(page, email);
  await heading(page, "Enter the code").waitFor();
  assert.equal(await active(page), "code");
  await look(page, "mfa-sign-in", { thing: "Enter the code" });
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await button(page, "Sign in").click();
  await page.locator("#errors").waitFor();
  await look(page, "mfa-sign-in-wrong", { thing: "Error: Enter the code", status: 401 });
  await page.getByLabel("Code", { exact: true }).fill(shown(secret, 1));
  await button(page, "Sign in").click();
  await heading(page, "Today").waitFor();

  act("the phone is lost, and it is switched off with a recovery code");
  await page.goto("/account/mfa");
  await page.getByLabel("Or a code").fill(code);
  await button(page, "Switch it off").click();
  await page.getByText("Two-step sign-in is off.").waitFor();
  assert.equal(path(page), "/account/mfa");
}

// Letterhead, logo and who needs a second step; nothing of it is demanded afterwards.
export async function choosesPaper(page, { look, act, place }) {
  act("the paper is chosen");
  await page.goto("/settings/hospital");
  await link(page, "Paper").click();
  await look(page, "settings-paper", { thing: "Paper", place });
  await page.getByLabel("Letterhead", { exact: false }).fill("Dr. Asha Patil, MD\n12 MG Road, Pune 411001");
  await page.getByLabel("Documents", { exact: true }).selectOption("LETTER");
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();
  const file = await page.locator("h1").screenshot({ type: "png" });
  await page.getByLabel("Choose a file").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: file });
  await button(page, "Save logo").click();
  await page.getByText("Logo saved.").waitFor();
  const logo = page.locator("img.side-logo");
  assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0), "the logo is drawn");
  await look(page, "settings-logo", { thing: "Paper", place });
  await link(page, "Security").click();
  await look(page, "settings-security", { thing: "Security", place });
}

