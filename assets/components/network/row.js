// One layer of the list: name and settings, what comes out, its counts, the formula, and its share as a bar.

import { element } from "../common/dom.js";
import { amount, bytes, brief, commas } from "./units.js";

const FORMULA = { parameters: "formula", macs: "macs_formula" };
const NOTHING = { parameters: "nothing to learn", macs: "no multiplications" };

function formulaOf(row, measure) {
  if (row.state !== "ok") return row.state === "unreachable" ? "nothing arrives here" : "";
  if (measure === "memory") return `${row.output} × 4 bytes = ${commas(row.memory)}`;
  return row[measure] ? row[FORMULA[measure]] : NOTHING[measure];
}

const signed = (measure, value) => `${value > 0 ? "+" : ""}${amount(measure, value)}`;

function cell(kind, text, more) {
  const node = element("span", { class: `cell ${kind} numeric` }, text);
  if (more) node.append(element("small", { class: more > 0 ? "more" : "less" }, signed(kind, more)));
  return node;
}

// The head of a row as it is now. largest: of the measure over all rows; secret: counts are still to be guessed.
export function head(row, { measure, largest, secret, verdict }) {
  const news = { new: "new", changed: "changed" }[row.news];
  const title = element(
    "span",
    { class: "title" },
    element("i", { class: "dot" }),
    element("b", {}, row.name),
    element("span", { class: "settings" }, row.settings),
    ...(news ? [element("em", {}, news)] : []),
  );
  const formula = verdict ? verdictLine(verdict, row) : element("span", { class: "formula numeric" }, secret ? "" : formulaOf(row, measure));
  const known = row.state === "ok" && !secret;
  const more = row.more ?? {};
  const cells = [
    cell("output", row.state === "ok" ? row.output : "–"),
    cell("parameters", known ? commas(row.parameters) : secret ? "?" : "–", known && more.parameters),
    cell("macs", known ? brief(row.macs) : secret ? "?" : "–", known && more.macs),
    cell("memory", known ? bytes(row.memory) : secret ? "?" : "–", known && more.memory),
    cell("sees", row.state === "ok" ? row.sees : "–"),
  ];
  const bar = element("span", { class: "bar" }, element("i"));
  bar.firstChild.style.width = known && largest ? `${(100 * row[measure]) / largest}%` : "0";
  return [title, formula, element("span", { class: "cells" }, ...cells), bar];
}

function verdictLine({ guess, right, sentence }, row) {
  return element(
    "span",
    { class: `formula verdict ${right ? "right" : "wrong"}` },
    element("b", {}, right ? "✓ " : "✗ "),
    `${commas(guess)}: ${sentence} `,
    element("span", { class: "numeric" }, row.parameters ? row.formula : NOTHING.parameters),
  );
}
