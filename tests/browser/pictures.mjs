// Pictures of patients: with a script and without, from a file that is too large, and not from a file that is none.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";

import { button, code, link } from "./helpers.mjs";

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) >>> 0;

// A PNG of this size; `colour(x, y)` gives red, green and blue.
function png(width, height, colour) {
  const lines = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, at = 0; y < height; y++) {
    at++;
    for (let x = 0; x < width; x++) for (const part of colour(x, y)) lines[at++] = part;
  }
  const chunk = (kind, content) => {
    const body = Buffer.concat([Buffer.from(kind), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

// Somebody before a wall: head, hair and shoulders.
function portrait(width, height) {
  const inside = (x, y, cx, cy, rx, ry) => ((x / width - cx) / rx) ** 2 + ((y / height - cy) / ry) ** 2 < 1;
  return png(width, height, (x, y) => {
    if (inside(x, y, 0.5, 0.42, 0.17, 0.19)) return [196, 142, 108];
    if (inside(x, y, 0.5, 0.38, 0.23, 0.24)) return [48, 34, 30];
    if (inside(x, y, 0.5, 1.05, 0.42, 0.4)) return [28, 104, 116];
    return [214 - Math.round((y / height) * 40), 222 - Math.round((y / height) * 30), 226];
  });
}

// From her record to its picture.
async function openIn(page) {
  await page.locator(".banner summary", { hasText: "More" }).click();
  await link(page, "Picture").click();
}

const file = (name, buffer, mimeType = "image/png") => ({ name, mimeType, buffer });
const loaded = (image) => image.evaluate((it) => (it.decode().then(() => [it.naturalWidth, it.naturalHeight])));

// `hers` is the path of her page, `name` her name; `plain` is signed in, too, and has no script.
export async function pictures(page, plain, hers, { look, act, name, place }) {
  act("she gets a picture");
  await page.goto(hers);
  const thing = `Picture of ${name}, ${await code(page)}`;
  await openIn(page);
  await page.getByText("No picture yet").waitFor();
  await look(page, "picture-none", { thing, place });
  await page.getByLabel("Choose a file").setInputFiles(file("notes.png", Buffer.from("no picture at all")));
  await button(page, "Save picture").click();
  await page.locator("#file-error").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "errors");
  await look(page, "picture-error", { thing: `Error: ${thing}`, place, status: 400 });
  await page.getByLabel("Choose a file").setInputFiles(file("aarti.png", portrait(900, 1200)));
  await button(page, "Save picture").click();
  await page.getByText("Picture saved.").waitFor();
  const thumb = page.locator(".banner img");
  assert.deepEqual(await loaded(thumb), [96, 96]);
  await look(page, "patient-with-picture", { thing: thing.replace("Picture of ", ""), place });
  await page.goto("/patients");
  assert.deepEqual(await loaded(page.locator("#rows img").first()), [96, 96]);
  await look(page, "patients-with-picture", { thing: "Patients", place });

  act("a photo of a phone is larger than what is taken");
  let seed = 7;
  const noise = () => { seed = (seed * 16807) % 2147483647; return seed & 255; };
  const large = png(2400, 1600, (x) => (x < 1200 ? [220, 30 + (noise() & 31), noise()] : [30, noise() & 31, 220]));
  assert(large.length > 5 * 1024 * 1024, `${large.length}`);
  await page.goto(`${hers}/picture`);
  assert.deepEqual(await loaded(page.getByAltText(`Picture of ${name}`)), [600, 800]);
  await page.getByLabel("Choose a file").setInputFiles(file("phone.png", large));
  await page.waitForFunction(() => document.querySelector("#file").files[0].size < 5 * 1024 * 1024);
  await button(page, "Save picture").click();
  await page.getByText("Picture saved.").waitFor();
  await page.goto(`${hers}/picture`);
  assert.deepEqual(await loaded(page.getByAltText(`Picture of ${name}`)), [800, 534]);
  await page.getByLabel("Choose a file").setInputFiles(file("aarti.png", portrait(900, 1200)));
  await button(page, "Save picture").click();
  await page.getByText("Picture saved.").waitFor();
  await page.goto(`${hers}/picture`);
  await look(page, "picture", { thing, place });

  act("a picture is removed after a question");
  await link(page, "Remove").click();
  const dialog = page.locator("dialog#ask");
  await dialog.getByRole("heading").waitFor();
  await look(page, "picture-remove-ask", { thing, place });
  await dialog.getByText("Keep the picture").click();
  await dialog.getByRole("heading").waitFor({ state: "hidden" });
  await page.goto(`${hers}/picture/remove`);
  await look(page, "picture-remove", { thing: `Remove the picture of ${thing.replace("Picture of ", "")}`, place });
  await button(page, "Remove picture").click();
  await page.getByText("Picture removed.").waitFor();
  assert.equal(await page.locator(".banner img").count(), 0);

  act("a picture is given and removed without a script");
  await plain.goto(hers);
  await openIn(plain);
  await button(plain, "Save picture").click();
  await plain.locator("#file-error").waitFor();
  await plain.getByLabel("Choose a file").setInputFiles(file("phone.png", large));
  await button(plain, "Save picture").click();
  await plain.locator("#file-error", { hasText: "more than 5 MB" }).waitFor();
  await plain.getByLabel("Choose a file").setInputFiles(file("aarti.png", portrait(300, 300)));
  await button(plain, "Save picture").click();
  await plain.getByText("Picture saved.").waitFor();
  await openIn(plain);
  await link(plain, "Remove").click();
  await button(plain, "Remove picture").click();
  await plain.getByText("Picture removed.").waitFor();
}
