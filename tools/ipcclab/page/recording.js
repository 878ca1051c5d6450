/* A recording of this page: unpacked from the data block, with the words, the time and the state of each row. A row is
   a line of the text trace; `trace/html_rows.py` packs them. Nothing is drawn here. */

const CHECKPOINT = 1024; // rows between two states that are kept

async function unpack(element) {
  const bytes = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/* A moment as the text trace writes it, always with all digits: 12.003005 ms. */
function moment(nanoseconds) {
  const rest = nanoseconds % 1e6;
  return `${(nanoseconds - rest) / 1e6}.${String(rest).padStart(6, "0")} ms`;
}

/* A duration in the unit that suits it: 9.63 µs. */
function duration(nanoseconds) {
  const size = Math.abs(nanoseconds);
  for (const [unit, length] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (size >= length) return `${Number((nanoseconds / length).toPrecision(4))} ${unit}`;
  }
  return `${Math.round(nanoseconds)} ns`;
}

/* The first index of the sorted `values` at which they are greater than `value`. */
function above(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

class Recording {
  constructor(packed, tables) {
    const { rows, about } = packed;
    this.about = about;
    this.chart = packed.chart;
    this.memory = packed.memory;
    this.skipped = rows.skipped;
    this.registers = rows.registers;
    this.functions = rows.functions;
    this.lanes = rows.lanes;
    this.slots = rows.slots.map(([kind, device, name]) => ({ kind, device, name }));
    this.tables = Object.entries(rows.tables).map(([device, number]) => ({ device, ...tables[number] }));
    this.shapes = rows.shapes;
    this.count = rows.shape.length;
    this.numbers = Uint32Array.from(rows.shape);
    this.polls = new Map(rows.polls.map(([row, more, time]) => [row, { more, time }]));
    this.times = new Float64Array(this.count);
    this.events = new Float64Array(this.count + 1); // index of each row's first event in the trace
    this.first = Uint32Array.from(rows.first);
    this.states = [];
    let time = rows.begin;
    let event = rows.skipped;
    const state = Uint32Array.from(rows.first);
    for (let row = 0; row < this.count; row++) {
      if (row % CHECKPOINT === 0) this.states.push(state.slice());
      const shape = this.shape(row);
      this.times[row] = time += rows.times[row];
      this.events[row] = event;
      event += shape.events + (this.polls.get(row)?.more ?? 0);
      for (const [slot, bits] of shape.flips) state[slot] ^= bits;
    }
    this.events[this.count] = event;
    this.last = state;
  }

  shape(row) {
    return this.shapes[this.numbers[row]];
  }

  /* The line of the text trace. */
  line(row) {
    return `${moment(this.times[row]).padStart(15)}  ${this.words(row)}`;
  }

  words(row) {
    const poll = this.polls.get(row);
    const { text } = this.shape(row);
    return poll ? `${text}  ×${poll.more + 1} until ${moment(this.times[row] + poll.time)}` : text;
  }

  end(row) {
    return this.times[row] + (this.polls.get(row)?.time ?? 0);
  }

  /* What each slot holds after a row; in front of them all for row -1. */
  stateAfter(row) {
    if (row < 0) return this.first;
    const kept = Math.floor(row / CHECKPOINT);
    const state = this.states[kept].slice();
    for (let one = kept * CHECKPOINT; one <= row; one++) {
      for (const [slot, bits] of this.shape(one).flips) state[slot] ^= bits;
    }
    return state;
  }

  /* The row in which an event stands, or -1 if it was left out. */
  rowOfEvent(index) {
    const row = above(this.events, index) - 1;
    return row < this.count ? row : -1;
  }
}
