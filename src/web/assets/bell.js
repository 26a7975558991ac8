// bell.js: asks whether an alarm waits, as long as somebody sees the page and may know. Most answers are that nothing
// has changed, from memory.
(() => {
  "use strict";
  const { one, on } = hms;
  let asked = Date.now();
  setInterval(() => {
    const bell = one("#bell");
    if (!bell || document.hidden || Date.now() - asked < Number(bell.dataset.every)) return;
    asked = Date.now();
    htmx.trigger(bell, "ask");
  }, 500);
  // Signed out elsewhere, suspended, no longer allowed: nobody may take silence for "no alarm".
  on("htmx:responseError", ({ detail: { elt, xhr } }) => {
    if (elt.id === "bell" && [401, 403].includes(xhr.status)) {
      elt.replaceWith(document.importNode(one("#no-bell").content, true));
      one("#said").textContent = one(".bell.is-off").getAttribute("aria-label");
    }
  });
})();
