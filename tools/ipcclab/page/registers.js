/* The register view: what each register, line and pin holds after the row under the cursor, and what that row changed.
   The elements are made once for a recording; moving the cursor changes words and classes only. */

class RegisterView {
  constructor() {
    this.box = document.getElementById("state");
  }

  show(recording) {
    this.recording = recording;
    this.shown = [];
    this.box.replaceChildren();
    for (const { device, cores, registers } of recording.tables) {
      const slots = recording.slots.flatMap((slot, number) => (slot.kind === "register" && slot.device === device ? [number] : []));
      const several = recording.tables.length > 1;
      const boxes = new Map();
      registers.forEach((register, place) => {
        const core = cores[register.name[1] - 1];
        const title = core ? `${several ? `${device}: p` : "P"}rocessor ${register.name[1]}, ${core.replace(several ? "Cortex-" : "", "")}`
          : `${several ? `${device}: i` : "I"}dentification`;
        if (!boxes.has(title)) boxes.set(title, group(this.box, title));
        boxes.get(title).append(this.register(register, slots[place]));
      });
    }
    for (const [kind, title] of [["line", "Interrupt lines"], ["level", "Other lines"], ["pin", "Pins"]]) {
      const lanes = recording.lanes.filter((lane) => lane.kind === kind).sort((a, b) => a.rank - b.rank);
      if (!lanes.length) continue;
      const box = group(this.box, title).appendChild(make("div", "levels"));
      for (const lane of lanes) box.append(this.bit(lane.label, lane.slot, 0, lane.label, "level"));
    }
    if (!this.shown.length) this.box.append(make("p", "quiet", "No IPCC is in this trace."));
  }

  register(register, slot) {
    const box = make("div", "register");
    box.dataset.register = register.name;
    const head = box.appendChild(make("div", "head"));
    const name = head.appendChild(make("strong", "mono", register.name));
    name.title = `${register.human}, +0x${register.offset.toString(16).padStart(3, "0")}`;
    const before = head.appendChild(make("span", "before mono"));
    const value = head.appendChild(make("span", "value mono"));
    this.shown.push((after, earlier) => {
      const changed = after[slot] !== earlier[slot];
      box.classList.toggle("changed", changed);
      before.textContent = changed ? `was ${hex(earlier[slot]).slice(2)}` : "";
      value.textContent = hex(after[slot]);
    });
    const rows = new Map(); // by what the field says: of each channel, or a row of its own
    for (const [field, lsb, width, meaning] of register.fields) {
      const [, channel, kind] = /^CH(\d+)([A-Z]+)$/.exec(field) ?? [];
      const key = channel ? kind : "";
      if (!rows.has(key)) {
        const row = box.appendChild(make("div", "fields"));
        if (key) row.append(make("span", "kind mono", key));
        rows.set(key, row.appendChild(make("span", channel && registerHasMany(register) ? "bits many" : "bits")));
      }
      const cell = width === 1 ? this.bit(channel ?? field, slot, lsb, `${field}: ${meaning}`) : this.number(field, slot, lsb, width, meaning);
      cell.dataset.field = field;
      rows.get(key).append(cell);
    }
    return box;
  }

  bit(label, slot, bit, title, name = "bit") {
    const cell = make("span", `${name} mono`, label);
    cell.setAttribute("role", "img");
    cell.title = title;
    this.shown.push((after, earlier) => {
      const set = (after[slot] >>> bit) & 1;
      cell.classList.toggle("set", set === 1);
      cell.classList.toggle("flipped", set !== ((earlier[slot] >>> bit) & 1));
      cell.dataset.value = set;
      cell.setAttribute("aria-label", `${title.split(":")[0]} ${set}`);
    });
    return cell;
  }

  number(field, slot, lsb, width, meaning) {
    const cell = make("span", "number mono");
    cell.title = meaning;
    this.shown.push((after) => {
      const value = Math.floor(after[slot] / 2 ** lsb) % 2 ** width;
      cell.dataset.value = value;
      cell.textContent = `${field}=${value}`;
    });
    return cell;
  }

  moveTo(row) {
    const after = this.recording.stateAfter(row);
    const earlier = this.recording.stateAfter(row - 1);
    for (const show of this.shown) show(after, row < 0 ? after : earlier);
    const changed = this.box.querySelector(".register.changed");
    if (changed) keepInSight(this.box, changed);
  }
}

/* More channels than stand side by side. */
function registerHasMany(register) {
  return register.fields.some(([field]) => /^CH9[A-Z]/.test(field));
}

function group(box, title) {
  const section = box.appendChild(make("section", "group"));
  if (title) section.append(make("h3", "", title));
  return section;
}

function make(tag, name, words = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words;
  return element;
}

function hex(value) {
  return `0x${value.toString(16).toUpperCase().padStart(8, "0")}`;
}
