// Completes the keys of a query, and the words of those keys that know all their words, while it is typed. The list comes with the page.
const MOST = 12;

/** The word the caret stands in: where it begins, and how far it is written. */
function wordAt(input) {
  const end = input.selectionStart ?? input.value.length;
  let start = end;
  let quoted = false;
  for (let i = 0; i < end; i++) {
    if (input.value[i] === '"' && input.value[i - 1] !== "\\") {
      quoted = !quoted;
    } else if (!quoted && /\s/.test(input.value[i])) {
      start = i + 1;
    }
    if (i === 0 && start === end) {
      start = 0;
    }
  }
  return quoted ? null : { start, end, text: input.value.slice(start, end) };
}

/** What may be written in the place of a word. */
function proposals(keys, word) {
  const minus = word.text.startsWith("-") ? "-" : "";
  const text = word.text.slice(minus.length);
  const sign = text.search(/[:<>=]/);
  if (sign < 0) {
    return keys
      .filter((key) => key.key.startsWith(text.toLowerCase()))
      .map((key) => {
        const own = key.example.slice(key.key.length).match(/^(\.|[:<>]=?)/)?.[0] ?? ":";
        return { label: key.key, help: key.help, start: word.start, insert: minus + key.key + own };
      });
  }
  const key = keys.find((one) => one.key === text.slice(0, sign).toLowerCase());
  if (!key || text[sign] !== ":") {
    return [];
  }
  const values = text.slice(sign + 1).split(",");
  const last = values.pop().toLowerCase();
  return key.choices
    .filter((choice) => choice.word.startsWith(last) && choice.word !== last && !values.includes(choice.word))
    .map((choice) => ({
      label: choice.word,
      help: choice.help,
      start: word.end - last.length,
      insert: choice.word,
      whole: true,
    }));
}

export function queryBox() {
  const input = document.querySelector("[data-query]");
  const keys = document.getElementById("query-keys");
  if (!input || !keys) {
    return;
  }
  const known = JSON.parse(keys.dataset.keys);
  const list = document.createElement("ul");
  list.id = "query-list";
  list.className = "listbox";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What can be asked for");
  list.hidden = true;
  input.after(list);
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
  ]) {
    input.setAttribute(name, value);
  }
  let shown = [];
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(to) {
    active = to;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function open(asked) {
    const word = wordAt(input);
    shown = word && (word.text || asked) ? proposals(known, word).slice(0, asked ? known.length : MOST) : [];
    if (!shown.length) {
      close();
      return;
    }
    list.replaceChildren(
      ...shown.map((proposal, i) => {
        const option = document.createElement("li");
        option.id = `query-option-${i}`;
        option.setAttribute("role", "option");
        const label = document.createElement("code");
        label.textContent = proposal.label;
        const help = document.createElement("span");
        help.textContent = proposal.help;
        option.append(label, help);
        option.addEventListener("click", () => take(i));
        return option;
      }),
    );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(-1);
  }

  function take(i) {
    const proposal = shown[i];
    const end = input.selectionStart ?? input.value.length;
    const rest = input.value.slice(end);
    const text = proposal.insert + (proposal.whole && !rest.startsWith(" ") ? " " : "");
    input.value = input.value.slice(0, proposal.start) + text + rest;
    const caret = proposal.start + text.length;
    input.setSelectionRange(caret, caret);
    input.focus();
    open(false);
  }

  input.addEventListener("input", () => open(false));
  input.addEventListener("blur", close);
  // Otherwise the box would lose the focus, and the list with it, before it is clicked.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        open(true);
      }
      if (!list.hidden) {
        const by = event.key === "ArrowDown" ? 1 : -1;
        mark(active < 0 && by < 0 ? shown.length - 1 : (active + by + shown.length) % shown.length);
      }
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
}
