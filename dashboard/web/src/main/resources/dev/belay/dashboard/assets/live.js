// Keeps a page as things are: one stream of events for the page, which only says that something has changed. The parts marked
// with data-live-part are then asked for again, unless somebody is using them.
export function live() {
  const RETRY_AFTER = 30000;
  const address = document.body.dataset.live;
  const toggle = document.querySelector("[data-live-toggle]");
  if (!address || !toggle || !window.EventSource) {
    return;
  }
  const words = toggle.querySelector("[data-live-words]");
  const reload = document.querySelector("[data-live-reload]");
  let source = null;
  let later = 0;
  let stale = false;
  let busy = false;

  const show = (on, text, lost) => {
    toggle.setAttribute("aria-pressed", String(on));
    toggle.toggleAttribute("data-lost", Boolean(lost));
    words.textContent = text;
  };

  const inUse = (part) =>
    document.querySelector("dialog[open]") ||
    (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) ||
    part.querySelector("[data-choose]:checked, tr.peek, .menu[open]") ||
    (String(getSelection()) && part.contains(getSelection().anchorNode));

  async function refresh() {
    if (busy) {
      stale = true;
      return;
    }
    const parts = [...document.querySelectorAll("[data-live-part]")];
    if (parts.some(inUse)) {
      stale = true;
      return;
    }
    busy = true;
    stale = false;
    try {
      const answer = await fetch(location.href, {
        // What a page asks by itself does not keep a session from ending.
        headers: { Accept: "text/html", "X-Belay-Live": "true" },
        credentials: "same-origin",
        redirect: "manual",
      });
      if (isSignedOut(answer)) {
        leave();
        return;
      }
      if (!answer.ok) {
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts) {
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.innerHTML !== part.innerHTML) {
          replace(part, fresh);
        }
      }
      document.dispatchEvent(new Event("belay:refreshed"));
    } catch {
      // The stream itself tells whether the dashboard is gone.
    } finally {
      busy = false;
    }
  }

  function replace(part, fresh) {
    const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
    const focused = document.activeElement?.id;
    const address = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const scrolled = [...part.querySelectorAll("[id]")].filter((e) => e.scrollTop || e.scrollLeft).map((e) => [e.id, e.scrollTop, e.scrollLeft]);
    part.replaceChildren(...document.importNode(fresh, true).childNodes);
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    scrolled.forEach(([id, top, left]) => document.getElementById(id)?.scrollTo(left, top));
    if (focused && document.activeElement === document.body) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    if (address && document.activeElement === document.body) {
      part.querySelector(`a[href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
    }
    htmx.process(part);
  }

  const isSignedOut = (answer) => answer.type === "opaqueredirect" || answer.status === 401;

  /** Whoever has to sign in again is told so where the page said it was live. */
  function leave() {
    source?.close();
    source = null;
    clearTimeout(later);
    toggle.hidden = true;
    reload.hidden = false;
  }

  function start() {
    clearTimeout(later);
    source?.close();
    source = new EventSource(address);
    source.addEventListener("hello", () => show(true, "Live"));
    source.addEventListener("changed", refresh);
    source.onerror = (event) => {
      if (event.target !== source) {
        return;
      }
      if (source.readyState !== EventSource.CLOSED) {
        show(true, "Reconnecting", true);
        return;
      }
      // The browser does not try again what was refused: there are too many, or nobody is signed in any more.
      show(true, "Not live", true);
      later = setTimeout(start, RETRY_AFTER);
      refresh();
    };
  }

  function stop() {
    clearTimeout(later);
    source?.close();
    source = null;
    show(false, "Paused");
  }

  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    if (source) {
      stop();
    } else {
      start();
      refresh();
    }
  });
  document.getElementById("dialog")?.addEventListener("close", () => stale && refresh());
  document.addEventListener("visibilitychange", () => {
    // A page nobody looks at costs nobody anything.
    if (document.hidden && source) {
      clearTimeout(later);
      source.close();
    } else if (!document.hidden && source) {
      start();
      refresh();
    }
  });
  addEventListener("pagehide", () => source?.close());
  setInterval(() => stale && source && refresh(), 3000);
  start();
}
