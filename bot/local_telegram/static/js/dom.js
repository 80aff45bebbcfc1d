// The one way this page makes nodes: text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 * @param {string} tag element name
 * @param {object} props attributes; `on…` adds a listener, `dataset` and `style` take objects,
 *   null and false are left out, true makes an empty attribute
 * @param {...any} children nodes, strings, arrays of them; null and false are left out
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...flatten(children));
  return node;
}

/** Puts `children` in the place of whatever `node` held. */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

function flatten(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false);
}

const PATHS = {
  back: ["M15 5l-7 7 7 7"],
  close: ["M6 6l12 12M18 6L6 18"],
  send: ["fill:M3.2 20.2V14l9.3-2-9.3-2V3.8L21.4 12z"],
  attach: ["M19 11.5l-7.4 7.3a4.6 4.6 0 0 1-6.5-6.5l7.9-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.8 7.7a1.5 1.5 0 0 1-2.2-2.2l7-6.9"],
  smile: ["circle:12,12,9", "M8.5 14.2c1.8 2.4 5.2 2.4 7 0", "dot:9,9.7", "dot:15,9.7"],
  keyboard: ["M5 6.5h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z", "dot:7.5,10.3", "dot:12,10.3", "dot:16.5,10.3", "M8.5 14.2h7"],
  menu: ["M5 7h14M5 12h14M5 17h14"],
  more: ["dot:12,5.5", "dot:12,12", "dot:12,18.5"],
  panel: ["M5 4.5h14a1.6 1.6 0 0 1 1.6 1.6v11.8a1.6 1.6 0 0 1-1.6 1.6H5a1.6 1.6 0 0 1-1.6-1.6V6.1a1.6 1.6 0 0 1 1.6-1.6z", "M14.5 4.7v14.6"],
  copy: ["M9 8.5h9a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H9a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 9 8.5z", "M4.5 15V5A1.5 1.5 0 0 1 6 3.5h9"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  external: ["M8 6h10v10", "M18 6L6.5 17.5"],
  reply: ["M10 6L4.5 11.5 10 17", "M5 11.5h8.5c3.6 0 6 2.3 6 6.5"],
  edit: ["M4.5 19.5l1-4.2L16.3 4.5a1.8 1.8 0 0 1 2.5 0l.7.7a1.8 1.8 0 0 1 0 2.5L8.7 18.5z"],
  download: ["M12 4.5v11M7 11l5 5 5-5M5 19.5h14"],
  photo: ["M5 5h14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5z", "M4 16.5l4.5-4.5 3.5 3.5 3-3 5 5", "circle:9,9,1.3"],
  file: ["M6.5 3.5h7.5l4 4v12a1 1 0 0 1-1 1H6.5a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1z", "M13.5 3.7v4.3h4.3"],
  mail: ["M4.5 6h15A1.5 1.5 0 0 1 21 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6z", "M3.5 7.5L12 13l8.5-5.5"],
  down: ["M6 9.5l6 6 6-6"],
  block: ["circle:12,12,8.5", "M6 6l12 12"],
  clock: ["circle:12,12,8.5", "M12 7.2V12l3.2 2"],
  bolt: ["fill:M13.4 2.5L5 13.6h5.6l-1.1 7.9L19 9.8h-6z"],
};

/** A line icon of 24×24 in the current colour; hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of PATHS[name]) svg.append(drawn(shape));
  return svg;
}

function drawn(shape) {
  const [kind, numbers] = shape.includes(":") ? shape.split(":") : ["path", shape];
  if (kind === "circle" || kind === "dot") {
    const [cx, cy, r] = numbers.split(",");
    return svgNode("circle", { cx, cy, r: r ?? 1.3, class: kind === "dot" ? "solid" : null });
  }
  return svgNode("path", { d: numbers, class: kind === "fill" ? "solid" : null });
}

function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) node.setAttribute(name, value);
  }
  return node;
}

/** The ticks of an own message: one when the server has it, two when the bot has seen it. */
export function ticks(seen) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 12");
  svg.setAttribute("class", "ticks");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", seen ? "letto" : "inviato");
  svg.append(svgNode("path", { d: "M2 6.8l3.2 3.2L12.5 2" }));
  if (seen) svg.append(svgNode("path", { d: "M9.4 9.3l.8.7L17.5 2" }));
  return svg;
}

const narrow = window.matchMedia("(max-width: 43.99em)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** True while the page has one column, as on a phone. */
export const isNarrow = () => narrow.matches;

/** True where the person asked for little motion. */
export const isCalm = () => calm.matches;

/** Calls `listener` each time the page goes from one column to several or back. */
export const onWidthChange = (listener) => narrow.addEventListener("change", listener);
