// Changes on their way to Python: one message at a time, what comes meanwhile waits and goes together.

const LOST = 8000; // milliseconds until a message without an answer counts as lost

export class Outbox {
  // send({number, changes}); onAnswer(milliseconds)
  constructor(send, onAnswer) {
    Object.assign(this, { send, onAnswer, number: 0, waiting: [], flight: null });
  }

  get idle() {
    return !this.flight && !this.waiting.length;
  }

  push(change) {
    const last = this.waiting.at(-1);
    const again = last && last.op === change.op && last.id === change.id && last.setting === change.setting;
    if (again && ["change", "input", "open", "measure"].includes(change.op)) this.waiting.pop();
    this.waiting.push(change);
    this.#flush();
  }

  // Python has seen every message up to `number`.
  answered(number) {
    if (this.flight && number >= this.flight.number) {
      clearTimeout(this.flight.timer);
      this.onAnswer(performance.now() - this.flight.started);
      this.flight = null;
    }
    this.number = Math.max(this.number, number);
    this.#flush();
  }

  #flush() {
    if (this.flight || !this.waiting.length) return;
    this.number += 1;
    const timer = setTimeout(() => {
      this.flight = null;
      this.#flush();
    }, LOST);
    this.flight = { number: this.number, started: performance.now(), timer };
    this.send({ number: this.number, changes: this.waiting.splice(0) });
  }
}
