// Shows more of a saga below its row. The same address is a page of its own.
export function peeking() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-peek]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) {
      return;
    }
    event.preventDefault();
    const row = link.closest("tr");
    if (row.nextElementSibling?.matches("tr.peek")) {
      row.nextElementSibling.remove();
      link.setAttribute("aria-expanded", "false");
      return;
    }
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = document.importNode(page.getElementById("peek"), true);
      part.removeAttribute("id");
      const cell = document.createElement("td");
      cell.colSpan = row.cells.length;
      cell.append(part);
      const below = document.createElement("tr");
      below.className = "peek";
      below.append(cell);
      row.after(below);
      link.setAttribute("aria-expanded", "true");
    } catch {
      location.href = link.href;
    }
  });
}
