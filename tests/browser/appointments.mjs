// A patient is booked from search to slot, the booking is moved by keyboard, and the plans show it.

import assert from "node:assert/strict";

import { button, heading, link, path } from "./helpers.mjs";

const thingOf = async (page) => (await page.title()).split(" · ")[0];
// The day after today on the hospital's clock, as a date field takes it.
const tomorrowIn = (zone) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(Date.now() + 24 * 3600 * 1000));

// `page` is signed in as the administrator of a hospital in India with a doctor; `code` is of somebody to book for.
export async function isBooked(page, { look, act, place, code }) {
  const day = tomorrowIn("Asia/Kolkata");
  act("a patient is booked");
  await page.goto("/appointments");
  await heading(page, "Appointments").waitFor();
  await look(page, "appointments", { thing: "Appointments", place });
  await link(page, "Book appointment").first().click();
  await heading(page, "Book an appointment").waitFor();
  await look(page, "appointment-new", { thing: "Book an appointment", place });
  await page.getByLabel("Name, phone or code").fill(code);
  await button(page, "Find the patient").click();
  await page.getByRole("link", { name: /^Book for/ }).click();
  await link(page, "Choose another patient").waitFor();
  await page.getByLabel("Day", { exact: true }).fill(day);
  await page.locator("#doctor").selectOption({ index: 1 });
  const times = page.locator("#times .pick");
  await times.first().waitFor();
  await page.reload();
  await look(page, "appointment-times", { thing: "Book an appointment", place });
  await button(page, "Book appointment").click();
  await page.locator("#errors").waitFor();
  await look(page, "appointment-new-error", { thing: "Error: Book an appointment", place, status: 422 });
  await times.first().waitFor();
  await times.first().locator("input").check({ force: true });
  await page.getByLabel(/^Reason/).fill("Cough");
  await button(page, "Book appointment").click();
  await page.getByText("Appointment booked.").waitFor();
  await look(page, "appointment", { thing: await thingOf(page), place });
  const booked = path(page);

  act("the booking is moved without a mouse");
  await link(page, "Move").press("Enter");
  await page.getByRole("heading", { name: "Move the appointment" }).waitFor();
  await look(page, "appointment-move", { thing: await thingOf(page), place });
  await page.locator("#times input").first().focus();
  await page.keyboard.press("ArrowRight");
  await button(page, "Move the appointment").press("Enter");
  await page.getByText("Appointment moved. The old time is free.").waitFor();
  assert.equal(path(page), booked);

  act("the plan shows it");
  const moved = await (await page.request.get(`/api/v1${booked}`)).json();
  const on = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Kolkata" }).format(new Date(moved.scheduled_at));
  await page.goto(`/appointments/day?date=${on}`);
  await heading(page, "Day plan").waitFor();
  await look(page, "day-plan", { thing: "Day plan", place });
  const slot = page.locator(`a[href="${booked}"]`);
  await slot.waitFor();
  assert.equal(await slot.getAttribute("draggable"), "true");

  act("the booking is dragged to another time");
  const free = page.locator(`td.free[data-doctor="${moved.doctor_user_id}"]`).last();
  const target = await free.getAttribute("data-at");
  assert.notEqual(Date.parse(target), Date.parse(moved.scheduled_at));
  // What a pointer does, as events: a browser without a window starts no drag by itself.
  const drag = async (to) => {
    const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
    await slot.dispatchEvent("dragstart", { dataTransfer });
    await to.dispatchEvent("dragover", { dataTransfer });
    return () => to.dispatchEvent("drop", { dataTransfer });
  };
  const now = async () => (await page.request.get(`/api/v1${booked}`)).json();
  await (await drag(heading(page, "Day plan")))();
  assert.equal((await now()).scheduled_at, moved.scheduled_at, "beside the free times nothing takes it");
  const drop = await drag(free);
  assert.match(await free.getAttribute("class"), /\bover\b/, "where it would be dropped is shown");
  await drop();
  await page.getByText("Appointment moved. The old time is free.").waitFor();
  assert.equal(path(page), "/appointments/day", "the plan shows it at once");
  const dragged = await now();
  assert.equal(Date.parse(dragged.scheduled_at), Date.parse(target));
  assert.equal(dragged.doctor_user_id, moved.doctor_user_id);

  act("the day is printed");
  await link(page, "Print").click();
  await heading(page, "Day on paper").waitFor();
  await button(page, "Print").waitFor();
  await look(page, "day-paper", { thing: "Day on paper", place });
  await link(page, "Day plan").click();
  await heading(page, "Day plan").waitFor();
  await link(page, "Week").click();
  await heading(page, "Week plan").waitFor();
  await look(page, "week-plan", { thing: "Week plan", place });

  act("the record knows it");
  await page.goto(booked);
  await page.locator(".crumbs").getByRole("link", { name: code }).click();
  await page.locator(".tabs").getByRole("link", { name: "Appointments" }).click();
  await heading(page, /./).first().waitFor();
  await look(page, "record-appointments", { thing: await thingOf(page), place });
}
