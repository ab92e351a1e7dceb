// Builds DOM nodes. Text becomes text nodes; fragments of papers pass the allow-list below and nothing else does.

const ALLOWED = new Set(["B", "I", "U", "SUB", "SUP", "BR", "TABLE", "TBODY", "TR", "TD", "TH"]);

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

/** The nodes of a sanitised fragment: allowed elements without attributes, everything else as its text. */
export function fragment(source) {
  const parsed = new DOMParser().parseFromString(source, "text/html");
  const target = document.createDocumentFragment();
  copy(parsed.body, target);
  return target;
}

function copy(from, to) {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) {
      if (child.tagName === "SCRIPT" || child.tagName === "STYLE") continue;
      const into = ALLOWED.has(child.tagName) ? to.appendChild(document.createElement(child.tagName)) : to;
      copy(child, into);
    }
  }
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
