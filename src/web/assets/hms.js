// hms.js: what every page does beyond links and forms; each works without it. Signed-in pages have keys.js, palette.js
// and lock.js as well.
// No eval, no inline handlers, nothing kept in browser storage (theme and keys are cookies).
(() => {
  "use strict";
  const doc = document;
  const one = (selector, root = doc) => root.querySelector(selector);
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const on = (type, act) => doc.addEventListener(type, act);

  // ---------- Parts that only make sense with a script ----------
  const reveal = (root) => all("[data-needs-js]", root).forEach((part) => { part.hidden = false; });

  // ---------- Menus: one open at a time, closed by Esc and by a click elsewhere ----------
  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  on("click", (event) => closeMenus(event.target.closest("details.menu")));
  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; one("summary", menu).focus(); event.stopPropagation(); }
  });

  // ---------- Switches that the server reads from a cookie ----------
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    doc.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };
  const choose = (attribute, act) => on("click", (event) => {
    const button = event.target.closest(`[${attribute}]`);
    if (!button) return;
    all(`[${attribute}]`).forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    act(button.getAttribute(attribute));
  });
  choose("data-colours", (theme) => { doc.documentElement.dataset.bsTheme = theme; keep("hms_theme", theme); });

  // ---------- Dialogs ----------
  // <button data-open="id"> opens a dialog of this page. <a data-confirm href="…"> shows the question of that page
  // ([data-ask]) in one; if anything fails, the link opens the page.
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  on("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const menu = opener.closest("details.menu");
      if (menu) one("summary", menu).focus();
      closeMenus();
      one("#" + opener.dataset.open).showModal();
      return;
    }
    const close = event.target.closest("dialog [data-close]");
    if (close) { event.preventDefault(); close.closest("dialog").close(); return; }
    const link = event.target.closest("a[data-confirm]");
    const dialog = one("#ask");
    if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const menu = link.closest("details.menu");
    if (menu) { menu.open = false; one("summary", menu).focus(); }
    fetch(link.href, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then((text) => {
        dialog.replaceChildren(doc.importNode(one("[data-ask]", parse(text)), true));
        // The page below keeps its own first heading.
        const title = doc.createElement("h2");
        title.id = "ask-h";
        title.append(...one("#ask-h", dialog).childNodes);
        one("#ask-h", dialog).replaceWith(title);
        reveal(dialog);
        dialog.showModal();
      })
      .catch(() => location.assign(link.href));
  });

  // ---------- Toasts: 6 seconds, longer while looked at ----------
  const watchToast = (toast) => {
    let timer;
    const stop = () => clearTimeout(timer);
    const start = () => {
      stop();
      if (!toast.matches(":hover, :focus-within")) timer = setTimeout(() => toast.remove(), 6000);
    };
    for (const type of ["mouseenter", "focusin"]) toast.addEventListener(type, stop);
    // The focus has moved on only after its event.
    for (const type of ["mouseleave", "focusout"]) toast.addEventListener(type, () => setTimeout(start));
    start();
  };
  const toasts = one("#toasts");
  all("[data-toast]", toasts).forEach(watchToast);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
    if (node.nodeType === 1 && node.matches("[data-toast]")) watchToast(node);
  }))).observe(toasts, { childList: true });

  // ---------- Forms ----------
  // While sending: no second submit, and the button says so. Text that was not sent is asked about.
  const dirty = new Set();
  on("input", (event) => { const form = event.target.form; if (form && "guard" in form.dataset) dirty.add(form); });
  const enable = (button) => {
    button.disabled = false;
    if (button.dataset.idle) { button.innerHTML = button.dataset.idle; delete button.dataset.idle; }
  };
  on("submit", (event) => {
    const form = event.target;
    dirty.delete(form);
    // A file leaves the page as it is.
    if (event.defaultPrevented || form.method === "dialog" || "saves" in form.dataset) return;
    const sent = event.submitter;
    // Next tick: a disabled button would not be sent along.
    setTimeout(() => [...form.elements].filter((part) => part.type === "submit").forEach((button) => {
      button.disabled = true;
      if (button === sent && button.dataset.busy) { button.dataset.idle = button.innerHTML; button.textContent = button.dataset.busy; }
    }));
  });
  // A form that keeps itself.
  on("hms:saved", (event) => dirty.delete(event.target));
  const unsaved = () => [...dirty].some((form) => form.isConnected);
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  addEventListener("pageshow", (event) => { if (event.persisted) all("button:disabled").forEach(enable); });
  // A summary of errors leads to its fields, and the field gets the focus.
  on("click", (event) => {
    const link = event.target.closest("#errors a[href^='#']");
    const field = link && doc.getElementById(link.hash.slice(1));
    if (field) { event.preventDefault(); field.focus(); }
  });
  // "Show" beside a password.
  on("click", (event) => {
    const button = event.target.closest("[data-show]");
    const field = button && doc.getElementById(button.dataset.show);
    if (!field) return;
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });

  // ---------- htmx: waiting, focus, failure ----------
  on("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  const focus = (part, scroll = true) => {
    if (!part.matches("a[href], button, input, select, textarea, summary, [tabindex]")) part.tabIndex = -1;
    part.focus({ preventScroll: !scroll });
  };
  const isLost = () => !doc.activeElement || doc.activeElement === doc.body;
  // A row that goes hands the focus to the one after it, or before.
  let heir;
  on("htmx:beforeSwap", ({ detail: { target, serverResponse } }) => {
    const row = !serverResponse.trim() && target.closest("li, tbody tr");
    heir = row && row.contains(doc.activeElement) && (row.nextElementSibling || row.previousElementSibling || row.closest(".panel"));
  });
  on("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
    if (heir && heir.isConnected && isLost()) focus(one("a[href], button", heir) || heir);
    heir = null;
  });
  on("htmx:afterSettle", ({ detail: { elt: region } }) => {
    reveal(region);
    const said = region.matches("[data-say]") ? region : one("[data-say]", region);
    if (said) one("#said").textContent = said.textContent.trim();
    const wanted = one("#errors, [data-focus]", region);
    if (wanted) { focus(wanted); return; }
    if (!isLost() || region.dataset.still) return;
    // The control that asked is gone: go on at the heading or at the list.
    const list = one(".table-wrap", region);
    focus(one("h1", region) || list || region, !list);
  });
  const failed = (event) => {
    const { target, xhr } = event.detail;
    // On its way to the lock.
    if (xhr && xhr.getResponseHeader("hx-redirect")) return;
    one(".trouble-part", target)?.remove();
    const notice = doc.importNode(one("#trouble").content, true).firstElementChild;
    const ended = xhr && xhr.status === 401;
    const id = xhr && xhr.getResponseHeader("x-request-id");
    one("[data-sentence]", notice).textContent = ended
      ? "Your session has ended."
      : xhr && xhr.status ? "This did not load. What you see is from before." : "HMS did not answer. Check the network. What you see is from before.";
    const link = one("a", notice);
    link.href = ended ? "/sign-in" : location.href;
    if (ended) link.textContent = "Sign in again";
    if (id && !ended) {
      one("[data-request]", notice).textContent = id;
      one("[data-request]", notice).parentElement.hidden = false;
    }
    if (target.matches(".lazy")) target.replaceChildren(notice); else target.prepend(notice);
  };
  on("htmx:responseError", failed);
  on("htmx:sendError", failed);
  on("htmx:timeout", failed);

  // ---------- Start ----------
  globalThis.hms = Object.freeze({ one, all, on, parse, keep, choose, closeMenus, unsaved });
  reveal(doc);
  // A blank sign-up form: the hospital is most likely where its first administrator sits. Chromium still says some
  // places by their old names.
  const zones = one("form[action='/sign-up'] select#time_zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const renamed = { "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu", "Asia/Rangoon": "Asia/Yangon", "Asia/Saigon": "Asia/Ho_Chi_Minh" };
  const zone = renamed[here] || here;
  if (zones && !one("#name").value && [...zones.options].some((option) => option.value === zone)) zones.value = zone;
  // autofocus does this too; here for pages that came back from the browser's cache.
  one("#errors")?.focus();
})();
