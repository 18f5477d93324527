// The grammar: what is understood now, and another one checked while it is typed.
import { request } from "./server.js";
import { element } from "./results.js";

const PAUSE = 400; // ms without a key before the text is checked
const SAMPLE = `context:
  expressions:
    lamp:
      - "(please) switch (the) $lamp:lamp $state:state"
      - "dim the $lamp:lamp to $mondegreen.Percent:level"
  slots:
    lamp: [desk lamp, reading lamp]
    state: [on, off]
`;
const one = (name) => document.getElementById(name);
let latest = 0;

export async function showGrammar() {
  const grammar = await (await request("v1/grammar")).json();
  const names = Object.keys(grammar.intents).sort();
  one("model").textContent = `${grammar.model}: ${names.length} intents`;
  one("intents").replaceChildren(...names.map((name) => {
    const slots = Object.keys(grammar.intents[name]);
    return element("li", slots.length ? `${name} (${slots.join(", ")})` : name);
  }));
  one("use").hidden = !grammar.editing;
  if (!one("grammar").value) one("grammar").value = grammar.text ?? SAMPLE;
}

function show(findings, summary) {
  one("findings").replaceChildren(...findings.slice(0, 50).map((finding) => {
    const place = finding.line ? `line ${finding.line}: ` : "";
    return element("li", `${finding.severity}: ${place}${finding.message}`, finding.severity);
  }));
  const errors = findings.filter((finding) => finding.severity === "error").length;
  const size = summary.intents ? `, ${summary.intents} intents, ${summary.slots} slots` : "";
  one("findings-summary").textContent = errors
    ? `${errors} error${errors > 1 ? "s" : ""}: this cannot be used yet`
    : `no errors, ${findings.length} remark${findings.length === 1 ? "" : "s"}${size}`;
  one("use").disabled = errors > 0;
}

const send = (text, activate) => request(`v1/grammars?activate=${activate}`, {
  method: "POST", headers: { "content-type": "application/yaml" }, body: text,
});

async function check() {
  const text = one("grammar").value;
  const mine = ++latest;
  one("use").disabled = true;
  if (!text.trim()) {
    show([], {});
    one("findings-summary").textContent = "";
    one("use").disabled = true;
    return;
  }
  const checked = await (await send(text, false)).json();
  if (mine === latest) show(checked.findings, checked.summary); // else there is a newer text
}

export function startEditor(guarded) {
  let timer = 0;
  one("grammar").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => guarded(check), PAUSE);
  });
  one("use").addEventListener("click", () => guarded(async () => {
    one("use").disabled = true;
    one("findings-summary").textContent = "being compiled…";
    try {
      await send(one("grammar").value, true);
    } finally {
      one("use").disabled = false;
    }
    one("findings-summary").textContent = "in use";
    await showGrammar();
  }));
}
