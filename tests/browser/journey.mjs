// A day with HMS, as people at a browser: two hospitals sign up, register patients and find them again,
// cannot see each other's; the platform's operator suspends one and lets it back in.
//
// node journey.mjs ORIGIN OPERATOR_EMAIL OPERATOR_PASSWORD CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from "node:assert/strict";

import { isBooked } from "./appointments.mjs";
import { keepsTheirAccount } from "./account.mjs";
import { operatorReadsTheAudit, readsTheTrail } from "./audit.mjs";
import { readsTheApi } from "./docs.mjs";
import * as face from "./face.mjs";
import { PASSWORD, active, button, code, heading, link, path, signIn } from "./helpers.mjs";
import { looksAfterHospitals } from "./console.mjs";
import { areThere } from "./doctors.mjs";
import { isCaredFor } from "./care.mjs";
import { isSeen } from "./consult.mjs";
import { isAskedAboutAllergies, isAskedWithoutScript } from "./chart.mjs";
import { Looker, until } from "./look.mjs";
import { livesThroughARecord } from "./record.mjs";
import { choosesPaper, signsInWithAPhone } from "./mfa.mjs";
import { isOnePersonAfterAll, takesTheListAway } from "./merges.mjs";
import { confirmsWithoutScript, getsStarted, hasStarted, serverTime } from "./onboard.mjs";
import { nobodyKnowsHim, twinsAreBorn } from "./people.mjs";
import { pictures } from "./pictures.mjs";
import { walksIn } from "./queue.mjs";
import { isMeasured } from "./vitals.mjs";
import { keepsRoles } from "./roles.mjs";

const [origin, operatorEmail, operatorPassword, executable, shots] = process.argv.slice(2);
const ASHA = { name: 'आशा क्लिनिक & "Care"', licence: "MH-2031", email: "asha@example.org" };
const ZEN = { name: "Zen Hospital", licence: "ZH-0007", email: "zen@example.org" };
const AARTI = "आरती देशमुख";

const looker = new Looker(origin, shots);
const look = looker.look.bind(looker);
let at = "the start";
// What a person is doing: says where the journey broke off.
const act = (what) => { at = what; };

async function mailLink(page, subjectOf) {
  await page.goto("/dev/mail");
  const line = page.getByRole("listitem").filter({ hasText: subjectOf });
  await until(`a mail to ${subjectOf}`, async () => {
    await link(page, "Look again").click();
    return (await line.count()) > 0;
  });
  return line.first().getByRole("link");
}

async function visitorSignsUp(page) {
  act("a visitor opens the start page");
  await page.goto("/");
  await look(page, "landing", { thing: "Patients of your hospital, on one calm screen" });
  await link(page, "Register your hospital").first().click();
  await look(page, "sign-up", { thing: "Register your hospital" });
  assert.equal(await active(page), "name");

  act("the visitor mistypes the e-mail address");
  await page.getByLabel("Hospital name").fill(ASHA.name);
  await page.getByLabel("Licence number").fill(ASHA.licence);
  await page.getByLabel("Hospital e-mail").fill("asha@");
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Asia/Kolkata", "the zone of the device is chosen");
  await page.getByLabel("Currency").selectOption("INR");
  await button(page, "Continue to your account").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  const email = page.getByLabel("Hospital e-mail");
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.match(await email.getAttribute("aria-describedby"), /contact_email-error/);
  assert.match(await page.locator("#contact_email-error").innerText(), /e-mail/);
  assert.equal(await page.getByLabel("Hospital name").inputValue(), ASHA.name);
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Asia/Kolkata");
  await look(page, "sign-up-error", { thing: "Error: Register your hospital", status: 422 });
  await page.locator("#errors a").click();
  assert.equal(await active(page), "contact_email");
  await email.fill(ASHA.email);
  await button(page, "Continue to your account").click();

  act("the visitor chooses a password");
  await heading(page, "Your account").waitFor();
  await look(page, "sign-up-account", { thing: "Your account, register your hospital" });
  await page.getByLabel("First name").fill("Asha");
  await page.getByLabel("Last name").fill("Patil");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await button(page, "Register hospital").click();
  await page.locator("#admin_password-error").waitFor();
  await look(page, "sign-up-account-error", { thing: "Error: Your account, register your hospital", status: 422 });
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Show password").click();
  assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("type"), "text");
  await button(page, "Register hospital").click();
  await page.getByRole("heading", { name: `${ASHA.name} is registered.` }).waitFor();
  await look(page, "sign-up-sent", { thing: "Confirm by e-mail" });

  act("the visitor confirms by e-mail");
  const mail = await mailLink(page, ASHA.email);
  await look(page, "mail-list", { thing: "Mail of this machine" });
  const subject = await mail.innerText();
  await mail.click();
  await heading(page, subject).waitFor();
  await look(page, "mail", { thing: subject });
  const confirm = page.locator("a[href*='/verify?token=']");
  const address = await confirm.getAttribute("href");
  await confirm.click();
  await heading(page, `Confirm ${ASHA.name}?`).waitFor();
  await look(page, "verify", { thing: "Confirm your e-mail" });
  await page.getByLabel("Password", { exact: true }).fill("Wrong-Horse-7");
  await button(page, "Confirm hospital").click();
  await page.locator("#password-error").waitFor();
  await look(page, "verify-error", { thing: "Error: Confirm your e-mail", status: 401 });
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Confirm hospital").click();
  await heading(page, `${ASHA.name} is active`).waitFor();
  await look(page, "verified", { thing: "Confirm your e-mail" });
  await page.goto(address);
  await heading(page, "Already confirmed").waitFor();
  await page.goto("/verify?token=cut-off");
  await look(page, "verify-unknown", { thing: "Confirm your e-mail", status: 400 });
  await page.goto("/set-password?token=cut-off");
  await look(page, "set-password-closed", { thing: "Choose a password", status: 400 });
}

async function firstSignIn(page) {
  act("the administrator signs in");
  await page.goto("/patients");
  assert.equal(path(page), "/sign-in");
  await look(page, "sign-in", { thing: "Sign in" });
  await signIn(page, ASHA.email, "Wrong-Horse-7");
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  assert.equal(await page.getByLabel("E-mail address").inputValue(), ASHA.email);
  await look(page, "sign-in-error", { thing: "Error: Sign in", status: 401 });
  await signIn(page, ASHA.email);
  await getsStarted(page, { look, act, place: ASHA.name });
  await page.goto("/today");
  await look(page, "today-empty", { thing: "Today", place: ASHA.name });
  await link(page, "Patients").click();
  await page.getByText("No patients yet").waitFor();
  await look(page, "patients-empty", { thing: "Patients", place: ASHA.name });
}

async function registersByKeyboard(page) {
  act("a patient is registered with the keyboard only");
  const { keyboard } = page;
  await page.goto("/today");
  await keyboard.press("n");
  await heading(page, "Register patient").waitFor();
  assert.equal(await active(page), "first_name");
  await look(page, "patient-new", { thing: "Register patient", place: ASHA.name });
  await keyboard.press("Enter");
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await look(page, "patient-new-error", { thing: "Error: Register patient", place: ASHA.name, status: 422 });
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  assert.equal(await active(page), "first_name");
  for (const text of ["आरती", "देशमुख", "Fem", "14/03/1992", "+91 98220 10142", "पुणे"]) {
    await keyboard.type(text);
    if (text !== "पुणे") await keyboard.press("Tab");
  }
  await keyboard.press("Enter");
  await heading(page, AARTI).waitFor();
  await look(page, "patient-registered", { thing: `${AARTI}, ${await code(page)}`, place: ASHA.name });
  return path(page);
}

async function registersWithoutScript(page) {
  act("a patient is registered without a script");
  await signIn(page, ASHA.email);
  await link(page, "Register patient").first().click();
  await page.getByLabel("First name").fill("Joseph");
  await page.getByLabel("Last name").fill("Fernandes");
  await page.getByLabel("Born, or age").fill("61y");
  await page.getByLabel("Phone", { exact: true }).fill("+91 98220 77391");
  await button(page, "Register patient").click();
  await page.locator("#gender-error").waitFor();
  await page.getByLabel("Sex").selectOption("MALE");
  await page.getByLabel("City or village").fill("Vasai");
  await button(page, "Register patient").click();
  await heading(page, "Joseph Fernandes").waitFor();

  act("a patient is found and changed without a script");
  await link(page, "Patients").first().click();
  await page.getByLabel("Search", { exact: true }).fill("77391");
  await button(page, "Search").click();
  assert.equal(await page.locator("#rows tbody tr").count(), 1);
  await link(page, "Open Joseph Fernandes").click();
  await link(page, "Edit details").click();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await page.getByLabel("City or village").fill("Pune");
  await button(page, "Save changes").click();
  await page.getByText("Changes saved.").waitFor();
  await second.getByLabel("City or village").fill("Goa");
  await button(second, "Save changes").click();
  await second.getByRole("row", { name: "City or village Pune Goa" }).waitFor();
  await button(second, "Save mine over it").click();
  await second.getByText("Changes saved.").waitFor();
  looker.heard(second, "a second tab without a script");
  await second.close();
}

async function findsHer(page) {
  act("she is found while typing");
  await page.goto("/today");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await heading(page, "Patients").waitFor();
  const rows = page.locator("#rows tbody tr");
  assert.equal(await rows.count(), 2);
  await look(page, "patients", { thing: "Patients", place: ASHA.name });
  await page.keyboard.press("/");
  assert.equal(await active(page), "search");
  for (const text of ["देशम", "10142"]) {
    await page.getByLabel("Search", { exact: true }).fill("");
    await rows.nth(1).waitFor();
    await page.keyboard.type(text);
    await rows.nth(1).waitFor({ state: "detached" });
    assert.match(await rows.innerText(), new RegExp(AARTI));
    assert.equal(await active(page), "search");
    assert(!page.url().includes("search="), "the text is not in the address");
  }
  await page.getByLabel("Search", { exact: true }).fill("Desmukh");
  await page.getByText("No patient matches “Desmukh”").waitFor();
  await look(page, "patients-no-match", { thing: "Patients", place: ASHA.name });
  act("she is found by the search in the top bar");
  await page.getByRole("searchbox", { name: "Find a patient" }).fill("देशमुख");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/search");
  await look(page, "search-found", { thing: "Search", place: ASHA.name });
  await link(page, AARTI).click();
  await heading(page, AARTI).waitFor();
  await look(page, "patient", { thing: `${AARTI}, ${await code(page)}`, place: ASHA.name });
}

async function isNotRegisteredTwice(page) {
  act("she comes a second time");
  await page.goto("/patients/new");
  await page.getByLabel("First name").fill("आरती");
  await page.getByLabel("Last name").fill("देशमुख");
  await page.getByLabel("Phone", { exact: true }).fill("+91 98220 10142");
  await page.keyboard.press("Tab");
  const alike = page.getByRole("status", { name: "People who look alike" });
  await alike.getByRole("link", { name: "This is the patient" }).waitFor();
  await look(page, "patient-new-alike", { thing: "Register patient", place: ASHA.name });
  page.once("dialog", (dialog) => dialog.accept());
  await alike.getByRole("link").first().click();
  await heading(page, AARTI).waitFor();
}

async function changesMeetEachOther(page) {
  act("two tabs change the same patient");
  await link(page, "Edit details").click();
  await heading(page, AARTI).waitFor();
  const thing = `Edit ${AARTI}, ${await code(page)}`;
  await look(page, "patient-edit", { thing, place: ASHA.name });
  const second = await page.context().newPage();
  await second.goto(page.url());
  await second.getByLabel("City or village").fill("नाशिक");
  await button(second, "Save changes").click();
  await second.getByText("Changes saved.").waitFor();
  looker.heard(second, "a second tab");
  await second.close();

  await page.getByLabel("City or village").fill("सातारा");
  await button(page, "Save changes").click();
  await page.locator("#errors").waitFor();
  assert.equal(await active(page), "errors");
  await page.getByRole("row", { name: "City or village नाशिक सातारा" }).waitFor();
  await look(page, "patient-conflict", { thing: `Error: ${thing}`, place: ASHA.name, status: 412 });
  await button(page, "Save mine over it").click();
  await page.getByText("Changes saved.").waitFor();
  await page.getByText("सातारा").waitFor();
  await look(page, "patient-saved", { thing: thing.replace("Edit ", ""), place: ASHA.name });
}

async function shellOnPhone(page) {
  act("menus of the shell");
  await page.goto("/today");
  await look(page, "today", { thing: "Today", place: ASHA.name });
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await look(page, "today-keys", { thing: "Today", place: ASHA.name });
  await page.keyboard.press("Escape");
  await page.locator(".topbar summary").click();
  await look(page, "today-account", { thing: "Today", place: ASHA.name, within: ".topbar" });
  await button(page, "Dark").click();
  await page.goto("/patients");
  assert.equal(await page.locator("html").getAttribute("data-bs-theme"), "dark");
  await page.locator(".topbar summary").click();
  await button(page, "Device").click();
  await page.setViewportSize({ width: 390, height: 844 });
  await button(page, "Open menu").click();
  await page.locator("#side:popover-open").waitFor();
  await look(page, "patients-menu", { thing: "Patients", place: ASHA.name });
}

async function secondHospitalWithoutScript(page) {
  act("a second hospital signs up without a script");
  await page.goto("/");
  await link(page, "Register your hospital").first().click();
  await page.getByLabel("Hospital name").fill(ZEN.name);
  await page.getByLabel("Licence number").fill(ZEN.licence);
  await page.getByLabel("Hospital e-mail").fill("zen@");
  assert.equal(await page.getByLabel("Time zone").inputValue(), "UTC");
  await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await button(page, "Continue to your account").click();
  assert.match(await page.locator("#contact_email-error").innerText(), /e-mail/);
  await page.getByLabel("Hospital e-mail").fill(ZEN.email);
  await button(page, "Continue to your account").click();
  await button(page, "Back").click();
  assert.equal(await page.getByLabel("Licence number").inputValue(), ZEN.licence);
  await button(page, "Continue to your account").click();
  await page.getByLabel("First name").fill("Kenji");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Register hospital").click();
  await page.getByRole("heading", { name: `${ZEN.name} is registered.` }).waitFor();
  await (await mailLink(page, ZEN.email)).click();
  await page.locator("a[href*='/verify?token=']").click();
  await heading(page, `Confirm ${ZEN.name}?`).waitFor();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Confirm hospital").click();
  await heading(page, `${ZEN.name} is active`).waitFor();
  await link(page, "Sign in").first().click();
  await signIn(page, ZEN.email);
  await confirmsWithoutScript(page, { act });
  await heading(page, "Today").waitFor();
}

async function cannotSeeHer(page, hers) {
  act("the second hospital looks for a patient of the first");
  await signIn(page, ZEN.email);
  await heading(page, "Today").waitFor();
  for (const text of ["देशमुख", "10142"]) {
    await page.goto("/patients");
    await page.getByLabel("Search", { exact: true }).fill(text);
    await page.getByText(`No patient matches “${text}”`).waitFor();
  }
  for (const address of [hers, `${hers}/edit`]) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 404);
    assert(!(await page.content()).includes("देशमुख"));
  }
  await look(page, "not-found", { thing: "There is nothing here", status: 404 });
}

async function operatorSuspends(page, zen) {
  act("the operator signs in");
  await signIn(page, operatorEmail, operatorPassword);
  await heading(page, "Hospitals").waitFor();
  const row = (hospital) => page.getByRole("row").filter({ hasText: hospital.licence });
  for (const hospital of [ASHA, ZEN]) {
    assert.match(await row(hospital).innerText(), /Active/);
    assert((await row(hospital).innerText()).includes(hospital.name));
  }
  await look(page, "hospitals", { thing: "Hospitals", place: "HMS platform" });
  await page.getByLabel("Search", { exact: true }).fill("zen");
  await row(ASHA).waitFor({ state: "detached" });
  await page.getByLabel("Search", { exact: true }).fill("riverside");
  await page.getByText("No hospital matches “riverside”").waitFor();
  await look(page, "hospitals-no-match", { thing: "Hospitals", place: "HMS platform" });

  await link(page, "Health").click();
  await look(page, "health", { thing: "Health", place: "HMS platform" });
  act("the operator opens a page of hospitals");
  await page.goto("/patients");
  await look(page, "not-for-operators", { thing: "This page belongs to hospitals", status: 403 });

  act("the operator suspends a hospital");
  await page.goto("/console/hospitals");
  const dialog = page.locator("dialog#ask");
  const ask = async (what) => {
    await page.getByLabel(`Actions for ${ZEN.name}`).click();
    await link(page, what).click();
    await dialog.getByRole("heading").waitFor();
  };
  await ask("Suspend");
  await look(page, "hospitals-suspend", { thing: "Hospitals", place: "HMS platform" });
  await dialog.getByText("Leave it as it is").click();
  await dialog.getByRole("heading").waitFor({ state: "hidden" });
  await ask("Suspend");
  await dialog.getByLabel("Reason").fill("Licence under review");
  await button(dialog, "Suspend hospital").click();
  await page.getByText("Hospital suspended.").waitFor();
  assert.match(await row(ZEN).innerText(), /Suspended/);
  await look(page, "hospitals-suspended", { thing: "Hospitals", place: "HMS platform" });

  act("staff of the suspended hospital are refused");
  await until("the open session is refused", async () => {
    await zen.goto("/patients");
    return path(zen) !== "/patients" || (await heading(zen, "Patients").count()) === 0;
  }, 3);
  await look(zen, "suspended", { thing: "HMS is closed to your hospital for now", status: 403 });
  await signIn(zen, ZEN.email);
  await zen.getByText("suspended").first().waitFor();
  await look(zen, "sign-in-suspended", { thing: "Error: Sign in", status: 401 });

  act("the operator activates it again");
  await ask("Activate");
  await button(dialog, "Activate hospital").click();
  await page.getByText("Hospital activated.").waitFor();
  assert.match(await row(ZEN).innerText(), /Active/);
  await signIn(zen, ZEN.email);
  await heading(zen, "Today").waitFor();
}

async function operatorWithoutScript(page, operator, zen) {
  act("the operator suspends and activates without a script");
  await signIn(page, operatorEmail, operatorPassword);
  const change = async (what) => {
    await page.getByLabel(`Actions for ${ZEN.name}`).click();
    await link(page, what).click();
    await heading(page, `${what} ${ZEN.name}?`).waitFor();
    await operator.goto(page.url());
    await look(operator, `hospital-${what.toLowerCase()}`, { thing: `${what} ${ZEN.name}`, place: "HMS platform" });
  };
  await change("Suspend");
  await page.getByLabel("Reason").fill("Licence under review");
  await button(page, "Suspend hospital").click();
  await page.getByText("Hospital suspended.").waitFor();
  await link(zen, "Alarms no longer reach this page").waitFor();
  await link(page, /^Suspended/).click();
  await page.getByText(ZEN.name).first().waitFor();
  await zen.goto("/today");
  await heading(zen, "HMS is closed to your hospital for now").waitFor();
  await change("Activate");
  await button(page, "Activate hospital").click();
  await page.getByText("Hospital activated.").waitFor();
  await signIn(zen, ZEN.email);
  await heading(zen, "Today").waitFor();
}

async function signsOut(page) {
  act("somebody signs out");
  await page.goto("/today");
  await page.locator(".topbar summary").click();
  await button(page, "Sign out").click();
  await page.getByText("You are signed out.").waitFor();
  await look(page, "signed-out", { thing: "Sign in" });
  await page.goBack();
  await page.goto("/today");
  assert.equal(path(page), "/sign-in");
}

async function losesTheWay(page) {
  act("somebody follows a broken link");
  await page.goto("/no-such-page");
  await look(page, "not-found-public", { thing: "There is nothing here", status: 404 });
}

async function journey() {
  const tabs = [];
  const tab = async (options) => {
    const page = await (await looker.person(options)).newPage();
    tabs.push(page);
    return page;
  };
  const withoutScript = () => tab({ script: false });
  const sameBrowser = async (other) => {
    const page = await other.context().newPage();
    tabs.push(page);
    return page;
  };
  const asha = await tab();
  const share = serverTime(asha);
  await visitorSignsUp(asha);
  await firstSignIn(asha);
  const hers = await registersByKeyboard(asha);
  await hasStarted(asha, { look, act, place: ASHA.name }, share());
  // One session for all that she does without a script: each account has ten sign-ins and unlocks in five minutes.
  const plain = await withoutScript();
  await registersWithoutScript(plain);
  await findsHer(asha);
  await isNotRegisteredTwice(asha);
  await changesMeetEachOther(asha);
  const here = { look, act, place: ASHA.name };
  await pictures(asha, plain, hers, { ...here, name: AARTI });
  await isOnePersonAfterAll(asha, here);
  await takesTheListAway(asha, here);
  await keepsRoles(asha, here);
  await livesThroughARecord(asha, here);
  await nobodyKnowsHim(asha, here);
  await twinsAreBorn(asha, here);
  await isAskedAboutAllergies(asha, AARTI, here);
  await isAskedWithoutScript(plain, "Joseph Fernandes", here);
  await choosesPaper(asha, here);
  await isCaredFor(asha, hers, { ...here, name: AARTI, code: "P-00001" });
  await walksIn(asha, here);
  await isMeasured(asha, { ...here, name: "Lata Pai" });
  await isSeen(asha, { ...here, name: "Lata Pai" });
  await isBooked(asha, { ...here, code: "P-00001" });
  await areThere(asha, { ...here, doctor: "मीरा कुलकर्णी" });
  await shellOnPhone(asha);
  await face.gallery(await tab(), { look, act });
  const shared = { look, act, place: ASHA.name, hers, code: "P-00001", name: AARTI, password: PASSWORD };
  await readsTheTrail(asha, shared);
  for (const part of [face.palette, face.keyboard, face.chips, face.prints]) await part(asha, shared);
  await face.lock(await sameBrowser(asha), await sameBrowser(asha), shared);
  await face.withoutScript(plain, shared);
  await secondHospitalWithoutScript(await withoutScript());
  const zen = await tab();
  await cannotSeeHer(zen, hers);
  const operator = await tab();
  await operatorSuspends(operator, zen);
  await operatorReadsTheAudit(operator, { look, act, place: "HMS platform", hospital: ZEN.name });
  await face.operator(operator, { look, act, place: "HMS platform", hospital: ZEN.name });
  await looksAfterHospitals(operator, { look, act, place: "HMS platform", hospital: ZEN.name });
  await operatorWithoutScript(await withoutScript(), operator, zen);
  await signsInWithAPhone(zen, { look, act, place: ZEN.name, email: ZEN.email });
  const zens = { look, act, place: ZEN.name, email: ZEN.email, mailLink };
  await keepsTheirAccount(zen, await tab(), zens);
  await signsOut(asha);
  await readsTheApi(await tab(), { looker, act, email: ASHA.email, password: PASSWORD });
  await losesTheWay(await tab());
  for (const page of tabs) looker.heard(page, "afterwards");
}

const begun = Date.now();
try {
  await until("HMS is ready", async () => (await fetch(`${origin}/ready`).catch(() => ({ ok: false }))).ok);
  await looker.open(executable);
  await journey();
} catch (error) {
  looker.faults.push(`${at}: ${error.stack}`);
} finally {
  await looker.close();
}
for (const fault of looker.faults) console.error(fault);
console.log(`${looker.seen.size} pages in ${looker.looks} views, ${looker.faults.length} faults, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
process.exitCode = looker.faults.length > 0 ? 1 : 0;
