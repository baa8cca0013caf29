/** Outcomes as one stacked bar, and its key. */

import { h, path, say } from "./dom.js";
import { number, OUTCOME_MEANING, OUTCOMES } from "./text.js";

/** What a bar says to who can't see it. */
export function spoken(results) {
  return OUTCOMES.filter((outcome) => results[outcome] > 0).map(
    (outcome) => `${number(results[outcome])} ${outcome}`).join(", ");
}

/** A bar of all results; `update(results)` changes it in place. */
export function stackedBar() {
  const parts = OUTCOMES.map((outcome) => h("span", { class: `part of-${outcome}` }));
  const element = h("span", { class: "stack", role: "img" }, parts);
  return {
    element,
    update(results) {
      const total = OUTCOMES.reduce((sum, outcome) => sum + results[outcome], 0);
      OUTCOMES.forEach((outcome, index) => {
        const some = results[outcome] > 0;
        parts[index].hidden = !some;
        // A single failure among thousands is seen all the same.
        if (some) parts[index].style.flex = `${results[outcome] / total} 0 ${outcome === "pending" ? 0 : 3}px`;
        parts[index].title = `${number(results[outcome])} ${outcome}`;
      });
      element.setAttribute("aria-label", spoken(results) || "nothing to do");
      return element;
    },
  };
}

/** The key: each outcome with its colour, mark and count. */
export function key(onpick) {
  const counts = new Map();
  const items = OUTCOMES.map((outcome) => {
    const count = h("span", { class: "count" }, "0");
    const item = h("button", { type: "button", class: `key is-${outcome}`, title: OUTCOME_MEANING[outcome],
      onclick: () => onpick(outcome) },
      h("span", { class: "mark", "aria-hidden": "true" }), h("span", null, outcome), count);
    counts.set(outcome, [item, count]);
    return item;
  });
  return {
    element: h("div", { class: "keys", role: "group", "aria-label": "Outcomes; each shows its results below" },
      items),
    update(results) {
      for (const [outcome, [item, count]] of counts) {
        say(count, number(results[outcome]));
        item.classList.toggle("none", results[outcome] === 0);
      }
    },
  };
}

/** A link to a job, by the beginning of its identifier. */
export const jobLink = (id) => h("a", { href: path(["jobs", id]), class: "id", title: id }, id.slice(0, 8));

/** A link to a host. */
export const hostLink = (name) => h("a", { href: path(["hosts", name]), class: "id" }, name);
