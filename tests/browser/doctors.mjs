// A doctor gets a room, a profile and hours; a free time is found; an absence moves the bookings.

import { button, heading, link } from "./helpers.mjs";

const tomorrowIn = (zone) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(Date.now() + 24 * 3600 * 1000));

// `page` is signed in as the administrator of a hospital in India with opening hours and this doctor.
export async function areThere(page, { look, act, place, doctor }) {
  act("a room is added");
  await page.goto("/rooms");
  await look(page, "rooms-none", { thing: "Rooms", place });
  await link(page, "Add room").first().click();
  await page.getByLabel("Name", { exact: true }).fill("Room 3");
  await look(page, "room-new", { thing: "Add room", place });
  await button(page, "Add room").click();
  await page.getByText("Room added.").waitFor();

  act("a doctor's profile is written");
  await page.goto("/doctors");
  await look(page, "doctors", { thing: "Doctors", place });
  await link(page, doctor).click();
  await link(page, "Change profile").click();
  await heading(page, `Profile of ${doctor}`).waitFor();
  await page.getByLabel(/^Fee/).fill("a lot");
  await button(page, "Save profile").click();
  await page.locator("#errors").waitFor();
  await look(page, "doctor-edit-error", { thing: `Error: Profile of ${doctor}`, place, status: 422 });
  await page.getByLabel(/^Fee/).fill("800");
  await page.getByLabel(/^Qualifications/).fill("MBBS, MD");
  await page.getByLabel(/^Room/).selectOption("Room 3");
  await button(page, "Save profile").click();
  await page.getByText("Changes saved.").waitFor();

  act("a day differs from the doctor's hours");
  await page.goto("/doctors/hours");
  await link(page, doctor).click();
  await heading(page, `Hours of ${doctor}`).waitFor();
  await page.locator("#on_date").fill(tomorrowIn("Asia/Kolkata"));
  await page.locator("#kind").selectOption("EXTRA");
  await page.locator("#starts_at").fill("22:00");
  await page.locator("#ends_at").fill("23:00");
  await button(page, "Add day").click();
  await page.getByText("Changes saved.").waitFor();
  await page.locator("summary", { hasText: "Other length or room" }).first().click();
  await page.getByRole("group", { name: "Monday, other hours" }).getByLabel("Hours").waitFor();
  await look(page, "doctor-hours", { thing: `Hours of ${doctor}`, place });
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: doctor }).click();
  await heading(page, doctor).waitFor();
  await look(page, "doctor", { thing: doctor, place });

  act("a free time is looked for");
  await link(page, "All free times").click();
  await heading(page, "Find a free time").waitFor();
  await look(page, "free-times", { thing: "Find a free time", place });

  act("the doctor is away");
  await page.goto("/doctors/leave");
  await look(page, "away", { thing: "Who is away", place });
  await link(page, doctor).click();
  await heading(page, `Absence of ${doctor}`).waitFor();
  await look(page, "absence-when", { thing: `Absence of ${doctor}`, place });
  await page.getByLabel("Why").selectOption("SICK");
  for (const end of ["From", "Until"]) await page.getByLabel(end).fill(tomorrowIn("Asia/Kolkata"));
  await button(page, "Show the bookings").click();
  await button(page, "Record the absence").waitFor();
  await look(page, "absence", { thing: `Absence of ${doctor}`, place });
  const all = page.getByLabel("What becomes of all of them");
  if (await all.count()) await all.selectOption("MOVE_TIME");
  await button(page, "Record the absence").click();
  await heading(page, "Absence recorded").waitFor();
  await look(page, "absence-recorded", { thing: "Absence recorded", place });
}
