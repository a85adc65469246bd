const LEAST_ZOOM = 0.4;
const MOST_ZOOM = 24;
const MARGIN_PX = 18;
const NARROW_PX = 560;
const LABEL_CHARS = 26;
const NEAR_PX = 14;
const N_LISTED = 12;
const N_FETCHED = 24;
const plane = document.querySelector("[data-map]");
const canvas = plane.querySelector("canvas");
const tip = plane.querySelector(".tip");
const colour = plane.querySelector("#colour");
const listed = plane.querySelector(".near-centre");
const heading = plane.querySelector("#in-view span");
const pen = canvas.getContext("2d");
const dark = matchMedia("(prefers-color-scheme: dark)");

function hue(number) {
  return number < 0 ? "hsl(0 0% 55%)" : `hsl(${(number * 137.5) % 360} ${dark.matches ? "55% 65%" : "60% 42%"})`;
}

class Questions {
  constructor() {
    this.known = new Map();
  }

  async of(points) {
    const missing = points.filter((point) => !this.known.has(point.id));
    if (missing.length) {
      const query = new URLSearchParams(missing.map((point) => ["thread", point.id]));
      const response = await fetch(`/fragments/questions?${query}`).catch(() => null);
      const found = response?.ok ? await response.json() : {};
      for (const [id, words] of Object.entries(found)) this.known.set(id, words);
    }
    return points.map((point) => this.known.get(point.id) ?? "…");
  }
}

class Atlas {
  constructor(data) {
    this.topics = data.topics.map(([id, label, x, y]) => ({ id, label, x, y }));
    this.books = data.books;
    this.points = data.ids.split(" ").filter(Boolean).map((id, row) => ({
      id, x: data.x[row], y: data.y[row], topic: data.topic[row], book: data.book[row], answered: data.answered[row] === "1",
    }));
    this.questions = new Questions();
    this.links = new Map([...document.querySelectorAll("[data-topic]")].map((link) => [link.dataset.topic, link]));
    this.chosen = -1;
    this.pointers = new Map();
    this.wide = this.spread("x");
    this.high = this.spread("y");
    this.fit();
  }

  spread(axis) {
    const values = this.points.map((point) => point[axis]);
    const low = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
    const high = values.reduce((most, value) => Math.max(most, value), values[0] ?? 0);
    this[axis] = (low + high) / 2;
    return Math.max(high - low, 1);
  }

  fit() {
    this.zoom = 1;
    this.spread("x");
    this.spread("y");
  }

  measure() {
    const ratio = devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  get scaleX() { return ((this.width - 2 * MARGIN_PX) * this.zoom) / this.wide; }
  get scaleY() { return ((this.height - 2 * MARGIN_PX) * this.zoom) / this.high; }

  at(point) {
    return [this.width / 2 + (point.x - this.x) * this.scaleX, this.height / 2 + (point.y - this.y) * this.scaleY];
  }

  tint(point) {
    if (colour.value === "topic") return hue(point.topic);
    if (colour.value === "book") return hue(point.book);
    return point.answered ? this.ink.accent : hue(-1);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    const style = getComputedStyle(document.documentElement);
    this.ink = Object.fromEntries(["ink", "card", "accent"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
    pen.clearRect(0, 0, this.width, this.height);
    const size = Math.max(2.4, Math.min(6, 60 / Math.sqrt(this.points.length)));
    const radius = Math.min(8, size + this.zoom * 0.5);
    for (const point of this.points) {
      const [x, y] = this.at(point);
      if (x < -9 || y < -9 || x > this.width + 9 || y > this.height + 9) continue;
      pen.globalAlpha = this.chosen < 0 || point.topic === this.chosen ? 0.8 : 0.1;
      pen.fillStyle = pen.strokeStyle = this.tint(point);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      if (point.answered) pen.fill();
      else pen.stroke();
    }
    pen.globalAlpha = 1;
    this.name();
    if (this.over) this.ring(this.over, radius + 3);
  }

  ring(point, radius) {
    const [x, y] = this.at(point);
    pen.strokeStyle = this.ink.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.stroke();
    pen.lineWidth = 1;
  }

  short(label) {
    const terms = label.split(", ");
    const most = this.width < NARROW_PX ? 0 : LABEL_CHARS;
    while (terms.length > 1 && terms.join(", ").length > most) terms.pop();
    return terms.join(", ");
  }

  name() {
    const taken = [];
    pen.font = `600 12.5px ${getComputedStyle(document.body).fontFamily}`;
    pen.textAlign = "center";
    pen.lineJoin = "round";
    for (const topic of this.topics) {
      const label = this.short(topic.label);
      const half = pen.measureText(label).width / 2 + 6;
      const [middle, y] = this.at(topic);
      const near = middle > 0 && middle < this.width;
      const x = near ? Math.max(half, Math.min(this.width - half, middle)) : middle;
      const box = [x - half, y - 11, x + half, y + 7];
      const inside = box[0] > 0 && box[2] < this.width && box[1] > 0 && box[3] < this.height;
      if (!inside || taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      pen.strokeStyle = this.ink.card;
      pen.lineWidth = 4;
      pen.strokeText(label, x, y);
      pen.lineWidth = 1;
      pen.fillStyle = this.ink.ink;
      pen.fillText(label, x, y);
    }
  }

  move(dx, dy) {
    this.x = Math.max(-1100, Math.min(1100, this.x - dx / this.scaleX));
    this.y = Math.max(-1100, Math.min(1100, this.y - dy / this.scaleY));
    this.changed();
  }

  magnify(factor, px = this.width / 2, py = this.height / 2) {
    const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.zoom * factor));
    const toX = (px - this.width / 2) / this.scaleX;
    const toY = (py - this.height / 2) / this.scaleY;
    const grown = zoom / this.zoom;
    this.x += toX - toX / grown;
    this.y += toY - toY / grown;
    this.zoom = zoom;
    if (!factor) this.fit();
    this.changed();
  }

  changed() {
    this.hover(null);
    this.draw();
    clearTimeout(this.listing);
    this.listing = setTimeout(() => this.list(), 200);
  }

  async list() {
    if (listed.contains(document.activeElement)) return;
    const inView = this.shown(([x, y]) => x >= 0 && y >= 0 && x <= this.width && y <= this.height, this.width / 2, this.height / 2);
    const middle = inView.slice(0, N_LISTED);
    const total = inView.length.toLocaleString("en");
    heading.textContent = `${total} ${inView.length === 1 ? "question" : "questions"} in view${inView.length > N_LISTED ? ", those in the middle" : ""}`;
    this.listedNow = middle;
    const words = await this.questions.of(middle);
    if (this.listedNow !== middle || listed.contains(document.activeElement)) return;
    listed.replaceChildren(...middle.map((point, place) => this.item(point, words[place])));
  }

  shown(wanted, px, py) {
    const found = [];
    for (const point of this.points) {
      if (this.chosen >= 0 && point.topic !== this.chosen) continue;
      const [x, y] = this.at(point);
      if (wanted([x, y])) found.push([Math.hypot(x - px, y - py), point]);
    }
    return found.sort((one, other) => one[0] - other[0]).map(([, point]) => point);
  }

  item(point, words) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const under = document.createElement("span");
    link.href = `/threads/${encodeURIComponent(point.id)}`;
    link.dir = "auto";
    link.textContent = words;
    link.addEventListener("focus", () => { this.over = point; this.draw(); });
    link.addEventListener("blur", () => { this.over = null; this.draw(); });
    under.className = "under";
    under.textContent = this.books[point.book];
    item.append(link, under);
    return item;
  }

  nearest(px, py, within) {
    let best = null;
    let least = within ** 2;
    for (const point of this.points) {
      if (this.chosen >= 0 && point.topic !== this.chosen) continue;
      const [x, y] = this.at(point);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  }

  hover(point) {
    if (point === this.over) return;
    this.over = point;
    canvas.classList.toggle("over", Boolean(point));
    tip.hidden = !point;
    if (point) this.tell(point);
    this.draw();
  }

  async tell(point) {
    const [x, y] = this.at(point);
    const around = this.shown(() => true, x, y).slice(0, N_FETCHED);
    this.write(point, this.questions.known.get(point.id) ?? "…");
    const [words] = await this.questions.of([point, ...around.filter((other) => other !== point)]);
    if (this.over === point) this.write(point, words);
  }

  write(point, words) {
    const [x, y] = this.at(point);
    const asked = document.createElement("bdi");
    const book = document.createElement("small");
    asked.textContent = words;
    book.textContent = this.books[point.book];
    tip.replaceChildren(asked, book);
    tip.style.left = `${Math.max(4, Math.min(x + 12, this.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > this.height ? Math.max(4, y - tip.offsetHeight - 12) : y + 16}px`;
  }

  choose(id) {
    this.chosen = id === null ? -1 : this.topics.findIndex((topic) => topic.id === id);
    this.draw();
    this.list();
  }

  paintLegend() {
    plane.parentElement.dataset.colour = colour.value;
    this.topics.forEach((topic, number) => {
      const dot = this.links.get(topic.id)?.querySelector(".dot");
      if (dot) dot.style.background = hue(number);
    });
  }
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function listen(atlas) {
  let moved = 0;
  let span = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    atlas.pointers.set(event.pointerId, place(event));
    moved = atlas.pointers.size > 1 ? 99 : 0;
    span = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = place(event);
    const before = atlas.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") atlas.hover(atlas.nearest(...here, NEAR_PX));
      return;
    }
    atlas.pointers.set(event.pointerId, here);
    if (atlas.pointers.size === 2) {
      const [one, other] = [...atlas.pointers.values()];
      const wide = Math.hypot(one[0] - other[0], one[1] - other[1]);
      if (span) atlas.magnify(wide / span, (one[0] + other[0]) / 2, (one[1] + other[1]) / 2);
      span = wide;
      return;
    }
    moved += Math.hypot(here[0] - before[0], here[1] - before[1]);
    if (moved > 4) atlas.move(here[0] - before[0], here[1] - before[1]);
  });
  canvas.addEventListener("pointerup", (event) => {
    atlas.pointers.delete(event.pointerId);
    if (moved > 4) return;
    const shown = atlas.over;
    const found = atlas.nearest(...place(event), event.pointerType === "mouse" ? NEAR_PX : 2 * NEAR_PX);
    if (found && (event.pointerType === "mouse" || found === shown)) location.href = `/threads/${encodeURIComponent(found.id)}`;
    else atlas.hover(found);
  });
  canvas.addEventListener("pointercancel", (event) => atlas.pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && atlas.hover(null));
  canvas.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && atlas.zoom === LEAST_ZOOM) return;
    event.preventDefault();
    atlas.magnify(Math.exp(-event.deltaY / 300), ...place(event));
  }, { passive: false });
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) atlas.move(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") atlas.magnify(1.5);
    else if (event.key === "-") atlas.magnify(1 / 1.5);
    else if (event.key === "0") atlas.magnify(0);
    else return;
    event.preventDefault();
  });
  for (const button of plane.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => atlas.magnify(Number(button.dataset.zoom)));
  }
  colour.addEventListener("change", () => { atlas.paintLegend(); atlas.draw(); });
  dark.addEventListener("change", () => { atlas.paintLegend(); atlas.draw(); });
  for (const [id, link] of atlas.links) {
    for (const name of ["mouseenter", "focus"]) link.addEventListener(name, () => atlas.choose(id));
    for (const name of ["mouseleave", "blur"]) link.addEventListener(name, () => atlas.choose(null));
  }
  new ResizeObserver(() => atlas.measure()).observe(canvas);
}

const response = await fetch(plane.dataset.map).catch(() => null);
if (response?.ok) {
  const atlas = new Atlas(await response.json());
  plane.hidden = false;
  atlas.measure();
  atlas.paintLegend();
  listen(atlas);
  const wanted = decodeURIComponent(location.hash.slice(1));
  atlas.choose(atlas.links.has(wanted) ? wanted : null);
}
