// consult.js: the note of a consultation keeps itself. What is typed is on the server within five seconds, or a red bar
// says since when it is not; nothing goes into browser storage. Two texts of one note stand side by side until somebody
// chooses. Once the session is over the page is out of sight, and comes back for the same person only.
(() => {
  "use strict";
  const doc = document;
  const { body } = doc;
  const { one, all, on, parse } = hms;
  const form = one("form[data-draft]");
  if (!form) return;

  // Milliseconds: a pause in typing, the longest wait while somebody types on, the next try after a failure, no answer.
  const [QUIET, LONGEST, AGAIN, PATIENCE] = [1500, 3500, 4000, 10_000];
  const parts = all("textarea[name]", form);
  const [saved, alarm, both] = ["#saved", "#unsaved", "#both"].map((id) => one(id));
  const field = (name) => form.elements[name];
  const text = () => parts.map((part) => part.value.replaceAll("\r\n", "\n")).join("\u0000");
  const partOf = (root, name) => one(`textarea[data-part="${name}"]`, root);

  let changes = 0; // made so far
  let first = 0; // when the first of those that are not saved was made
  let timer, sending, waiting, over;
  let stopped = Boolean(one("[data-both]", both));
  // What this tab sent last: its own text coming back is no conflict.
  const sent = [];

  const fields = (act, template) => {
    const data = new URLSearchParams({ act, template_id: template });
    for (const part of parts) data.set(part.name, part.value);
    for (const name of ["version", "author", "copied_from"]) data.set(name, field(name).value);
    return data;
  };

  // ---------- The page while nobody is signed in ----------
  let kept;
  const hide = () => {
    if (kept) return;
    kept = doc.createDocumentFragment();
    kept.append(...body.childNodes);
    const main = doc.createElement("main");
    main.className = "auth-form";
    const [head, said, link] = ["h1", "p", "a"].map((tag) => doc.createElement(tag));
    head.textContent = "Your session has ended";
    said.textContent = "What you typed is kept in this tab, for you alone. Sign in again and come back: it is saved then.";
    Object.assign(link, { className: "btn btn-primary", href: "/sign-in", target: "_blank", rel: "noopener", textContent: "Sign in again" });
    main.append(head, said, link);
    body.replaceChildren(main);
    link.focus();
  };
  const show = () => {
    if (!kept) return;
    body.replaceChildren(kept);
    kept = null;
    doc.documentElement.classList.remove("is-gone");
  };
  // Somebody else is signed in: nothing of this page is theirs.
  const leave = () => {
    [kept, over, stopped] = [null, true, true];
    parts.forEach((part) => { part.value = ""; });
    form.dispatchEvent(new Event("hms:saved", { bubbles: true }));
    body.replaceChildren();
    location.replace("/home");
  };
  addEventListener("beforeunload", (event) => { if (kept) event.preventDefault(); });

  // ---------- Saving ----------
  const plan = (wait) => {
    clearTimeout(timer);
    if (stopped || over) return;
    timer = setTimeout(save, wait ?? Math.max(0, Math.min(QUIET, first + LONGEST - Date.now())));
  };
  const fill = (root) => parts.forEach((part) => {
    const new_text = partOf(root, part.name);
    if (new_text) part.value = new_text.value;
  });
  const isSaved = (number) => {
    alarm.hidden = true;
    if (changes !== number) { first = Date.now(); plan(); return; }
    first = 0;
    form.dispatchEvent(new Event("hms:saved", { bubbles: true }));
  };
  const accept = (root, number) => {
    const mark = one("[data-saved]", root);
    if (!mark) { trouble(null); return; }
    show();
    field("version").value = mark.dataset.version;
    one("[data-since]", alarm).textContent = mark.dataset.time;
    fill(root);
    saved.replaceChildren(doc.importNode(mark, true));
    isSaved(number);
  };
  const meet = (root, number) => {
    const found = one("[data-both]", root);
    const theirs = parts.map((part) => partOf(found, part.name).value).join("\u0000");
    show();
    field("version").value = found.dataset.version;
    // The answer to an earlier save of this tab was lost.
    if (theirs === text()) { isSaved(number); return; }
    if (sent.includes(theirs)) { plan(0); return; }
    stopped = true;
    both.replaceChildren(doc.importNode(found, true));
    all("[data-needs-js]", both).forEach((part) => { part.hidden = false; });
    alarm.hidden = false;
    one("button", both).focus();
  };
  const trouble = (answer) => {
    alarm.hidden = false;
    // Nobody used this tab for a while: the way back stays in sight.
    if (kept) doc.documentElement.classList.remove("is-gone");
    if (answer && answer.status === 401) {
      if (answer.headers.get("hx-redirect")) doc.dispatchEvent(new Event("hms:lock")); else hide();
    }
    plan(AGAIN);
  };
  const refuse = (root) => {
    const said = one("[data-refused]", root);
    if (said && said.dataset.code === "notes.elsewhere") { leave(); return; }
    stopped = true;
    show();
    alarm.hidden = false;
    if (said) one("[data-why]", alarm).textContent = said.textContent.trim();
  };
  async function save(act = "save", template = "") {
    if (sending || stopped || over) return;
    clearTimeout(timer);
    sending = true;
    const number = changes;
    sent.push(text());
    if (sent.length > 5) sent.shift();
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), PATIENCE);
    let answer = null;
    let page = "";
    try {
      answer = await fetch(form.dataset.draft, {
        method: "POST", body: fields(act, template), signal: stop.signal,
        headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      });
      page = await answer.text();
    } catch { answer = null; }
    clearTimeout(limit);
    sending = false;
    if (answer && answer.ok && !answer.redirected) accept(parse(page), number);
    else if (answer && answer.status === 412) meet(parse(page), number);
    else if (answer && [403, 404, 409, 422].includes(answer.status)) refuse(parse(page));
    else trouble(answer);
    if (waiting && !stopped) { const button = waiting; waiting = null; form.requestSubmit(button); }
  }

  const changed = () => { changes += 1; first ||= Date.now(); plan(); };
  form.addEventListener("input", (event) => { if (event.target.matches("textarea")) changed(); });
  addEventListener("online", () => { if (first) save(); });
  on("visibilitychange", () => { if (first) save(); });

  // ---------- Choosing between two texts ----------
  both.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-keep]");
    if (!choice) return;
    const found = one("[data-both]", both);
    field("version").value = found.dataset.version;
    if (choice.dataset.keep === "saved") fill(found);
    stopped = false;
    both.replaceChildren();
    changed();
    save();
    parts[0].focus();
  });

  // ---------- Buttons ----------
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && (button.matches("[data-save]") || button.matches("[data-template]"))) {
      event.preventDefault();
      event.stopPropagation();
      const choice = field("template_id");
      if (button.matches("[data-save]")) save();
      else if (choice.value) { save("template", choice.value); choice.value = ""; }
      return;
    }
    // Signing waits for the save that is under way, so that it signs the version that is there.
    if (sending) {
      event.preventDefault();
      event.stopPropagation();
      waiting = button;
      return;
    }
    clearTimeout(timer);
    over = true;
  });
  addEventListener("pageshow", (event) => { if (event.persisted) over = false; });
  on("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const earlier = button.closest("[data-earlier]");
    all("[data-said]", earlier).forEach((said) => {
      const part = field(said.dataset.said);
      part.value = part.value.trim() ? `${part.value.trimEnd()}\n${said.textContent}` : said.textContent;
    });
    field("copied_from").value = earlier.dataset.earlier;
    changed();
    parts[0].focus();
  });
})();
