// hms.js: what pages do beyond links and forms. Every page works without it.
// No eval, no inline handlers, nothing kept in browser storage (the theme is a cookie).
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

  // ---------- Theme ----------
  on("click", (event) => {
    const button = event.target.closest("[data-colours]");
    if (!button) return;
    const theme = button.dataset.colours;
    doc.documentElement.dataset.bsTheme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    doc.cookie = `hms_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    all("[data-colours]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  });

  // ---------- Dialogs ----------
  // <button data-open="id"> opens a dialog of this page. <a data-confirm href="/x/suspend"> shows the
  // question of that page ([data-ask]) in a dialog; if anything fails, the link opens the page.
  on("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) { closeMenus(); one("#" + opener.dataset.open).showModal(); return; }
    if (event.target.closest("dialog [data-close]")) { event.preventDefault(); event.target.closest("dialog").close(); return; }
    const link = event.target.closest("a[data-confirm]");
    const dialog = one("#ask");
    if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const menu = link.closest("details.menu");
    if (menu) { menu.open = false; one("summary", menu).focus(); }
    fetch(link.href, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then((text) => {
        const question = one("[data-ask]", new DOMParser().parseFromString(text, "text/html"));
        dialog.replaceChildren(doc.importNode(question, true));
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
    const start = () => { timer = setTimeout(() => toast.remove(), 6000); };
    const stop = () => clearTimeout(timer);
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusout", start);
    start();
  };
  const toasts = one("#toasts");
  if (toasts) {
    all("[data-toast]", toasts).forEach(watchToast);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
      if (node.nodeType === 1 && node.matches("[data-toast]")) watchToast(node);
    }))).observe(toasts, { childList: true });
  }

  // ---------- Forms ----------
  // While sending: no second submit, and the button says so. Text that was not sent is asked about.
  const dirty = new Set();
  on("input", (event) => { const form = event.target.form; if (form && "guard" in form.dataset) dirty.add(form); });
  on("submit", (event) => {
    const form = event.target;
    dirty.delete(form);
    // A file leaves the page as it is.
    if (event.defaultPrevented || form.method === "dialog" || "saves" in form.dataset) return;
    const button = event.submitter;
    // Next tick: a disabled button would not be sent along.
    setTimeout(() => all("button[type=submit], button:not([type])", form).forEach((other) => {
      other.disabled = true;
      if (other === button && other.dataset.busy) { other.dataset.idle = other.innerHTML; other.textContent = other.dataset.busy; }
    }));
  });
  addEventListener("beforeunload", (event) => { if ([...dirty].some((form) => form.isConnected)) event.preventDefault(); });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all("button:disabled").forEach((button) => {
      button.disabled = false;
      if (button.dataset.idle) { button.innerHTML = button.dataset.idle; delete button.dataset.idle; }
    });
  });
  // A phone's photo is often larger than what is taken: made smaller before it is sent. If that fails, HMS says why.
  on("change", async ({ target }) => {
    const most = target.dataset.maxMb * 1048576;
    const [file] = target.files || [];
    if (!file || !(file.size > most)) return;
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
      const canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
      const paper = canvas.getContext("2d");
      paper.fillStyle = "#fff";
      paper.fillRect(0, 0, canvas.width, canvas.height);
      paper.drawImage(image, 0, 0, canvas.width, canvas.height);
      const files = new DataTransfer();
      files.items.add(new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "picture.jpg"));
      target.files = files.files;
    } catch {}
  });
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

  // What was shown for a while is masked again by itself.
  const maskAgain = (part) => setTimeout(() => {
    if (!part.isConnected) return;
    const before = one("template", part).content.firstElementChild.cloneNode(true);
    part.replaceWith(before);
    if (globalThis.htmx) globalThis.htmx.process(before);
  }, Number(part.dataset.maskAfter) * 1000);
  on("htmx:afterSwap", () => all("[data-mask-after]:not([data-masking])").forEach((part) => { part.dataset.masking = ""; maskAgain(part); }));

  // ---------- htmx: waiting, focus, failure ----------
  on("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  on("htmx:afterRequest", (event) => event.detail.target.removeAttribute("aria-busy"));
  on("htmx:afterSettle", (event) => {
    const region = event.detail.elt;
    reveal(region);
    const errors = one("#errors", region);
    if (errors) { errors.focus(); return; }
    if (doc.activeElement && doc.activeElement !== doc.body) return;
    // The control that asked is gone: go on at the heading or at the list.
    const next = one("h1", region) || one(".table-wrap", region) || region;
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus({ preventScroll: next.matches(".table-wrap") });
  });
  const failed = (event) => {
    const { target, xhr } = event.detail;
    one(".js-failed", target)?.remove();
    const notice = doc.createElement("div");
    notice.className = "notice is-danger js-failed";
    notice.setAttribute("role", "alert");
    const words = doc.createElement("div");
    const signedOut = xhr && xhr.status === 401;
    const id = xhr && xhr.getResponseHeader("x-request-id");
    words.textContent = signedOut
      ? "Your session has ended. "
      : xhr && xhr.status ? "This did not load. What you see is from before. " : "HMS did not answer. Check the network. What you see is from before. ";
    const link = doc.createElement("a");
    link.href = signedOut ? "/sign-in" : location.href;
    link.textContent = signedOut ? "Sign in again" : "Try again";
    words.append(link);
    if (id && !signedOut) {
      const small = doc.createElement("p");
      small.className = "tiny muted";
      small.textContent = `Request ${id}`;
      words.append(small);
    }
    notice.append(words);
    target.prepend(notice);
  };
  on("htmx:responseError", failed);
  on("htmx:sendError", failed);
  on("htmx:timeout", failed);

  // ---------- Keyboard ----------
  const inField = (target) => target.closest("input, select, textarea, [contenteditable]");
  const press = (key) => { const part = one(`main [aria-keyshortcuts="${key}"]`); if (part) part.click(); return part; };
  const row = (step) => {
    const links = all("table.data tbody tr").map((line) => one("a[href]", line)).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr").contains(doc.activeElement));
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (next) next.focus();
    return next;
  };
  let leader = 0;
  on("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (inField(event.target)) return;
    const key = event.key;
    let done = true;
    if (Date.now() - leader < 1500) {
      leader = 0;
      const place = all("[data-go]").find((part) => part.textContent === key);
      if (place) location.assign(place.dataset.go); else done = false;
    } else if (key === "g") leader = Date.now();
    else if (key === "/") {
      const search = one("main [data-search]") || one("#omni");
      if (search) { search.focus(); search.select(); } else done = false;
    } else if (key === "?") { const list = one("#keys"); if (list) list.showModal(); else done = false; }
    else if (key === "j" || key === "k") done = row(key === "j" ? 1 : -1);
    else if (key === "n" || key === "u" || key === "[" || key === "]") done = press(key);
    else done = false;
    if (done) event.preventDefault();
  });

  // ---------- Start ----------
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
