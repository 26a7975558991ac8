// bell.js: asks whether an alarm waits, as long as somebody sees the page and is signed in. Most answers are that nothing
// has changed, from memory.
(() => {
  "use strict";
  const { one, on } = hms;
  let asked = Date.now();
  const asking = setInterval(() => {
    const bell = one("#bell");
    if (!bell || document.hidden || Date.now() - asked < Number(bell.dataset.every)) return;
    asked = Date.now();
    htmx.trigger(bell, "ask");
  }, 500);
  // Signed out elsewhere: the page says so with the next thing that somebody does.
  on("htmx:responseError", (event) => {
    if (event.detail.elt.id === "bell" && event.detail.xhr.status === 401) clearInterval(asking);
  });
})();
