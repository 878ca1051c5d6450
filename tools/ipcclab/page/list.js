/* The access list: the lines of the text trace in virtual scrolling, and the filter above them. Only the rows that can
   be seen are elements; the others are a height. */

const ROW = 22; // pixels, as in report.css
const SPARE = 8; // rows kept above and below those that can be seen
const KINDS = {
  access: "all accesses", R: "reads", W: "writes", lost: "lost signals", effect: "effects alone", line: "lines and pins alone",
  interrupt: "interrupts taken", message: "messages", frame: "MCAPI frames",
  mcapi: "MCAPI's buffers, doorbells, epochs", log: "logs", core: "life of the core", unmodelled: "not modelled",
};

class AccessList {
  constructor(choose) {
    this.box = document.getElementById("list");
    this.inner = document.getElementById("rows");
    this.form = document.getElementById("filter");
    this.words = document.getElementById("words");
    this.choices = Object.fromEntries(["kind", "cpu", "channel", "register", "function"].map(
      (name) => [name, document.getElementById(`by-${name}`)]));
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => {
      this.reveal();
      this.draw();
    }).observe(this.box);
    this.inner.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) choose(Number(row.dataset.row));
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => this.refilter());
    document.getElementById("clear").addEventListener("click", () => {
      this.choose("kind", "");
      this.words.focus();
    });
  }

  show(recording) {
    this.recording = recording;
    this.cursor = -1;
    this.offer();
    this.choose("kind", "");
  }

  /* Fill the choices with what there is, and how often. */
  offer() {
    const { recording } = this;
    const uses = new Uint32Array(recording.shapes.length);
    for (const number of recording.numbers) uses[number]++;
    const counts = { kind: new Map(), cpu: new Map(), channel: new Map(), register: new Map(), function: new Map() };
    recording.shapes.forEach((shape, number) => {
      for (const [name, values] of Object.entries(facets(shape))) {
        for (const value of values) counts[name].set(value, (counts[name].get(value) ?? 0) + uses[number]);
      }
    });
    this.losses = counts.kind.get("lost") ?? 0;
    const order = Object.keys(KINDS);
    const named = {
      kind: ["Kind", (value) => KINDS[value], (a, b) => order.indexOf(a) - order.indexOf(b)],
      cpu: ["Processor", (value) => (value === "--" ? "neither" : value), undefined],
      channel: ["Channel", (value) => `CH${value}`, (a, b) => a - b],
      register: ["Register", (value) => recording.registers[value],
        (a, b) => recording.registers[a].localeCompare(recording.registers[b], "en")],
      function: ["Function", (value) => recording.functions[value],
        (a, b) => recording.functions[a].localeCompare(recording.functions[b], "en")],
    };
    for (const [name, [all, label, compare]] of Object.entries(named)) {
      const options = [...counts[name]].sort(([a], [b]) => (compare ? compare(a, b) : a < b ? -1 : 1));
      this.choices[name].replaceChildren(new Option(all, ""), ...options.map(
        ([value, count]) => new Option(`${label(value)} (${count.toLocaleString("en")})`, value)));
      this.choices[name].hidden = !options.length;
    }
  }

  /* Filter by one value of one choice, or by none, and by nothing else. */
  choose(name, value) {
    this.words.value = "";
    for (const [one, choice] of Object.entries(this.choices)) choice.value = one === name ? value : "";
    this.refilter();
  }

  refilter() {
    const { recording } = this;
    const words = this.words.value.toLowerCase();
    const wanted = Object.entries(this.choices).filter(([, choice]) => choice.value);
    const passes = recording.shapes.map((shape) => {
      const values = facets(shape);
      return wanted.every(([name, choice]) => values[name].some((value) => String(value) === choice.value));
    });
    const found = [];
    for (let row = 0; row < recording.count; row++) {
      if (passes[recording.numbers[row]] && (!words || recording.line(row).toLowerCase().includes(words))) found.push(row);
    }
    this.found = Uint32Array.from(found);
    const all = recording.count.toLocaleString("en");
    const filtered = words || wanted.length;
    document.getElementById("matches").value = filtered ? `${found.length.toLocaleString("en")} of ${all} lines` : `${all} lines`;
    document.getElementById("clear").disabled = !filtered;
    this.inner.style.height = `${found.length * ROW}px`;
    this.reveal();
    this.draw();
  }

  /* The line that is `by` lines away from `row`, of those that are shown. */
  step(row, by) {
    if (!this.found.length) return row;
    const after = above(this.found, row);
    const here = this.found[after - 1] === row ? after - 1 : by > 0 ? after - 1 : after;
    return this.found[Math.max(0, Math.min(this.found.length - 1, here + by))];
  }

  moveTo(row) {
    this.cursor = row;
    this.reveal();
    this.draw();
  }

  /* Scroll as little as shows the cursor. */
  reveal() {
    if (!(this.cursor >= 0)) return;
    const place = Math.max(0, above(this.found, this.cursor) - 1) * ROW;
    const room = this.box.clientHeight;
    if (place < this.box.scrollTop || place + ROW > this.box.scrollTop + room) {
      this.box.scrollTop = Math.max(0, place - room / 2);
    }
  }

  draw() {
    if (!this.recording || !this.box.clientHeight) return;
    const from = Math.max(0, Math.floor(this.box.scrollTop / ROW) - SPARE);
    const to = Math.min(this.found.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + SPARE);
    const old = new Map([...this.inner.children].map((element) => [Number(element.dataset.row), element]));
    const rows = [];
    for (let place = from; place < to; place++) {
      const row = this.found[place];
      const element = old.get(row) ?? this.element(row);
      element.style.top = `${place * ROW}px`;
      element.setAttribute("aria-posinset", place + 1);
      element.setAttribute("aria-setsize", this.found.length);
      element.setAttribute("aria-selected", row === this.cursor);
      rows.push(element);
    }
    this.inner.replaceChildren(...rows);
    this.box.setAttribute("aria-activedescendant", rows.some((one) => Number(one.dataset.row) === this.cursor) ? `row-${this.cursor}` : "");
  }

  element(row) {
    const shape = this.recording.shape(row);
    const element = document.createElement("div");
    element.id = `row-${row}`;
    element.dataset.row = row;
    element.setAttribute("role", "option");
    element.className = `row kind-${shape.kind}${shape.lost.length ? " lost" : ""}${shape.flips.length ? " acts" : ""}`;
    if (shape.lost.length) element.title = "A signal was lost: the channel was occupied, or the IPCC took no write.";
    const words = this.recording.words(row);
    const split = Math.max(words.indexOf("  ", 32), 0) || words.length;
    element.append(
      part("time", `${moment(this.recording.times[row]).padStart(15)}  `),
      part(`cpu ${words.slice(0, 2).toLowerCase()}`, words.slice(0, 2)),
      part("place", words.slice(2, split)),
      ...words.slice(split).split(/(?=  (?:→ |▲|▼|×\d))/).map((words) => part(lookOf(words), words)),
    );
    return element;
  }
}

/* By what a shape is found: for each choice of the filter the values that it has. */
function facets(shape) {
  const access = shape.kind === "R" || shape.kind === "W" ? ["access"] : [];
  const channels = [];
  for (let channel = 1; shape.channels >> (channel - 1); channel++) {
    if ((shape.channels >> (channel - 1)) & 1) channels.push(channel);
  }
  return {
    kind: [...access, shape.kind, ...(shape.lost.length ? ["lost"] : [])],
    cpu: [shape.text.slice(0, 2)],
    channel: channels,
    register: shape.registers,
    function: shape.function === null ? [] : [shape.function],
  };
}

/* How a part of a line looks, by its beginning. */
function lookOf(words) {
  if (/^  (fault|lockup)\b/.test(words)) return "fault";
  return { "→": "effect", "▲": "up", "▼": "down" }[words[2]] ?? "what";
}

function part(name, words) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = words;
  return element;
}
