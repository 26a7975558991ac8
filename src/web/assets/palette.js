// palette.js: Ctrl K. A combobox over the answer of POST /search, which is a page of its own without a script.
// The focus stays in the field; the chosen option is told by aria-activedescendant (ARIA 1.2).
(() => {
  "use strict";
  const doc = document;
  const { one, all, on, closeMenus } = hms;
  const dialog = one("#palette");
  const field = one("[role=combobox]", dialog);
  const options = () => all("[role=option]", dialog);
  let chosen = -1;
  let waiting = false;

  const choose = (at) => {
    const list = options();
    chosen = list.length ? (at + list.length) % list.length : -1;
    list.forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    const option = list[chosen];
    if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else field.removeAttribute("aria-activedescendant");
  };
  // A scanner types a code and Enter at once: the options may still be those of the text before.
  const isAnswered = () => one("#palette-list").dataset.for === field.value;
  const go = () => {
    const option = options()[chosen];
    if (option) option.click(); else one("#palette-form").requestSubmit();
  };

  on("hms:palette", () => {
    if (dialog.open) { field.select(); return; }
    closeMenus();
    field.value = "";
    waiting = false;
    dialog.showModal();
    field.focus();
    field.dispatchEvent(new Event("palette"));
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); choose(chosen + step); }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (isAnswered()) go(); else waiting = true;
    }
  });
  field.addEventListener("input", () => { waiting = false; });
  on("htmx:afterSettle", ({ detail: { elt } }) => {
    if (elt.id !== "palette-list") return;
    const options = one("[role=listbox]", elt);
    field.setAttribute("aria-expanded", String(Boolean(options)));
    field.setAttribute("aria-controls", options ? options.id : elt.id);
    choose(0);
    if (waiting && isAnswered()) { waiting = false; go(); }
  });
  // A click beside the dialog closes it.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
