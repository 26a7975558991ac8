// One's own account: a device is signed out, the address changes, and a forgotten password is replaced.

import assert from "node:assert/strict";

import { PASSWORD, button, heading, link, path, signIn } from "./helpers.mjs";

const LANTERN = "tin roof lantern";

// `page`: somebody signed in with `email` and PASSWORD. `mailLink`: a mail by its subject. Afterwards they have another
// password.
export async function keepsTheirAccount(page, visitor, { look, act, place, email, mailLink }) {
  act("somebody looks at their account");
  await page.goto("/today");
  await page.locator(".topbar summary").click();
  await link(page, "My account").click();
  await heading(page, "My account").waitFor();
  await look(page, "account", { thing: "My account", place });

  act("another device signs in and is signed out");
  await signIn(visitor, email);
  await visitor.waitForURL((url) => url.pathname !== "/sign-in");
  await page.goto("/account");
  await button(page, "Sign out everywhere else").click();
  await page.locator("#toasts").getByText("All other devices are signed out.").waitFor();
  await visitor.goto("/account");
  assert.equal(path(visitor), "/sign-in");

  act("the new password is refused, then taken");
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByLabel("New password").fill("password123");
  await button(page, "Change password").click();
  await page.locator("#new_password-error").waitFor();
  await look(page, "account-error", { thing: "Error: My account", place, status: 422 });

  act("the password is forgotten");
  await visitor.goto("/sign-in");
  await link(visitor, "Forgot the password?").click();
  await heading(visitor, "Forgot the password").waitFor();
  await look(visitor, "forgot", { thing: "Forgot the password" });
  await visitor.getByLabel("E-mail address").fill(email);
  await button(visitor, "Send the link").click();
  await heading(visitor, "Look for our e-mail").waitFor();
  await look(visitor, "forgot-asked", { thing: "Look for our e-mail" });
  await (await mailLink(visitor, "Choose a new password")).click();
  await visitor.locator("a[href*='/reset-password?token=']").click();
  await heading(visitor, "Choose a password").waitFor();
  await look(visitor, "reset-password", { thing: "Choose a password" });
  await visitor.getByLabel("New password").fill(LANTERN);
  await button(visitor, "Save password").click();
  await visitor.getByText("Your new password is saved.").waitFor();
  await page.goto("/account");
  assert.equal(path(page), "/sign-in", "the reset signed everybody out");
  await signIn(page, email, LANTERN);
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}
