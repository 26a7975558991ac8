// lock.js: what hides. A number that was shown is masked again; the screen locks when somebody asks (Alt L, the button)
// or when nobody has used any tab for a while. The server marks the session; here the page goes, at once. Text that is
// not saved is kept in this tab's memory, behind the lock, and comes back for the same person only. Nothing goes into
// browser storage.
(() => {
  "use strict";
  const doc = document;
  const { body, documentElement: root } = doc;
  const { one, all, on, parse, unsaved } = hms;
  // Tabs of one browser share the session: they are used, locked and unlocked together.
  const tabs = new BroadcastChannel("hms");
  const lockOf = (way) => `/lock?next=${encodeURIComponent(way)}`;

  if (one("[data-lock]")) {
    tabs.onmessage = ({ data }) => { if (data === "open") location.assign(lockOf(one("[data-lock] [name=next]").value)); };
    return;
  }
  tabs.postMessage("open");

  // What was shown for a while is masked again by itself.
  const mask = (part) => {
    if (!part.isConnected) return;
    const before = one("template", part).content.firstElementChild.cloneNode(true);
    part.replaceWith(before);
    if (globalThis.htmx) globalThis.htmx.process(before);
  };
  on("htmx:afterSwap", () => all("[data-mask-after]:not([data-masking])").forEach((part) => {
    part.dataset.masking = "";
    setTimeout(mask, Number(part.dataset.maskAfter) * 1000, part);
  }));

  const form = one("#lock");
  const wayBack = () => (form.elements.next.value ? location.pathname + location.search : "");
  const gone = () => root.classList.add("is-gone");

  // ---------- The page behind the lock ----------
  let kept, title, had;
  const cover = (part) => {
    const main = doc.createElement("main");
    main.id = "main";
    main.className = "auth-form";
    main.append(doc.importNode(part, true));
    body.replaceChildren(main);
    doc.title = "Screen locked · HMS";
    one("#password")?.focus();
  };
  const hide = async () => {
    [had, title] = [doc.activeElement, doc.title];
    all("dialog[open]").forEach((dialog) => dialog.close());
    all("[data-mask-after]").forEach(mask);
    kept = doc.createDocumentFragment();
    kept.append(...body.childNodes);
    doc.title = "HMS";
    for (;;) {
      const answer = await fetch("/lock", { method: "POST", body: new URLSearchParams({ next: "" }) }).catch(() => null);
      const part = answer && answer.ok && one("[data-lock]", parse(await answer.text()));
      if (part) { cover(part); return; }
      // The session is over, and the text with it.
      if (answer && answer.ok) { kept = null; location.assign("/home"); return; }
      await new Promise((again) => setTimeout(again, 3000));
    }
  };
  const show = () => {
    body.replaceChildren(kept);
    kept = null;
    doc.title = title;
    here();
    had?.focus();
    tabs.postMessage("open");
  };
  doc.addEventListener("submit", async (event) => {
    if (event.target === form) { event.preventDefault(); lock(); return; }
    if (!kept || !event.target.matches("[data-unlock]")) return;
    event.preventDefault();
    const answer = await fetch("/unlock", { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(new FormData(event.target)) }).catch(() => null);
    if (!answer) return;
    if (answer.status === 204) { show(); return; }
    // Somebody else has signed in meanwhile: their pages, not this one.
    const part = !answer.redirected && one("[data-lock]", parse(await answer.text()));
    if (part) cover(part); else { kept = null; location.assign("/home"); }
  }, true);
  addEventListener("beforeunload", (event) => { if (kept) event.preventDefault(); });

  const lock = (told = false) => {
    if (kept) return;
    if (!told) tabs.postMessage("lock");
    // Each tab says it: whichever comes first locks the session, the others find it locked.
    if (unsaved()) { hide(); return; }
    gone();
    form.elements.next.value = wayBack();
    form.submit();
  };
  on("hms:lock", () => lock());

  // ---------- Nobody there ----------
  const IDLE = Number(body.dataset.idle) * 1000;
  const WARNING = Math.min(120_000, IDLE / 2);
  const warning = one("#idle");
  let seen = Date.now();
  let told = seen;
  const used = () => { seen = Date.now(); if (warning.open) warning.close(); };
  const here = () => {
    used();
    if (seen - told > 5000) { told = seen; tabs.postMessage("here"); }
  };
  tabs.onmessage = ({ data }) => { if (data === "here") used(); else if (data === "lock") lock(true); };
  const watch = () => {
    const left = seen + IDLE - Date.now();
    if (kept) return;
    if (left <= 0) { lock(); return; }
    if (left > WARNING) return;
    const seconds = Math.ceil(left / 1000);
    one("[data-left]", warning).textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (!warning.open) warning.showModal();
  };
  if (IDLE) {
    // A pointer that rests while something appears below it has not moved.
    addEventListener("pointermove", (event) => { if (event.movementX || event.movementY) here(); }, { passive: true });
    for (const type of ["keydown", "pointerdown", "wheel", "touchstart"]) addEventListener(type, here, { passive: true, capture: true });
    setInterval(watch, 1000);
    on("visibilitychange", watch);
  }

  // ---------- Back to a page that the browser kept ----------
  addEventListener("pagehide", (event) => { if (event.persisted) gone(); });
  addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    const answer = await fetch("/lock", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer && answer.status === 204) root.classList.remove("is-gone"); else location.reload();
  });
})();
