/* The timeline: lanes over time on a canvas, with scale, zoom, drag and the cursor. How a lane looks is in drawing.js,
   what it holds in lanes.js; which row the cursor is on is decided by report.js. */

const AXIS = 44; // pixels: the whole run above, the scale below
const WHOLE = 16;
const HEIGHT = { cpu: 38, channel: 22, line: 18, level: 18, pin: 18 };

class Timeline {
  constructor(choose) {
    this.choose = choose;
    this.picture = document.getElementById("picture");
    this.axis = document.getElementById("axis");
    this.plot = document.getElementById("plot");
    this.hint = document.getElementById("hint");
    this.cursor = -1;
    const redraw = () => this.redraw();
    new ResizeObserver(redraw).observe(this.picture);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", redraw);
    matchMedia("print").addEventListener("change", () => this.draw()); // paper waits for no frame
    this.picture.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.picture.addEventListener("pointerdown", (event) => this.press(event));
    this.picture.addEventListener("pointermove", (event) => this.move(event));
    this.picture.addEventListener("pointerup", (event) => this.release(event));
    this.picture.addEventListener("pointerleave", () => (this.hint.hidden = true));
    document.getElementById("zoom-in").addEventListener("click", () => this.zoom(1 / 2));
    document.getElementById("zoom-out").addEventListener("click", () => this.zoom(2));
    document.getElementById("fit").addEventListener("click", () => this.fit());
    this.byOrder = document.getElementById("by-order");
    this.byOrder.addEventListener("click", () => this.order(!this.scale.byOrder));
  }

  show(recording) {
    this.recording = recording;
    const { times, count } = recording;
    this.order(count > 1 && times[0] === times[count - 1]); // a bare device has no time
  }

  /* Have rows stand one after the other, or at their times. */
  order(byOrder) {
    const { recording } = this;
    this.scale = scaleOf(recording, byOrder);
    this.lanes = lanesOf(recording, this.scale);
    this.byOrder.setAttribute("aria-pressed", byOrder);
    const { places, closest, end } = this.scale;
    const from = recording.count ? places[0] : 0;
    const to = recording.count ? end(recording.count - 1) : 0;
    const margin = Math.max((to - from) * 0.01, closest / 4);
    this.whole = { from: from - margin, to: to + margin };
    this.density = new Float32Array(400);
    for (const place of places) this.density[Math.floor(((place - this.whole.from) / (this.whole.to - this.whole.from)) * 400)]++;
    this.fit();
  }

  fit() {
    this.view = { ...this.whole };
    this.redraw();
  }

  /* Make the view `factor` times as long, around a place that stays where it is. */
  zoom(factor, around = this.cursorPlace()) {
    const { from, to } = this.view;
    const length = Math.min(Math.max((to - from) * factor, this.scale.closest), this.whole.to - this.whole.from);
    const share = Math.min(Math.max((around - from) / (to - from), 0), 1);
    const middle = around < from || around > to ? around - length / 2 : around - share * length;
    this.look(middle, length);
  }

  look(from, length) {
    const start = Math.min(Math.max(from, this.whole.from), this.whole.to - length);
    this.view = { from: start, to: start + length };
    this.redraw();
  }

  cursorPlace() {
    return this.cursor < 0 ? (this.view.from + this.view.to) / 2 : this.scale.places[this.cursor];
  }

  moveTo(row) {
    this.cursor = row;
    const place = this.cursorPlace();
    const { from, to } = this.view;
    if (place < from || place > to) this.look(place - (to - from) / 2, to - from);
    this.redraw();
  }

  /* -- mouse, pen and finger ----------------------------------------------------------------------------------- */

  at(event) {
    const box = this.plot.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  placeAt(x) {
    return this.view.from + ((x - this.left) / this.room) * (this.view.to - this.view.from);
  }

  wheel(event) {
    const { x } = this.at(event);
    if (x < this.left || event.shiftKey) return; // over the names it scrolls
    event.preventDefault();
    const unit = event.deltaMode ? 30 : 1;
    const length = this.view.to - this.view.from;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.look(this.view.from + ((event.deltaX * unit) / this.room) * length, length);
    else this.zoom(2 ** ((event.deltaY * unit) / 240), this.placeAt(x));
  }

  press(event) {
    const { x, y } = this.at(event);
    if (event.button || x < this.left) return;
    const onWhole = event.target === this.axis && event.clientY - this.axis.getBoundingClientRect().top < WHOLE + 4;
    this.drag = { x, y, from: this.view.from, moved: false, onWhole };
    this.picture.setPointerCapture(event.pointerId);
    if (onWhole) this.move(event);
  }

  move(event) {
    const { x, y } = this.at(event);
    const length = this.view.to - this.view.from;
    if (this.drag?.onWhole) {
      const whole = this.whole.to - this.whole.from;
      this.drag.moved = true;
      this.look(this.whole.from + ((x - this.left) / this.room) * whole - length / 2, length);
    } else if (this.drag) {
      this.drag.moved ||= Math.abs(x - this.drag.x) > 3;
      if (this.drag.moved) this.look(this.drag.from - ((x - this.drag.x) / this.room) * length, length);
    }
    this.point(x, y);
  }

  release(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || drag.moved || !this.recording.count) return;
    const { x, y } = this.at(event);
    this.choose(this.rowAt(x, y));
  }

  /* The row that is meant by a point: the nearest on its lane, or else the nearest of all. */
  rowAt(x, y) {
    const place = this.placeAt(x);
    const lane = this.lanes.find((one) => y >= one.top && y < one.top + one.height);
    const [places, rows] = !lane ? [[], []] : lane.edges.length ? [lane.edges, lane.edgeRows] : [lane.places, lane.marks];
    const near = nearest(places, place);
    if (near >= 0 && Math.abs(this.x(places[near]) - x) < 24) return rows[near];
    return nearest(this.scale.places, place);
  }

  /* Say what is under the pointer. */
  point(x, y) {
    this.hint.hidden = x < this.left || this.drag?.moved || !this.recording.count;
    if (this.hint.hidden) return;
    const row = this.rowAt(x, y);
    const apart = this.recording.times[row] - (this.recording.times[this.cursor] ?? 0);
    const since = this.cursor < 0 || !apart ? "" : `   ${apart > 0 ? "+" : "−"}${duration(Math.abs(apart))} from the cursor`;
    this.hint.textContent = `${moment(this.recording.times[row])}${since}\n${this.recording.words(row)}`;
    const box = this.picture.getBoundingClientRect();
    const plot = this.plot.getBoundingClientRect();
    this.hint.style.left = `${Math.max(4, Math.min(x + 14, box.width - this.hint.offsetWidth - 4))}px`;
    this.hint.style.top = `${Math.min(y + plot.top - box.top + 18, box.height)}px`;
  }

  /* -- drawing ------------------------------------------------------------------------------------------------- */

  redraw() {
    this.pending ??= requestAnimationFrame(() => this.draw());
  }

  x(place) {
    return this.left + ((place - this.view.from) / (this.view.to - this.view.from)) * this.room;
  }

  draw() {
    this.pending = null;
    if (!this.recording) return;
    const width = document.getElementById("lanes").clientWidth;
    this.left = width < 640 ? 104 : 150;
    this.room = Math.max(width - this.left - 8, 50);
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.dark = style.getPropertyValue("--dark").trim() === "1";
    this.font = `12px ${style.getPropertyValue("--sans")}`;
    const { count } = this.recording;
    document.getElementById("span").textContent = count ? `${this.length()} in view` : "";
    let top = 0;
    for (const lane of this.lanes) {
      lane.top = top;
      lane.height = HEIGHT[lane.kind] ?? 22;
      top += lane.height;
    }
    const lanes = sized(this.plot, width, Math.max(top, 1));
    const axis = sized(this.axis, width, AXIS);
    for (const pen of [lanes, axis]) {
      pen.font = this.font;
      pen.textBaseline = "middle";
    }
    if (!count) {
      axis.fillStyle = this.colour("quiet");
      axis.fillText(this.recording.skipped ? "All events are left out." : "Nothing was recorded.", 8, AXIS / 2);
      return;
    }
    this.drawAxis(axis, lanes, top);
    for (const lane of this.lanes) drawLane(this, lanes, lane);
    if (this.cursor >= 0) this.drawCursor(axis, lanes, top);
  }

  length() {
    const length = this.view.to - this.view.from;
    return this.scale.byOrder ? `${Math.round(length).toLocaleString("en")} lines` : duration(length);
  }

  drawAxis(axis, lanes, height) {
    const { from, to } = this.view;
    const whole = this.whole.to - this.whole.from;
    const most = Math.log1p(Math.max(...this.density));
    axis.fillStyle = this.colour("raised");
    axis.fillRect(this.left, 2, this.room, WHOLE);
    axis.fillStyle = this.colour("quiet");
    this.density.forEach((count, place) => {
      const tall = count ? Math.max(1, (Math.log1p(count) / most) * (WHOLE - 4)) : 0;
      axis.fillRect(this.left + (place / 400) * this.room, WHOLE + 2 - tall, this.room / 400, tall);
    });
    const start = this.left + ((from - this.whole.from) / whole) * this.room;
    axis.strokeStyle = this.colour("accent");
    axis.lineWidth = 2;
    axis.strokeRect(start, 2, Math.max(((to - from) / whole) * this.room, 3), WHOLE);
    axis.fillStyle = this.colour("quiet");
    lanes.fillStyle = this.colour("edge");
    const step = niceStep(((to - from) / this.room) * 95);
    const digits = Math.max(0, Math.ceil(6 - Math.log10(step)));
    axis.textAlign = "center";
    for (let tick = Math.max(Math.ceil(from / step), 0) * step; tick <= to; tick += step) {
      const x = Math.round(this.x(tick));
      const words = this.scale.byOrder ? `line ${(tick + 1).toLocaleString("en")}` : `${(tick / 1e6).toFixed(digits)} ms`;
      const half = axis.measureText(words).width / 2;
      if (x - half > this.left - 6 && x + half < this.left + this.room + 8) axis.fillText(words, x, AXIS - 13);
      axis.fillRect(x, AXIS - 5, 1, 5);
      lanes.fillRect(x, 0, 1, height);
    }
  }

  drawCursor(axis, lanes, height) {
    const x = this.x(this.cursorPlace());
    const whole = this.left + ((this.cursorPlace() - this.whole.from) / (this.whole.to - this.whole.from)) * this.room;
    axis.fillStyle = lanes.fillStyle = this.colour("bad");
    axis.fillRect(whole - 0.75, 0, 1.5, WHOLE + 4);
    if (x < this.left - 1 || x > this.left + this.room + 1) return;
    lanes.fillRect(x - 0.75, 0, 1.5, height);
    axis.beginPath();
    axis.moveTo(x - 5, AXIS - 7);
    axis.lineTo(x + 5, AXIS - 7);
    axis.lineTo(x, AXIS);
    axis.fill();
  }
}

/* A canvas of that size, sharp on every screen, empty. */
function sized(canvas, width, height) {
  const dots = devicePixelRatio || 1;
  canvas.width = Math.round(width * dots);
  canvas.height = Math.round(height * dots);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(dots, dots);
  return pen;
}

/* The index of the value that is nearest, in sorted values; -1 if there is none. */
function nearest(values, value) {
  const after = above(values, value);
  if (after === 0) return values.length ? 0 : -1;
  return after < values.length && values[after] - value < value - values[after - 1] ? after : after - 1;
}

/* 1, 2 or 5 times a power of ten: at least `least`, and at least one. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least) ?? 10 * power;
}
