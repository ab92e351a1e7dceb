// Builds DOM nodes. Text becomes text nodes; fragments of papers pass the allow-list below and nothing else does.

// No parser of the browser ever sees a fragment, so nothing in it can be fetched or run.
const NAMES = "b|i|u|sub|sup|br|table|tbody|tr|td|th";
const TAG = new RegExp(`(</?(?:${NAMES})>)`);
const TAG_PARTS = new RegExp(`^<(/?)(${NAMES})>$`);
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** An element; attributes `class`, `text`, `on<event>` and `data` are understood, false or null ones left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "text") node.textContent = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets a text only when it differs, so that nothing is announced or painted twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides without moving anything else. */
export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** The nodes of a sanitised fragment: allowed elements without attributes; whatever else there is stands as text. */
export function fragment(source) {
  const target = document.createDocumentFragment();
  const open = [target];
  for (const part of source.split(TAG)) {
    const tag = part.match(TAG_PARTS);
    if (tag === null) open.at(-1).append(plainText(part));
    else if (tag[1] === "") {
      const node = open.at(-1).appendChild(document.createElement(tag[2]));
      if (tag[2] !== "br") open.push(node);
    } else {
      const depth = open.findLastIndex((node) => node.localName === tag[2]);
      if (depth > 0) open.length = depth;
    }
  }
  return target;
}

function plainText(part) {
  return part.replace(/&(?:#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/g, (whole, code, name) => {
    if (name) return NAMED[name];
    return Number(code) > 0 && Number(code) <= 0x10ffff ? String.fromCodePoint(Number(code)) : whole;
  });
}

/** A button. */
export function button(text, onclick, kind = "plain") {
  return el("button", { type: "button", class: `button ${kind}`, text, onclick });
}

/** A modal dialog that is removed when it closes; Escape closes it. */
export function openDialog(content, { label, wide = false, onclose = null }) {
  const dialog = el("dialog", { class: wide ? "dialog wide" : "dialog", "aria-label": label }, content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (onclose) onclose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
