// Finding things on a page as people do: by what they are called.

export const PASSWORD = "Correct-Horse-7";

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const link = (page, name) => page.getByRole("link", { name, exact: true });
export const heading = (page, name) => page.getByRole("heading", { level: 1, name });
export const active = (page) => page.evaluate(() => document.activeElement.id);
export const path = (page) => new URL(page.url()).pathname;
// The code in the banner.
export const code = (page) => page.locator(".banner dt", { hasText: "Code" }).locator("+ dd").innerText();

export async function signIn(page, email, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await button(page, "Sign in").click();
}
