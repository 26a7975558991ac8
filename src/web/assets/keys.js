// keys.js: the keyboard and the printing of signed-in pages. What `?` shows is what works, and only where it works.
// Keys without Ctrl or Alt do nothing inside fields, and nothing at all once they are turned off (WCAG 2.1.4).
(() => {
  "use strict";
  const doc = document;
  const { one, all, on, keep, choose } = hms;

  // <button data-print> prints the page as it stands.
  on("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

  choose("data-single-keys", (state) => { doc.body.dataset.keys = state; keep("hms_keys", state); });

  const inField = (target) => target.closest("input, select, textarea, [contenteditable]");
  const press = (key) => { const part = one(`main [aria-keyshortcuts="${key}"]`); if (part) part.click(); return part; };
  const ROWS = "main table.data tbody tr, main ul.list > li";
  const step = (by) => {
    const links = all(ROWS).map((row) => one("a[href], summary, button", row)).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr, li").contains(doc.activeElement));
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) next.focus();
    return next;
  };
  const showKeys = () => {
    all("#keys [data-needs]").forEach((line) => { line.hidden = !one(line.dataset.needs); });
    one("#keys").showModal();
    return true;
  };
  // The menu opens the same list.
  on("click", (event) => { if (event.target.closest("[data-open=keys]")) { one("#keys").close(); showKeys(); } });
  // As its main button would.
  const save = (form) => {
    const button = [...form.elements].find((part) => part.type === "submit" && part.matches(".btn-primary"));
    form.requestSubmit(button);
    return true;
  };

  let leader = 0;
  const single = (key) => {
    if (Date.now() - leader < 1500) {
      leader = 0;
      const place = all("[data-go]").find((part) => part.textContent === key);
      if (place) location.assign(place.dataset.go);
      return place;
    }
    switch (key) {
      case "g": leader = Date.now(); return true;
      case "/": { const field = one("main [data-search]") || one("#omni"); field.focus(); field.select(); return true; }
      case "?": return showKeys();
      case "j": return step(1);
      case "k": return step(-1);
      case "n": case "u": case "[": case "]": return press(key);
      default: return false;
    }
  };

  on("keydown", (event) => {
    const { key, target } = event;
    // Nothing while a word is composed, and nothing behind the locked screen.
    if (event.defaultPrevented || event.isComposing || !one("#keys")) return;
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const dialog = one("dialog[open]");
    let done = false;
    if (command && key.toLowerCase() === "k") done = (!dialog || dialog.id === "palette") && doc.dispatchEvent(new Event("hms:palette"));
    else if (command && key === "Enter") { const form = target.form; done = form && form.method === "post" && form.role !== "search" && save(form); }
    // With Option, the key L may stand for another sign: then it is typed.
    else if (event.altKey && !event.ctrlKey && !event.metaKey) done = (key.toLowerCase() === "l" || (event.code === "KeyL" && !inField(target))) && doc.dispatchEvent(new Event("hms:lock"));
    else if (event.ctrlKey || event.metaKey || dialog || inField(target)) return;
    else if (key === "ArrowDown" || key === "ArrowUp") done = target.closest(ROWS) && !target.closest("details[open]") && step(key === "ArrowDown" ? 1 : -1);
    else if (doc.body.dataset.keys !== "off") done = single(key);
    if (done) event.preventDefault();
  });
})();
