/** Where the squares of a heat map are: blocks on shelves, squares in rows. Figures alone, no drawing. */

const LABEL = 15; // pixels above a block for its name
const GAP = 12; // between blocks

/** Groups in the order of their names; hosts without a group come last. */
export function blocksOf(groups) {
  return groups.map((group) => ({ ...group, label: group.name === null ? ""
    : `${group.name} (${group.members.length})` }));
}

/** The side of a square for so many hosts: large while there is room, 6 pixels at the least. */
function side(hosts, width) {
  const room = Math.sqrt((width * Math.max(260, Math.min(680, width * 0.7))) / Math.max(1, hosts)) * 0.86;
  return Math.max(6, Math.min(18, Math.floor(room) - 1));
}

/** Lays blocks out in the width: each as broad as it needs, wrapped onto shelves. */
export function layOut(groups, width) {
  const hosts = groups.reduce((sum, group) => sum + group.members.length, 0);
  const size = side(hosts, width), pitch = size + 1;
  const isOne = groups.length === 1;
  const most = groups.reduce((high, group) => group.members.reduce((top, host) => Math.max(top, host), high), 0);
  const blocks = [], places = [];
  const byHost = new Map();
  let x = 0, y = 0, shelf = 0;
  const full = Math.max(1, Math.floor((width - 2) / pitch));
  // Blocks as broad as lets the largest stand side by side without room left over at the end.
  const wish = groups.reduce((high, group) => Math.max(high, Math.ceil(Math.sqrt(group.members.length * 2.2))), 1);
  const abreast = Math.max(1, Math.floor((width + GAP) / (wish * pitch + GAP)));
  const stretch = Math.min(1.6, Math.max(1, ((width + GAP) / abreast - GAP) / pitch / wish));
  for (const group of groups) {
    const count = group.members.length;
    const named = group.name !== null ? Math.ceil((group.label.length * 6.2) / pitch) : 1;
    const columns = isOne ? full : Math.min(full,
      Math.max(named, Math.floor(Math.ceil(Math.sqrt(count * 2.2)) * stretch)));
    const rows = Math.ceil(count / columns);
    const top = group.name === null && isOne ? 1 : LABEL;
    const block = { name: group.name, label: group.label, width: columns * pitch, columns, rows };
    if (x > 0 && x + block.width > width) {
      x = 0;
      y += shelf + GAP;
      shelf = 0;
    }
    Object.assign(block, { x, y, top: y + top, first: places.length });
    group.members.forEach((host, index) => {
      const place = { host, x: x + 1 + (index % columns) * pitch, y: y + top + Math.floor(index / columns) * pitch };
      places.push(place);
      byHost.set(host, place);
    });
    blocks.push(block);
    x += block.width + GAP;
    shelf = Math.max(shelf, top + rows * pitch);
  }
  return { size, pitch, blocks, places, byHost, most, height: Math.max(24, y + shelf + 2) };
}

/** The host whose square is at a point; null if none is. */
export function findSquare({ blocks, places, pitch }, x, y) {
  for (const [index, block] of blocks.entries()) {
    const column = Math.floor((x - block.x - 1) / pitch), row = Math.floor((y - block.top) / pitch);
    if (column < 0 || column >= block.columns || row < 0 || row >= block.rows) continue;
    const place = block.first + row * block.columns + column;
    const end = blocks[index + 1]?.first ?? places.length;
    if (place < end) return places[place].host;
  }
  return null;
}

/** Where a key leads from a host; null if the key is none that moves. */
export function neighbour({ places, byHost }, from, key) {
  const index = places.findIndex((place) => place.host === from);
  if (key === "Home") return places[0].host;
  if (key === "End") return places.at(-1).host;
  if (key === "ArrowRight") return places[Math.min(places.length - 1, index + 1)].host;
  if (key === "ArrowLeft") return places[Math.max(0, index - 1)].host;
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  // The nearest row that way, and in it the nearest square.
  const here = byHost.get(from);
  const isBeyond = (place) => (key === "ArrowDown" ? place.y > here.y : place.y < here.y);
  let best = null;
  for (const place of places) {
    if (!isBeyond(place)) continue;
    const distance = Math.abs(place.y - here.y) * 4 + Math.abs(place.x - here.x);
    if (best === null || distance < best.distance) best = { distance, host: place.host };
  }
  return best?.host ?? from;
}
