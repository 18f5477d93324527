// Runs beside the sound: 16-bit chunks of 80 ms, and how loud each is.
const SAMPLES = 1280;

class Chunks extends AudioWorkletProcessor {
  #pcm = new Int16Array(SAMPLES);
  #filled = 0;
  #peak = 0;

  process([[samples]]) {
    for (const sample of samples ?? []) {
      const bounded = Math.max(-1, Math.min(1, sample));
      this.#peak = Math.max(this.#peak, Math.abs(bounded));
      this.#pcm[this.#filled++] = Math.round(bounded * 32767);
      if (this.#filled === SAMPLES) {
        const pcm = this.#pcm.slice().buffer;
        this.port.postMessage({ pcm, level: this.#peak }, [pcm]);
        this.#filled = this.#peak = 0;
      }
    }
    return true;
  }
}

registerProcessor("chunks", Chunks);
