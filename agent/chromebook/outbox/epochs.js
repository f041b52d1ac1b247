// Which run of the worker numbered what. As rollcall_agent.outbox.epochs: each run draws a name of its own, which no
// other profile and no profile that begins anew can know, and writes it down with its first report.

const SEQ_MAX = 2 ** 53 - 1;

/** The numbers that one run gave; `follows` is the run before it in this outbox. */
export class Epoch {
  constructor({ name, follows, firstSeq, lastSeq }) {
    Object.assign(this, { name, follows, firstSeq, lastSeq });
  }

  /** The parts of these ranges that this run numbered. */
  own(spans) {
    return spans
      .map(([first, last]) => [Math.max(first, this.firstSeq), Math.min(last, this.lastSeq)])
      .filter(([first, last]) => first <= last);
  }
}

/** The epochs of what the store holds, oldest first, as [firstSeq, { name, follows }]. */
export function asEpochs(entries) {
  return entries.map(([firstSeq, { name, follows }], place) => {
    const lastSeq = place + 1 < entries.length ? entries[place + 1][0] - 1 : SEQ_MAX;
    return new Epoch({ name, follows, firstSeq, lastSeq });
  });
}

/** Sixteen random hex digits. */
export function drawName() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((one) => one.toString(16).padStart(2, "0")).join("");
}
