// What pages can do beyond reading and plain forms. Each part looks for its own marks in the page and does nothing without them.
import { live } from "./live.js";
import { keys } from "./keys.js";
import { charts } from "./chart.js";
import { queryBox } from "./query.js";
import { peeking } from "./peek.js";

const $ = (selector, root = document) => root.querySelector(selector);

/** Says something to those who hear the page. */
export function say(words) {
  const said = $("#said");
  if (said) {
    said.textContent = words;
  }
}

function themes() {
  const button = $("[data-theme-toggle]");
  if (!button) {
    return;
  }
  const order = ["auto", "light", "dark"];
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
    document.documentElement.dataset.theme = next;
    document.cookie = `belay-theme=${next}; path=/; max-age=31536000; samesite=strict`;
    say(next === "auto" ? "Colours as the system has them" : `${next} colours`);
    document.dispatchEvent(new Event("belay:theme"));
  });
}

/** Links to a decision open it over the page; the same address is a page of its own. */
function dialogs() {
  const dialog = $("#dialog");
  const body = $("#dialog-body");
  let opener = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog], [data-dialogs] a.tl-label");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(link);
    } else if (dialog.open && event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    } else if (event.target === dialog) {
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    body.replaceChildren();
    // What was there may have been refreshed meanwhile: then the link to the same address takes its place.
    const back = opener?.isConnected ? opener : document.querySelector(`a[href="${CSS.escape(opener?.getAttribute("href") ?? "")}"]`);
    back?.focus();
  });

  async function open(link) {
    if (!dialog.open) {
      opener = link;
    }
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.querySelector("#decide, #drawer") || page.querySelector("main");
      part.querySelectorAll("h1").forEach((heading) => (heading.id = "dialog-title"));
      body.replaceChildren(document.importNode(part, true));
      htmx.process(body);
      if (!dialog.open) {
        dialog.showModal();
      }
      (body.querySelector("[autofocus]") || body.querySelector("textarea, input:not([type=hidden]), button"))?.focus();
    } catch {
      location.href = link.href;
    }
  }
}

function copying() {
  const offer = () => document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = !navigator.clipboard));
  offer();
  document.addEventListener("belay:refreshed", offer);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("Copied");
      button.dataset.copied = "";
    }
    const toast = event.target.closest(".toast [data-dismiss]");
    toast?.closest(".toast").remove();
  });
  document.querySelectorAll("[data-dismiss]").forEach((button) => (button.hidden = false));
}

/** A list in which rows can be chosen shows what can be done with those chosen. */
function choosing() {
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-choose-all]")) {
      document.querySelectorAll("[data-choose]").forEach((other) => (other.checked = box.checked));
    }
    if (box.matches("[data-choose], [data-choose-all]")) {
      const n = document.querySelectorAll("[data-choose]:checked").length;
      document.querySelectorAll("[data-chosen]").forEach((part) => (part.hidden = n === 0));
      document.querySelectorAll("[data-chosen-count]").forEach((part) => (part.textContent = n));
    }
  });
}

/** A small menu closes once something was picked from it, or elsewhere. */
function menus() {
  const close = (but) => document.querySelectorAll(".menu[open]").forEach((menu) => menu !== but && menu.removeAttribute("open"));
  document.addEventListener("click", (event) => close(event.target.closest("a") ? null : event.target.closest(".menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = event.target.closest(".menu[open]");
      close(null);
      menu?.querySelector("summary").focus();
    }
  });
}

themes();
menus();
dialogs();
copying();
choosing();
live();
keys();
charts();
queryBox();
peeking();
document.documentElement.dataset.ready = "";
