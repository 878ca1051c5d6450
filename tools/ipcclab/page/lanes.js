/* What the timeline draws of a recording: for each lane its marks, runs of one function, or levels. It knows no pixels
   and no colours. */

const MOST_LANES = 300; // a canvas cannot be higher; what is on the others is in the list

/* Where rows stand: at their times, or one after the other. `pause` is the longest between two accesses of one block. */
function scaleOf(recording, byOrder) {
  if (byOrder) return { byOrder, places: Float64Array.from(recording.times, (_, row) => row), end: (row) => row + 0.7, pause: 1, closest: 4 };
  return { byOrder, places: recording.times, end: (row) => recording.end(row), pause: 1000, closest: 40 };
}

/* The lanes from top to bottom. Each has `marks` (rows), `runs` (of rows by one function) or `edges` (places at which
   its level changes, and the rows that do it), and `lost` (rows that signalled in vain). */
function lanesOf(recording, scale) {
  const lanes = recording.lanes.map((lane) => ({ ...lane, marks: [], runs: [], edges: [], edgeRows: [], lost: [], high: 0 }));
  const bySlot = new Map();
  for (const lane of lanes) {
    if (lane.slot === null) continue;
    lane.high = (recording.first[lane.slot] >>> lane.bit) & 1; // the level in front of the first edge
    bySlot.set(lane.slot, [...(bySlot.get(lane.slot) ?? []), lane]);
  }
  for (let row = 0; row < recording.count; row++) {
    const shape = recording.shape(row);
    if (shape.lane !== null) lanes[shape.lane].marks.push(row);
    for (const lane of shape.lost) lanes[lane].lost.push(row);
    for (const [slot, bits] of shape.flips) {
      for (const lane of bySlot.get(slot) ?? []) {
        if (!((bits >>> lane.bit) & 1)) continue;
        lane.edges.push(scale.places[row]);
        lane.edgeRows.push(row);
      }
    }
  }
  for (const lane of lanes) {
    lane.places = lane.marks.map((row) => scale.places[row]);
    lane.losses = lane.lost.map((row) => scale.places[row]);
    if (lane.kind === "cpu") lane.runs = runsOf(recording, lane.marks, scale);
    lane.runEnds = lane.runs.map((run) => run.to);
  }
  return lanes.sort((a, b) => a.rank - b.rank).slice(0, MOST_LANES);
}

/* What a processor did in a row by the same function, as one block. Who runs in a longer pause is not known. */
function runsOf(recording, marks, scale) {
  const runs = [];
  for (const row of marks) {
    const shape = recording.shape(row);
    const last = runs[runs.length - 1];
    const goesOn = last && shape.function !== null && last.function === shape.function && scale.places[row] - last.to <= scale.pause;
    if (goesOn) last.to = scale.end(row);
    else runs.push({ function: shape.function, label: shape.label, from: scale.places[row], to: scale.end(row) });
  }
  return runs;
}
