// The keyboard. Nothing happens while somebody types or a dialog is open, or with Ctrl, Alt or Meta.
const PLACES = { o: "/", s: "/sagas", a: "/approvals", e: "/errors", q: "/queues", w: "/workers" };

export function keys() {
  let going = 0;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => rows().findIndex((row) => row.hasAttribute("data-current"));

  function move(by) {
    const all = rows();
    if (!all.length) {
      return;
    }
    const at = current();
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    all.forEach((row, i) => row.toggleAttribute("data-current", i === to));
    all[to].scrollIntoView({ block: "nearest" });
    all[to].querySelector("a")?.focus({ preventScroll: true });
  }

  const actions = {
    "/": () => (document.querySelector("[data-query]") ?? document.getElementById("find"))?.focus(),
    "?": () => document.getElementById("help")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
    x: () => rows()[current()]?.querySelector("[data-choose]")?.click(),
    Enter: () => rows()[current()]?.querySelector("a")?.click(),
    r: () => document.querySelector("[data-key=r]")?.click(),
    ".": () => document.querySelector("[data-key=actions] a, [data-key=actions] button")?.focus(),
    g: () => (going = Date.now()),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) {
      event.target.blur();
      return;
    }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) {
      return;
    }
    if (going && Date.now() - going < 1500 && PLACES[event.key]) {
      going = 0;
      event.preventDefault();
      location.href = document.body.dataset.base + PLACES[event.key];
      return;
    }
    going = 0;
    const action = actions[event.key];
    if (action && !(event.key === "Enter" && event.target.closest("a, button, summary"))) {
      event.preventDefault();
      action();
    }
  });
}
