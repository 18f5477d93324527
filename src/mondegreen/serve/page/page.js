// The page: what happens when something is pressed, dropped or typed.
import { request, address, token, keepToken, explain } from "./server.js";
import { Listening } from "./listening.js";
import { showResult, showPartial, showDecision } from "./results.js";
import { startEditor, showGrammar } from "./editor.js";

const one = (name) => document.getElementById(name);
let listening = null;

function trouble(text) {
  one("trouble").textContent = text;
  one("trouble").hidden = !text;
}

async function guarded(work) {
  trouble("");
  try {
    await work();
  } catch (error) {
    if (error.status === 401) one("access").hidden = false;
    trouble(explain(error));
  }
}

async function speak(text) {
  if (!text || !one("aloud").checked) return;
  const reply = await request("v1/say", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }),
  });
  const url = URL.createObjectURL(await reply.blob());
  const sound = new Audio(url);
  // What the page says itself is not for it to hear.
  const deaf = (muted) => { if (listening) listening.muted = muted; };
  sound.onended = sound.onerror = () => { deaf(false); URL.revokeObjectURL(url); };
  deaf(true);
  await sound.play().catch(() => deaf(false));
}

async function heard(result, decided, at) {
  showResult(result, decided, at);
  await speak(result.reply);
}

const follow = {
  speech_started: () => { one("words").textContent = "…"; one("meaning").textContent = ""; },
  partial: showPartial,
  decided: showDecision,
  final: (event, decided) => guarded(() => heard(event.result, decided, event.time)),
};

function pressed(on) {
  one("talk").setAttribute("aria-pressed", String(on));
  one("talk").textContent = on ? "Stop listening" : "Start listening";
  if (!on) one("level").value = 0;
}

async function talk() {
  if (listening) {
    listening.stop();
    return;
  }
  await guarded(async () => {
    listening = new Listening(address("v1/stream"), token(), {
      event: (event, decided) => follow[event.type]?.(event, decided),
      level: (value) => { one("level").value = value; },
      ended: (why) => { listening = null; pressed(false); if (why) trouble(why); },
    });
    pressed(true);
    try {
      await listening.start();
    } catch (error) {
      listening?.stop();
      listening = null;
      pressed(false);
      throw error;
    }
  });
}

async function understand(body, type) {
  one("words").textContent = "…";
  one("meaning").textContent = "";
  await guarded(async () => {
    const reply = await request("v1/understand", {
      method: "POST", headers: { "content-type": type }, body,
    });
    await heard(await reply.json());
  });
  if (one("words").textContent === "…") one("words").textContent = "";
}

const hearFile = (file) => understand(file, file.type || "application/octet-stream");

function takeDrops() {
  const place = document.body;
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    one("listen").classList.add("over");
  });
  place.addEventListener("dragleave", () => one("listen").classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    one("listen").classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (file) hearFile(file);
  });
}

async function watchState() {
  for (;;) {
    let text = "the server does not answer";
    let ready = false;
    try {
      const reply = await fetch(address("readyz"));
      ready = reply.ok;
      text = ready ? "ready" : "the engine is being loaded…";
    } catch { /* said above */ }
    if (one("state").textContent !== text) one("state").textContent = text;
    if (ready && !one("model").textContent) await guarded(showGrammar);
    await new Promise((done) => setTimeout(done, ready ? 10000 : 500));
  }
}

one("talk").addEventListener("click", talk);
one("type").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = one("sentence").value.trim();
  if (text) understand(JSON.stringify({ text }), "application/json");
});
one("file").addEventListener("change", (event) => {
  if (event.target.files[0]) hearFile(event.target.files[0]);
});
one("access").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(one("token").value.trim());
  one("access").hidden = true;
  guarded(showGrammar);
});
takeDrops();
startEditor(guarded);
watchState();
