/**
 * Elements without markup: every text goes in as a text node, so no name can become HTML.
 */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter(
    (child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element: `h("a", { href: "#/jobs" }, "Jobs")`. Children are elements or texts. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An element of SVG. */
export function s(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Puts new children in the place of the old ones. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(
    (child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The same for what somebody may be at with the keyboard: the focus goes to the link that leads where its own did. */
export function putAgain(element, ...children) {
  const links = (address) => [...element.querySelectorAll("a")].filter((one) => one.getAttribute("href") === address);
  const own = element.contains(document.activeElement) ? document.activeElement : null;
  const address = own?.getAttribute("href") ?? null, index = links(address).indexOf(own);
  put(element, ...children);
  if (index >= 0) links(address)[index]?.focus({ preventScroll: true });
}

/** Says what is in the way of showing more, in its place; once, for it is read out. */
export function putProblem(element, { message }) {
  if (element.textContent !== message) put(element, h("p", { class: "problem", role: "alert" }, message));
}

/** Changes a text only where it differs, so that screen readers and the layout are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A link within the page; parts are encoded, whatever they hold. */
export function link(parts, ...children) {
  return h("a", { href: path(parts) }, ...children);
}

/** The address of a place in the page. */
export function path(parts) {
  return "#/" + parts.map((part) => encodeURIComponent(part)).join("/");
}

/**
 * A table. A column is `{ title, cell(row), kind }`: `kind` is "number" for figures that align at the right,
 * "wide" for what may wrap. A narrow screen shows each row as a block, with the titles beside the values.
 */
export function table(caption, columns, rows, empty) {
  if (rows.length === 0) return h("p", { class: "empty" }, empty ?? "Nothing here.");
  return h("div", { class: "scroll" }, h("table", null,
    h("caption", { class: "unseen" }, caption),
    h("thead", null, h("tr", null, columns.map(
      (column) => h("th", { scope: "col", class: column.kind }, column.title)))),
    h("tbody", null, rows.map((row) => tableRow(columns, row)))));
}

/** One row of a table. A cell of several pieces is one block beside its title on a narrow screen. */
export function tableRow(columns, row) {
  return h("tr", null, columns.map((column, index) => {
    const content = column.cell(row);
    return h(index === 0 ? "th" : "td",
      { class: column.kind, data: { title: column.title }, scope: index === 0 ? "row" : null },
      Array.isArray(content) ? h("div", null, content) : content);
  }));
}

/** A titled part of a page. */
export function section(title, ...children) {
  return h("section", null, h("h2", null, title), ...children);
}

/** Names and values, as a list of definitions. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, known.map(
    ([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

/** A part of a whole as a bar with words beside it. */
export function meter(fraction, text, kind) {
  const share = Math.max(0, Math.min(1, fraction));
  return h("span", { class: "meter" },
    h("span", { class: "track", "aria-hidden": "true" },
      h("span", { class: `filled ${kind ?? ""}`, style: { width: `${share * 100}%` } })),
    h("span", { class: "figure" }, text));
}

/** A text in which `code` stands in backticks. */
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", null, part) : part));
}

/** A small word with a coloured mark before it. */
export function badge(kind, text) {
  return h("span", { class: `badge is-${kind}` }, h("span", { class: "mark", "aria-hidden": "true" }), text);
}

/** A drop-down list; options are `[value, text]`. */
export function choice(label, options, value, onchange) {
  return h("label", { class: "control" }, h("span", null, label),
    h("select", { onchange: (event) => onchange(event.target.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text))));
}

/**
 * A field to search in. `take(text)` gets what stands there, without space around it, once nobody types for a while.
 */
export function search(label, milliseconds, take) {
  let typing = null;
  return h("label", { class: "control" }, h("span", null, label),
    h("input", { type: "search", autocomplete: "off", spellcheck: "false",
      oninput: (event) => {
        clearTimeout(typing);
        typing = setTimeout(() => take(event.target.value.trim()), milliseconds);
      } }));
}
