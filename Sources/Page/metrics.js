/** Reads gauges out of Prometheus' text format, version 0.0.4. */

/** All series of a name, as labels and value. */
export function gauges(text, name) {
  const lines = text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"));
  return [...lines].map(([, labels, value]) => ({ labels: labelsOf(labels ?? ""), value: Number(value) }));
}

function labelsOf(text) {
  const labels = Object.create(null);
  for (const [, key, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[key] = value.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign));
  }
  return labels;
}
