/* How each kind of lane looks. `on` is the timeline: what is in view, where rows stand, and the colours of the page. What
   would fall on the same dots is drawn once, so that the cost follows from the width and not from the trace. */

const PROCESSOR = { 1: "a7", 2: "m4" }; // colours

function drawLane(on, pen, lane) {
  pen.fillStyle = on.colour("edge");
  pen.fillRect(0, lane.top + lane.height - 1, on.left + on.room, 0.5);
  pen.fillStyle = on.colour("ink");
  pen.textAlign = "left";
  pen.fillText(clipped(pen, lane.label, on.left - 12), 4, lane.top + lane.height / 2);
  pen.save();
  pen.beginPath();
  pen.rect(on.left, lane.top, on.room, lane.height);
  pen.clip();
  if (lane.kind === "cpu") drawProcessor(on, pen, lane);
  else if (lane.slot !== null) drawLevel(on, pen, lane);
  else drawMarks(on, pen, lane);
  const { losses } = lane;
  for (let place = above(losses, on.placeAt(on.left - 8)); place < losses.length && losses[place] <= on.placeAt(on.left + on.room + 8); ) {
    const x = on.x(losses[place]);
    drawLost(on, pen, lane, x);
    place = Math.max(place + 1, above(losses, on.placeAt(x + 5)));
  }
  pen.restore();
}

/* Blocks by function, and below them a tick for each access: writes tall, reads short. */
function drawProcessor(on, pen, lane) {
  const { runs, runEnds, places, marks } = lane;
  const base = on.colour(PROCESSOR[lane.from]);
  for (let place = above(runEnds, on.placeAt(on.left - 8)); place < runs.length && runs[place].from <= on.view.to; ) {
    const run = runs[place];
    const x = on.x(run.from);
    const width = Math.max(on.x(run.to) - x, 1.5);
    pen.fillStyle = run.function === null ? on.colour("edge") : functionColour(on, run.function);
    pen.fillRect(x, lane.top + 3, width, 20);
    const next = Math.max(place + 1, width < 2 ? above(runEnds, on.placeAt(x + 1)) : 0);
    const begin = Math.max(x, on.left);
    const inside = x + width - begin > 40; // or else beside the block, if nothing else is there
    const end = inside ? x + width : next < runs.length ? on.x(runs[next].from) : on.left + on.room;
    const from = (inside ? begin : x + width) + 4;
    if (end - from > 20) {
      pen.fillStyle = on.colour(inside ? "ink" : "quiet");
      pen.fillText(clipped(pen, run.label, end - from - 4), from, lane.top + 13.5);
    }
    place = next;
  }
  let place = above(places, on.placeAt(on.left - 8));
  while (place < places.length && places[place] <= on.view.to) {
    const x = on.x(places[place]);
    const next = Math.max(place + 1, above(places, on.placeAt(x + 1)));
    let writes = false;
    for (let one = place; one < next && !writes; one++) writes = on.recording.shape(marks[one]).kind === "W";
    pen.fillStyle = writes ? base : on.colour("quiet");
    pen.fillRect(x, lane.top + (writes ? 25 : 30), 1.2, writes ? 12 : 7);
    place = next;
  }
}

/* A bar for as long as a channel is occupied, or a line high. */
function drawLevel(on, pen, lane) {
  const { edges } = lane;
  const inset = lane.kind === "channel" ? 4 : 5;
  const bar = (x, width) => {
    pen.fillStyle = on.colour(lane.from ? PROCESSOR[lane.from] : lane.kind === "line" ? "good" : "quiet");
    pen.fillRect(x, lane.top + inset, Math.max(width, 1), lane.height - 2 * inset);
  };
  let place = above(edges, on.view.from);
  let begin = on.view.from;
  for (;;) {
    const end = place < edges.length ? edges[place] : on.whole.to;
    const x = on.x(Math.max(begin, on.view.from));
    const width = on.x(Math.min(end, on.view.to)) - x;
    if (lane.high ^ (place & 1)) {
      bar(x, width);
      const whole = lane.kind === "channel" && place > 0 && place < edges.length;
      if (whole) writeIn(on, pen, lane, occupied(on, lane, place), x, width);
    }
    if (place >= edges.length || end > on.view.to) break;
    const next = width < 1 ? above(edges, on.placeAt(on.x(end) + 1)) : place + 1;
    if (next > place + 1) bar(on.x(end), 1); // it went up and down within a dot
    place = Math.max(place + 1, next);
    begin = edges[place - 1];
  }
}

/* How long a channel was occupied until its edge of that number. */
function occupied(on, lane, place) {
  const { times } = on.recording;
  return duration(times[lane.edgeRows[place]] - times[lane.edgeRows[place - 1]]);
}

function writeIn(on, pen, lane, words, x, width) {
  if (pen.measureText(words).width + 10 > width) return;
  pen.fillStyle = on.colour("on-accent");
  pen.fillText(words, x + 5, lane.top + lane.height / 2 + 0.5);
}

function drawMarks(on, pen, lane) {
  const { places, marks } = lane;
  const colour = on.colour(PROCESSOR[lane.from] ?? "quiet");
  const middle = lane.top + lane.height / 2;
  for (let place = above(places, on.placeAt(on.left - 8)); place < places.length && places[place] <= on.view.to; ) {
    const x = on.x(places[place]);
    const next = Math.max(place + 1, above(places, on.placeAt(x + 2)));
    pen.fillStyle = colour;
    if (lane.kind === "message" || lane.kind === "mcapi") {
      const down = lane.from === 1 ? 1 : -1;
      pen.beginPath();
      pen.moveTo(x - 4, middle - 4 * down);
      pen.lineTo(x + 4, middle - 4 * down);
      pen.lineTo(x, middle + 5 * down);
      pen.fill();
    } else {
      pen.fillRect(x - 1, lane.top + 4, 2, lane.height - 8);
    }
    const room = (next < places.length ? on.x(places[next]) : on.left + on.room) - x - 14;
    if (room > 24) {
      pen.fillStyle = on.colour("ink");
      pen.fillText(clipped(pen, on.recording.shape(marks[next - 1]).label, room), x + 7, middle + 0.5);
    }
    place = next;
  }
}

/* A signal that found its channel occupied. */
function drawLost(on, pen, lane, x) {
  const middle = lane.top + lane.height / 2;
  pen.fillStyle = on.colour("bad");
  pen.beginPath();
  pen.arc(x, middle, 7, 0, 7);
  pen.fill();
  pen.strokeStyle = on.colour("panel");
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x - 3, middle - 3);
  pen.lineTo(x + 3, middle + 3);
  pen.moveTo(x + 3, middle - 3);
  pen.lineTo(x - 3, middle + 3);
  pen.stroke();
}

/* Functions that were called first have the colours that differ most. */
function functionColour(on, number) {
  const hue = Math.round(205 + number * 137.5) % 360;
  return on.dark ? `hsl(${hue} 40% 30%)` : `hsl(${hue} 70% 85%)`;
}

/* As much of the words as there is room for. */
function clipped(pen, words, room) {
  if (room <= 0) return "";
  if (words.length < 200 && pen.measureText(words).width <= room) return words;
  let low = 0;
  let high = Math.min(words.length, 400);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${words.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low ? `${words.slice(0, low)}…` : "";
}
