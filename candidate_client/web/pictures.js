// Pictures of items: loaded once when the paper opens, so that turning to an item never waits or jumps, and enlarged on request.

import { button, el, openDialog } from "./dom.js";
import { _ } from "./texts.js";

const ZOOM = 2.5;

export class Pictures {
  #images = new Map();

  constructor(paper) {
    for (const item of paper.items) {
      for (const path of item.pictures) if (!this.#images.has(path)) this.#images.set(path, this.#load(path));
    }
  }

  /** The figures of an item, ready to be shown. */
  figures(item) {
    return item.pictures.map((path, at) => {
      const image = this.#images.get(path);
      image.alt = _("Picture {n} of item {shown}", { n: at + 1, shown: item.shown });
      const open = el("button", { type: "button", class: "picture", title: _("Enlarge"), onclick: () => enlarge(image) });
      open.append(image, el("span", { class: "zoomhint", text: _("Enlarge") }));
      return el("figure", {}, open);
    });
  }

  #load(path) {
    const image = new Image();
    const address = path.startsWith("/") ? path : `/${path}`;
    let tries = 0;
    image.addEventListener("error", () => {
      tries += 1;
      if (tries <= 5) setTimeout(() => (image.src = `${address}?${tries}`), 1000 * tries);
      else image.classList.add("failed");
    });
    image.src = address;
    return image;
  }
}

function enlarge(image) {
  const copy = el("img", { src: image.src, alt: image.alt });
  const scroll = el("div", { class: "zoomed" }, copy);
  const fit = Math.min((window.innerWidth * 0.86) / image.naturalWidth, (window.innerHeight * 0.76) / image.naturalHeight);
  const size = (factor) => {
    copy.width = Math.round(image.naturalWidth * Math.min(fit, ZOOM) * factor);
  };
  size(1);
  const row = el(
    "div",
    { class: "row" },
    button("100%", () => size(1)),
    button("150%", () => size(1.5)),
    button("200%", () => size(2)),
    button(_("Close"), () => dialog.close(), "main"),
  );
  const dialog = openDialog(el("div", {}, scroll, row), { label: image.alt, wide: true });
}
