/**
 * A square per host on a canvas, in blocks by rack or zone. Only squares that changed are painted anew.
 *
 * Colour is not alone: what failed has a slash, what was skipped a bar, what was cancelled a dot, what waits is
 * hollow.
 */

import { h, say } from "./dom.js";
import { blocksOf, findSquare, layOut, neighbour } from "./heatlayout.js";
import { CODE, NONE } from "./jobdata.js";
import { OUTCOMES } from "./text.js";

const STEPS = 10; // of progress

export class HeatMap {
  /** `point(host, place)`: somebody looks at a host, whose square is there; both null if at none. `pick(host)`:
     somebody chose it. */
  constructor({ point, pick, describe }) {
    this.point = point;
    this.pick = pick;
    this.describe = describe;
    this.canvas = h("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "heat map", "aria-label": "Hosts",
        onpointermove: (event) => this.#move(event),
      onpointerleave: () => this.#look(null), onclick: (event) => this.#click(event),
        onkeydown: (event) => this.#key(event),
      onfocus: () => this.#focus(), onblur: () => this.#blur(),
    });
    this.spoken = h("p", { class: "unseen", "aria-live": "polite" });
    this.element = h("div", { class: "heat" }, this.canvas, this.spoken);
    this.groups = [];
    this.cursor = null;
    this.hovered = null;
    this.width = 0;
    this.palette = null;
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.element);
  }

  /** Ends what watches. */
  close() {
    this.observer.disconnect();
  }

  /** Groups are `{ name, members }`, members numbers of hosts. */
  setGroups(groups) {
    this.groups = blocksOf(groups);
    this.#arrange();
  }

  /** What a square shows: `codeOf(host)` its outcome, `shareOf(host)` its progress where `byProgress`. */
  setContent({ codeOf, shareOf, byProgress }) {
    Object.assign(this, { codeOf, shareOf, byProgress });
    this.paint();
  }

  /** Other colours from now on: dark mode, or paper. */
  recolour() {
    this.palette = null;
    this.painted?.fill(255);
    this.#arrange();
  }

  #resize() {
    const width = Math.floor(this.element.clientWidth);
    if (width === this.width || width === 0) return;
    this.width = width;
    this.#arrange();
  }

  #arrange() {
    if (this.width === 0) return;
    this.layout = layOut(this.groups, this.width);
    const scale = Math.min(3, Math.max(1, window.devicePixelRatio || 1));
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.layout.height * scale);
    this.canvas.style.setProperty("height", `${this.layout.height}px`);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.painted = new Uint8Array(this.layout.most + 1).fill(255);
    const colours = this.#colours();
    this.context.fillStyle = colours.ground;
    this.context.fillRect(0, 0, this.width, this.layout.height);
    this.context.fillStyle = colours.text;
    this.context.font = `11px ${colours.font}`;
    this.context.textBaseline = "alphabetic";
    for (const block of this.layout.blocks) if (block.name !== null) this.context.fillText(block.label, block.x,
      block.y + 11, block.width);
    this.paint();
  }

  #colours() {
    if (this.palette) return this.palette;
    const style = getComputedStyle(this.element);
    const of = (name) => style.getPropertyValue(name).trim();
    this.palette = {
      ground: of("--surface"), text: of("--muted"), ring: of("--text"), hollow: of("--hollow"),
        mark: of("--on-colour"), font: style.fontFamily,
      outcome: OUTCOMES.map((outcome) => of(`--${outcome}`)),
      progress: Array.from({ length: STEPS + 1 }, (_, step) => of(`--progress-${Math.round((step / STEPS) * 5)}`)),
    };
    return this.palette;
  }

  /** Paints what has changed. */
  paint() {
    if (!this.layout || !this.codeOf) return;
    const { size, places } = this.layout;
    for (let index = 0; index < places.length; index += 1) {
      const host = places[index].host;
      const code = this.codeOf(host);
      const isPart = this.byProgress || code === CODE.running;
      const look = code * (STEPS + 1) + (isPart ? Math.floor(this.shareOf(host) * STEPS + 1e-9) : 0);
      if (this.painted[host] === look) continue;
      if (this.painted[host] !== 255) this.#clear(places[index]);
      this.painted[host] = look;
      this.#square(places[index].x, places[index].y, size, code, isPart ? look % (STEPS + 1) : 0);
    }
    this.#ring();
  }

  #clear({ x, y }) {
    this.context.fillStyle = this.#colours().ground;
    this.context.fillRect(x - 1, y - 1, this.layout.size + 2, this.layout.size + 2);
  }

  #square(x, y, size, code, step) {
    const { context } = this, colours = this.#colours();
    if (code === NONE) return;
    const isBad = code === CODE.error || code === CODE.skipped || code === CODE.cancelled;
    if (this.byProgress && !isBad) {
      context.fillStyle = step === 0 && code === CODE.pending ? colours.hollow : colours.progress[step];
      context.fillRect(x, y, size, size);
      return;
    }
    if (code === CODE.pending || code === CODE.running) {
      context.fillStyle = colours.hollow;
      context.fillRect(x, y, size, size);
      if (code === CODE.pending) return;
      // A download in hand fills its square from below.
      const part = Math.max(2, Math.round((step / STEPS) * size));
      context.fillStyle = colours.outcome[code];
      context.fillRect(x, y + size - part, size, part);
      context.strokeStyle = colours.outcome[code];
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      return;
    }
    context.fillStyle = colours.outcome[code];
    context.fillRect(x, y, size, size);
    if (isBad) this.#mark(x, y, size, code, colours.mark);
  }

  #mark(x, y, size, code, colour) {
    const { context } = this;
    const inset = Math.max(1.5, size * 0.22), middle = size / 2;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = Math.max(1.25, size / 8);
    context.beginPath();
    if (code === CODE.error) {
      context.moveTo(x + inset, y + size - inset);
      context.lineTo(x + size - inset, y + inset);
    } else if (code === CODE.skipped) {
      context.moveTo(x + inset, y + middle);
      context.lineTo(x + size - inset, y + middle);
    } else {
      context.arc(x + middle, y + middle, Math.max(1, size / 6), 0, 7);
      context.fill();
      return;
    }
    context.stroke();
  }

  #ring() {
    const host = this.hovered ?? (document.activeElement === this.canvas ? this.cursor : null);
    if (this.ringed !== undefined && this.ringed !== host) this.#unring(this.ringed);
    this.ringed = host ?? undefined;
    const place = host === null ? null : this.layout.byHost.get(host);
    if (!place) return;
    this.context.strokeStyle = this.#colours().ring;
    this.context.lineWidth = 1.5;
    this.context.strokeRect(place.x - 0.25, place.y - 0.25, this.layout.size + 0.5, this.layout.size + 0.5);
  }

  #unring(host) {
    const place = this.layout.byHost.get(host);
    if (!place) return;
    this.ringed = undefined;
    const look = this.painted[host];
    this.#clear(place);
    this.#square(place.x, place.y, this.layout.size, Math.floor(look / (STEPS + 1)), look % (STEPS + 1));
  }

  #look(host, isKeyboard = false) {
    this.hovered = isKeyboard ? null : host;
    if (this.layout) this.#ring();
    const place = host === null ? null : this.layout.byHost.get(host);
    this.point(host, place);
  }

  #hostAt(event) {
    return this.layout ? findSquare(this.layout, event.offsetX, event.offsetY) : null;
  }

  #move(event) {
    const host = this.#hostAt(event);
    if (host !== this.hovered) this.#look(host);
  }

  #click(event) {
    const host = this.#hostAt(event);
    if (host === null) return;
    this.cursor = host;
    this.pick(host);
  }

  #focus() {
    if (!this.layout || this.layout.places.length === 0 || !this.canvas.matches(":focus-visible")) return;
    this.cursor ??= this.layout.places[0].host;
    this.#goTo(this.cursor);
  }

  #blur() {
    this.#look(null);
  }

  #goTo(host) {
    this.cursor = host;
    this.#look(host, true);
    say(this.spoken, this.describe(host));
  }

  #key(event) {
    if (!this.layout || this.layout.places.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = this.cursor ?? this.layout.places[0].host;
    if (event.key === "Enter" || event.key === " ") {
      this.pick(from);
      // What is told below is not to be covered by the same.
      this.point(null, null);
    }
    else if (event.key === "Escape") this.#look(null);
    else if (event.key === "n") this.#goTo(this.#nextBad(from) ?? from);
    else {
      const to = neighbour(this.layout, from, event.key);
      if (to === null) return;
      this.#goTo(to);
    }
    event.preventDefault();
  }

  #nextBad(from) {
    const { places } = this.layout;
    const start = places.findIndex((place) => place.host === from);
    for (let step = 1; step <= places.length; step += 1) {
      const { host } = places[(start + step) % places.length];
      if (this.codeOf(host) === CODE.error || this.codeOf(host) === CODE.skipped) return host;
    }
    return null;
  }
}
