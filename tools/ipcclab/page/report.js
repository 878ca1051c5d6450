/* The report: unpacks its recordings, shows one of them, and keeps one cursor for timeline, list, registers and chart.
   A row is a line of the text trace; the cursor is the number of a row, or -1 where there is none. */

const byId = (id) => document.getElementById(id);
const OUTCOMES = { passed: "✓ passed", failed: "✗ failed" };
const MEMORY_LEFT_OUT = "What lay in shared memory is left out, so that this file stays small. A snapshot, --snapshot FILE.ipcc, has it: ipcclab inspect shows it.";
const CHART_LEFT_OUT = "The chart is left out, so that this file stays small. The trace as a file, --trace FILE.svg, is one.";
const VIEWS = ["accesses", "chart", "memory", "summary"];

const report = {
  cursor: -1,

  start({ title, tables, recordings, leftOut }) {
    byId("page").hidden = false;
    this.recordings = recordings.map((one) => new Recording(one, tables));
    this.timeline = new Timeline((row) => this.moveTo(row));
    this.list = new AccessList((row) => this.moveTo(row));
    this.registers = new RegisterView();
    byId("suite").textContent = title;
    if (this.recordings.length + leftOut > 1) this.offer(leftOut);
    for (const view of VIEWS) byId(`tab-${view}`).addEventListener("click", () => this.open(view));
    byId("tabs").addEventListener("keydown", (event) => this.stepTabs(event));
    byId("help").addEventListener("click", () => byId("keys").showModal());
    byId("copy").addEventListener("click", () => this.copy());
    byId("chart").addEventListener("click", (event) => this.toStep(event.clientY));
    byId("losses").addEventListener("click", () => this.toLosses());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.show(this.wanted()));
    this.show(this.wanted());
  },

  /* The recording whose title is the fragment of the address, else the first that failed. */
  wanted() {
    const fragment = location.hash.slice(1);
    const named = this.recordings.findIndex((one) => fragment && encodeURIComponent(one.about.title) === fragment);
    const failed = this.recordings.findIndex((one) => one.about.outcome === "failed");
    return Math.max(named < 0 ? failed : named, 0);
  },

  /* The chooser of a suite. */
  offer(leftOut) {
    document.body.classList.add("many");
    const count = (outcome) => this.recordings.filter((one) => one.about.outcome === outcome).length;
    byId("counts").textContent = `${count("failed")} failed, ${count("passed")} passed`
      + (leftOut ? `; ${leftOut.toLocaleString("en")} more are left out, so that this file stays small` : "");
    byId("recordings").hidden = false;
    byId("chooser").replaceChildren(...this.recordings.map((recording, number) => {
      const item = document.createElement("li");
      const button = item.appendChild(document.createElement("button"));
      button.type = "button";
      const mark = part(`mark ${recording.about.outcome}`, OUTCOMES[recording.about.outcome]?.[0] ?? "·");
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", recording.about.outcome || "no outcome");
      button.append(mark, part("name", recording.about.title || `Recording ${number + 1}`));
      button.addEventListener("click", () => this.show(number));
      return item;
    }));
  },

  show(number) {
    this.number = number;
    const recording = (this.recording = this.recordings[number]);
    const { about } = recording;
    [...byId("chooser").children].forEach((item, one) => item.firstChild.setAttribute("aria-current", one === number));
    byId("title").textContent = about.title || "Recording";
    document.title = about.title || byId("suite").textContent;
    byId("origin").textContent = [about.platform, about.image && `image ${about.image.slice(0, 12)}`].filter(Boolean).join(" · ");
    say("outcome", OUTCOMES[about.outcome] ?? "");
    byId("outcome").className = `badge ${about.outcome}`;
    say("sentence", about.sentence);
    say("diagnosis", about.diagnosis);
    say("command", about.command);
    byId("again").hidden = !about.command;
    byId("copy").textContent = "Copy";
    const left = recording.skipped.toLocaleString("en");
    say("skipped", recording.skipped ? `The first ${left} events are left out; the registers are as they left them. The trace as a file, --trace FILE.ndjson, has all.` : "");
    byId("report").textContent = about.report;
    byId("chart").replaceChildren(recording.chart === null ? part("quiet", CHART_LEFT_OUT)
      : fragment(recording.chart, "image/svg+xml"));
    byId("memory").replaceChildren(recording.memory === null ? part("quiet", MEMORY_LEFT_OUT)
      : fragment(recording.memory, "text/html"));
    byId("tab-chart").hidden = !recording.count && recording.chart !== null;
    byId("tab-memory").hidden = recording.memory === "";
    byId("tab-summary").hidden = !about.report;
    this.open("accesses");
    this.registers.show(recording);
    this.timeline.cursor = -1;
    this.timeline.show(recording);
    this.list.show(recording);
    say("losses", this.list.losses ? `✗ ${this.list.losses.toLocaleString("en")} ${this.list.losses === 1 ? "write" : "writes"} lost a signal: show` : "");
    this.moveTo(recording.count - 1);
  },

  /* Show the writes that lost a signal, the first of them under the cursor. */
  toLosses() {
    this.open("accesses");
    this.list.choose("kind", "lost");
    this.moveTo(this.list.found[0]);
  },

  open(view) {
    for (const one of VIEWS) {
      byId(one).hidden = one !== view;
      byId(`tab-${one}`).setAttribute("aria-selected", one === view);
      byId(`tab-${one}`).tabIndex = one === view ? 0 : -1;
    }
    if (view === "accesses") this.list.moveTo(this.cursor);
    if (view === "chart") this.markChart();
  },

  moveTo(row) {
    const { recording } = this;
    if (row < -1 || row >= recording.count || (row < 0 && recording.count)) return;
    this.cursor = row;
    this.timeline.moveTo(row);
    this.list.moveTo(row);
    this.registers.moveTo(row);
    const when = row < 0 ? "" : moment(recording.times[row]);
    byId("moment").value = when;
    byId("at").textContent = row < 0 ? "" : `after ${when}`;
    const picture = byId("picture");
    picture.setAttribute("aria-valuemin", Math.min(0, row));
    picture.setAttribute("aria-valuemax", Math.max(0, recording.count - 1));
    picture.setAttribute("aria-valuenow", row);
    picture.setAttribute("aria-valuetext", row < 0 ? "no events" : recording.line(row).trim());
    if (!byId("chart").hidden) this.markChart();
  },

  /* The step of the chart that is drawn at a height: its lines are thin, and all of its width is meant. */
  toStep(y) {
    const step = [...byId("chart").querySelectorAll("[data-event]")].find((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return top <= y && y <= bottom;
    });
    if (step) this.moveTo(this.recording.rowOfEvent(Number(step.dataset.event)));
  },

  /* Mark the step of the chart that the cursor is on, or the last one in front of it. */
  markChart() {
    const steps = [...byId("chart").querySelectorAll("[data-event]")];
    const rows = steps.map((step) => this.recording.rowOfEvent(Number(step.dataset.event)));
    const here = steps[above(rows, this.cursor) - 1];
    for (const step of steps) step.classList.toggle("here", step === here);
    if (here) keepInSight(byId("chart"), here);
  },

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    const typing = event.target.matches("input, select");
    if (event.key === "Escape" && typing) {
      event.preventDefault(); // a search field would become empty, and the list stay as it was
      byId("list").focus();
    }
    if (typing || event.target.getAttribute("role") === "tab") return;
    if (event.key.length === 1 && !byId("single").checked) return;
    const step = (by) => () => this.moveTo(this.list.step(this.cursor, by));
    const inView = event.target.closest("#chart, #memory, #summary, #state"); // these scroll
    const arrows = inView ? {} : {
      ArrowLeft: step(-1), ArrowUp: step(-1), ArrowRight: step(1), ArrowDown: step(1),
      PageUp: step(-20), PageDown: step(20), Home: step(-Infinity), End: step(Infinity),
    };
    const action = {
      ...arrows,
      "+": () => this.timeline.zoom(1 / 2), "=": () => this.timeline.zoom(1 / 2), "-": () => this.timeline.zoom(2),
      0: () => this.timeline.fit(),
      o: () => this.timeline.order(!this.timeline.scale.byOrder),
      "/": () => { this.open("accesses"); byId("words").focus(); },
      "?": () => byId("keys").showModal(),
      "[": () => this.show(Math.max(0, this.number - 1)),
      "]": () => this.show(Math.min(this.recordings.length - 1, this.number + 1)),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  },

  stepTabs(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const shown = VIEWS.filter((view) => !byId(`tab-${view}`).hidden);
    const here = shown.findIndex((view) => `tab-${view}` === document.activeElement.id);
    const view = shown[(here + by + shown.length) % shown.length];
    this.open(view);
    byId(`tab-${view}`).focus();
  },

  async copy() {
    const button = byId("copy");
    try {
      await navigator.clipboard.writeText(this.recording.about.command);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(byId("command"));
      button.textContent = "Selected";
    }
  },
};

/* Scroll a box, and nothing around it, as little as shows an element of it. */
function keepInSight(box, element) {
  const outer = box.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  box.scrollTop += Math.min(inner.top - outer.top, 0) || Math.max(inner.bottom - outer.top - box.clientHeight, 0);
}

function say(id, words) {
  byId(id).textContent = words;
  byId(id).hidden = !words;
}

if ("DecompressionStream" in globalThis) {
  report.start(await unpack(byId("data")));
  globalThis.report = report; // for the browser's console
} else {
  say("broken", "This browser cannot unpack the report: it has no DecompressionStream. Chrome 80, Firefox 113 and Safari 16.4 have it.");
}
