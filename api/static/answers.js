const QUIET_MS = 120;
const form = document.querySelector("[data-live]");
const live = document.querySelector("#live");
const results = document.querySelector("#results");
const main = document.querySelector("#main");

function button(form, label, name) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.copy = form;
  made.textContent = label;
  made.setAttribute("aria-label", name);
  return made;
}

function reveal(scope) {
  for (const element of scope.querySelectorAll(".narrow, .keys")) element.hidden = false;
  for (const place of scope.querySelectorAll(".copy")) {
    if (place.dataset.of === "draft") {
      place.replaceChildren(button("draft", "Copy draft", "Copy draft"));
      continue;
    }
    const buttons = [button("markdown", "Markdown", "Copy quote as Markdown"), button("slack", "Slack", "Copy quote for Slack")];
    place.replaceChildren("Copy quote: ", ...buttons);
  }
}

function address(fields) {
  const query = new URLSearchParams();
  for (const [name, value] of fields) if (value) query.append(name, value);
  return query.toString();
}

class LiveSearch {
  constructor(form) {
    this.form = form;
    this.input = form.elements.q;
    this.shown = this.input.value;
    this.form.addEventListener("input", (event) => event.target === this.input && this.soon());
    this.form.addEventListener("change", (event) => event.target !== this.input && form.requestSubmit());
    this.form.addEventListener("submit", (event) => this.submitted(event));
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), QUIET_MS);
  }

  submitted(event) {
    const first = results.querySelector(".open");
    if (event.submitter && first && this.input.value === this.shown) {
      event.preventDefault();
      first.focus();
      return;
    }
    for (const control of this.form.elements) if (control.name && !control.value) control.disabled = true;
    setTimeout(() => { for (const control of this.form.elements) control.disabled = false; });
  }

  async search() {
    const text = this.input.value;
    this.running?.abort();
    main.classList.remove("busy");
    if (text.trim() === this.shown.trim()) return;
    this.running = new AbortController();
    const query = address(new FormData(this.form));
    main.classList.add("busy");
    try {
      const response = await fetch(`/fragments/results?${query}`, { signal: this.running.signal, headers: { Accept: "text/html" } });
      if (!response.ok) throw new Error(response.statusText);
      this.show(await response.text(), text, query);
    } catch (error) {
      if (error.name === "AbortError") return;
      main.classList.remove("busy");
      live.textContent = "The search could not be reached.";
    }
  }

  show(html, text, query) {
    this.shown = text;
    results.innerHTML = html;
    reveal(results);
    main.classList.remove("busy", "home");
    main.classList.toggle("home", !text.trim());
    document.querySelector(".welcome")?.toggleAttribute("hidden", Boolean(text.trim()));
    history.replaceState(null, "", query ? `/?${query}` : "/");
    document.title = text.trim() ? `${text} · Answers` : "Answers";
    live.textContent = results.querySelector("[data-status]")?.dataset.status ?? "";
  }
}

function stops() {
  return [...document.querySelectorAll("#results .open")];
}

function move(step) {
  const links = stops();
  const at = links.indexOf(document.activeElement);
  const input = form.elements.q;
  if (at + step < 0) input.focus();
  else links[Math.min(at + step, links.length - 1)]?.focus();
}

function typing(element) {
  return element.closest("input, select, textarea, [contenteditable]") !== null;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const focus = document.querySelector("[data-search-focus]");
  const inSearch = event.target === focus;
  if (event.key === "/" && !typing(event.target) && focus) {
    event.preventDefault();
    focus.focus();
    focus.select();
  } else if (form && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    if (!inSearch && !event.target.matches?.(".open")) return;
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && focus && (inSearch || event.target.matches?.(".open"))) {
    event.preventDefault();
    focus.value = "";
    focus.focus();
    focus.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function quoteOf(place) {
  const picked = getSelection();
  const text = picked && !picked.isCollapsed && place.contains(picked.anchorNode) ? picked.toString() : "";
  if (text.trim()) return text.trim();
  const open = place.querySelector(".whole[open] .full") ?? place.querySelector(":scope > article > .full");
  if (open) return open.innerText.trim();
  const marks = [...place.querySelectorAll(".excerpt mark")].map((mark) => mark.textContent).join("");
  return marks.trim() || place.querySelector(".excerpt").innerText.trim();
}

const FORMATS = {
  markdown: (lines, place, url) => `${lines.map((line) => `> ${line}`).join("\n")}\n>\n> — ${place.speaker}, *${place.book}* ([thread](${url}))`,
  slack: (lines, place, url) => `${lines.map((line) => `> ${line}`).join("\n")}\n— *${place.speaker}*, _${place.book}_ ${url}`,
};

function quote(button) {
  const place = button.closest(".card, .turn");
  const [url] = (place.querySelector(".open")?.href ?? new URL(`#${place.id}`, location.href).href).split(":~:");
  const book = place.querySelector(".book-name") ?? document.querySelector(".book-name");
  const source = { speaker: place.querySelector(".name").textContent, book: book.textContent };
  return FORMATS[button.dataset.copy](quoteOf(place).split("\n"), source, url);
}

async function copied(button) {
  const draft = button.dataset.copy === "draft";
  const text = draft ? button.closest(".left").querySelector("textarea").value : quote(button);
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  setTimeout(() => { button.textContent = label; }, 1600);
}

async function judged(event) {
  const verdict = event.submitter?.closest(".verdict");
  if (!verdict) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target, event.submitter));
  const response = await fetch(event.target.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  const note = document.createElement("p");
  note.className = "noted";
  note.setAttribute("role", "status");
  note.textContent = response?.ok ? "Noted, thank you." : response?.status === 429 ? "That was a lot at once: wait a minute." : "That could not be kept.";
  verdict.replaceWith(note);
}

function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function narrow(input) {
  const wanted = folded(input.value).split(/\s+/);
  const items = [...document.querySelectorAll(input.dataset.narrow)];
  for (const item of items) {
    const text = folded(item.textContent);
    item.hidden = !wanted.every((word) => text.includes(word));
  }
  input.nextElementSibling.textContent = items.every((item) => item.hidden) ? "Nothing in this list has all of these words." : "";
  for (const section of document.querySelectorAll("main section")) {
    section.hidden = section.querySelector(`${input.dataset.narrow}:not([hidden])`) === null;
  }
}

reveal(document);
if (form) new LiveSearch(form);
document.addEventListener("keydown", pressed);
document.addEventListener("submit", judged);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copied(button);
});
document.addEventListener("input", (event) => event.target.dataset.narrow && narrow(event.target));
