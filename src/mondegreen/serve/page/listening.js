// A microphone's sound to the server, its events back. Comes back by itself after a break.
const RATE = 16000;
const RESTART = 1012;
const BUSY = 1013;
const MOST_TRIES = 5;
const MOST_WAITING = 64000; // bytes the network has not taken: two seconds, after which it is too slow

export class Listening {
  muted = false;
  #url; #token; #tell; #socket; #context; #tracks = []; #decided = null; #tries = 0; #over = false;

  constructor(url, token, tell) {
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#url = url;
    this.#token = token;
    this.#tell = tell;
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new Error(
        "Browsers give the microphone only to pages over https or on localhost, and this is " +
        `${location.origin}. Put the server behind https, or open it on the machine itself. ` +
        "Recordings and typed sentences work here as well.");
    }
    const media = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false },
    });
    this.#tracks = media.getTracks();
    this.#context = new AudioContext({ sampleRate: RATE });
    await this.#context.audioWorklet.addModule(new URL("./microphone.js", import.meta.url));
    const source = this.#context.createMediaStreamSource(media);
    const chunks = new AudioWorkletNode(this.#context, "chunks");
    chunks.port.onmessage = ({ data }) => this.#send(data);
    source.connect(chunks).connect(this.#context.destination);
    this.#connect();
  }

  stop() {
    this.#over = true;
    this.#release();
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: "stop" })); // what is being said still counts
    } else {
      this.#socket?.close();
    }
    this.#tell.ended("");
  }

  #release() {
    for (const track of this.#tracks) track.stop();
    this.#context?.close().catch(() => {});
    this.#context = null;
  }

  #connect() {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({
      type: "start", rate: RATE, encoding: "s16le", token: this.#token,
    }));
    socket.onmessage = ({ data }) => this.#follow(JSON.parse(data));
    socket.onclose = (event) => this.#closed(event);
  }

  #send({ pcm, level }) {
    this.#tell.level(this.muted ? 0 : Math.min(1, level * 3));
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MOST_WAITING) return;
    socket.send(this.muted ? new ArrayBuffer(pcm.byteLength) : pcm);
  }

  #follow(event) {
    if (event.type === "ready") this.#tries = 0;
    if (event.type === "speech_started") this.#decided = null;
    if (event.type === "decided" && event.part === "all") this.#decided = event;
    this.#tell.event(event, this.#decided);
  }

  #closed(event) {
    if (this.#over) return;
    const again = [1006, RESTART, BUSY].includes(event.code) && this.#tries < MOST_TRIES;
    if (again) {
      setTimeout(() => { if (!this.#over) this.#connect(); }, 300 * 2 ** this.#tries);
      this.#tries += 1;
      return;
    }
    this.#over = true;
    this.#release();
    this.#tell.ended(event.reason || (event.code === 1000 ? "" : "The connection broke off."));
  }
}
