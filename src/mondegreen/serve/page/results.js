// Results as a person reads them. Everything from outside goes in as text, never as HTML.
const MOST = 30;
const one = (name) => document.getElementById(name);
const percent = (share) => `${Math.round(100 * share)} %`;
const seconds = (time) => `${time.toFixed(2)} s`;
const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function element(kind, text = "", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

const listed = (slots) => slots.map((slot) => `${slot.name} ${shown(slot.value)}`).join(", ");

export function showPartial(event) {
  one("words").textContent = `${event.transcript} …`;
  const slots = listed(event.slots);
  one("meaning").textContent = [event.intent, slots].filter(Boolean).join(": ");
}

export function showDecision(event) {
  if (event.part !== "all") return;
  const { intent, slots } = event.value;
  one("meaning").textContent =
    `${intent}${slots.length ? `: ${listed(slots)}` : ""} (decided at ${seconds(event.time)}, ` +
    `doubt ${(100 * event.doubt).toFixed(1)} %)`;
}

export function showResult(result, decided, at) {
  const item = element("li");
  item.append(head(result));
  if (result.slots.length) item.append(table(result.slots));
  if (result.status === "not_understood") item.append(...nearest(result.alternatives));
  if (result.reply) item.append(element("p", result.reply, "reply"));
  for (const { title, section } of result.sources) {
    item.append(element("p", `from ${[title, section].filter(Boolean).join(", ")}`, "quiet"));
  }
  item.append(element("p", timing(result, decided, at), "quiet"));
  one("results").prepend(item);
  while (one("results").children.length > MOST) one("results").lastChild.remove();
  one("none").hidden = true;
  one("words").textContent = result.transcript || wordless(result.status);
  one("meaning").textContent = result.reply || result.intent || "";
}

const wordless = (status) => (status === "no_speech" ? "(no speech)" : "(not understood)");

function head(result) {
  const line = element("p", "", "head");
  const name = result.intent ?? wordless(result.status).slice(1, -1);
  line.append(element("strong", name, result.intent ? "" : "not"));
  if (result.transcript) line.append(element("span", `“${result.transcript}”`));
  if (result.status === "understood") {
    line.append(element("span", percent(result.confidence), "quiet"));
  }
  return line;
}

function table(slots) {
  const list = element("dl");
  for (const slot of slots) {
    const sure = slot.confidence === null ? "" : ` (${percent(slot.confidence)})`;
    list.append(element("dt", slot.name), element("dd", shown(slot.value) + sure));
  }
  return list;
}

function nearest(alternatives) {
  return alternatives.slice(0, 2).map((other) => {
    const missing = other.missing.length ? `; not heard: ${other.missing.join(", ")}` : "";
    return element("p", `nearest: “${other.transcript}”${missing}`, "quiet");
  });
}

function timing(result, decided, at) {
  if (!result.audio_seconds) return "typed";
  const parts = [`${seconds(result.audio_seconds)} of sound in ${Math.round(result.compute_ms)} ms`];
  if (decided) {
    const lead = at - decided.time;
    parts.push(`decided ${seconds(lead)} before the end was sure, doubt ${(100 * decided.doubt).toFixed(1)} %`);
  } else if (result.decided_at !== null) {
    parts.push(`complete at ${seconds(result.decided_at)}`);
  }
  return parts.join(" · ");
}
