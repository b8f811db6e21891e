// Pictures of a data set, fetched as they come into view: sheets of many pictures in one file, and what is known
// about each. A sheet that failed is asked for again the next time it is needed.

const KEPT = 24; // sheets in memory: about 1 MB each

export class Sheets {
  // onArrival(number): a sheet came, or failed.
  constructor(onArrival) {
    this.onArrival = onArrival;
    this.sheets = new Map(); // number -> {image, known} or a promise
    this.base = "";
  }

  // base: address of the set; query: which pictures in which order; page: pictures of a sheet; columns: of a row.
  open({ base, query, page, columns }) {
    const address = `${base}?${query}`;
    if (address === this.address) return;
    Object.assign(this, { base, query, page, columns, address });
    this.sheets.clear();
    this.failed = false;
  }

  // Picture `index`: {image, column, row, known} once its sheet is here, null until then.
  at(index) {
    const sheet = this.#sheet(Math.floor(index / this.page));
    if (!sheet) return null;
    const place = index % this.page;
    const known = sheet.known;
    return {
      image: sheet.image,
      column: place % this.columns,
      row: Math.floor(place / this.columns),
      index: known.index[place],
      label: known.label[place],
      factors: known.factors[place],
      caption: known.caption[place] ?? "",
    };
  }

  #sheet(number) {
    const held = this.sheets.get(number);
    if (held) {
      this.sheets.delete(number); // the most recent one last
      this.sheets.set(number, held);
      return held.image ? held : null;
    }
    const address = this.address;
    const url = (kind) => new URL(`${this.base}/${number}.${kind}?${this.query}`, document.baseURI).href;
    const ask = async (kind) => {
      const answer = await fetch(url(kind));
      if (!answer.ok) throw new Error(`${answer.status}`);
      return kind === "json" ? answer.json() : createImageBitmap(await answer.blob());
    };
    const promise = Promise.all([ask("png"), ask("json")])
      .then(([image, known]) => {
        if (address !== this.address) return;
        this.sheets.set(number, { image, known });
        this.failed = false;
        this.onArrival(number);
      })
      .catch(() => {
        if (address !== this.address) return;
        this.sheets.delete(number);
        this.failed = true;
        this.onArrival(number);
      });
    this.sheets.set(number, promise);
    while (this.sheets.size > KEPT) this.sheets.delete(this.sheets.keys().next().value);
    return null;
  }
}
