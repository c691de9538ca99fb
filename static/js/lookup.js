/* Suggestions under a field: what is typed is looked up in a JSON list, what is chosen goes as an id in a hidden field.
   <div class="lookup" data-source="/api/v1/..." data-show="name" data-note="city">: see `lookup` in forms.html. */
(() => {
  "use strict";

  const PAUSE = 200;
  const MOST = 8;
  let waiting = 0;
  let asked = 0;

  const partsOf = (field) => ({
    field,
    text: field.querySelector("[role=combobox]"),
    id: field.querySelector("input[type=hidden]"),
    list: field.querySelector("[role=listbox]"),
  });

  function hide({ text, list }) {
    list.hidden = true;
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }

  function choose(parts, option) {
    parts.id.value = option.dataset.id;
    parts.text.value = option.dataset.text;
    hide(parts);
    parts.text.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function point(parts, step) {
    const options = [...parts.list.querySelectorAll("[role=option]")];
    if (!options.length) return;
    const now = options.findIndex((option) => option.id === parts.text.getAttribute("aria-activedescendant"));
    const next = options[(now + step + options.length) % options.length] ?? options[0];
    options.forEach((option) => option.setAttribute("aria-selected", String(option === next)));
    parts.text.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  function show(parts, items) {
    const { show: name, note, none } = parts.field.dataset;
    const rows = items.map((item, index) => {
      const row = document.createElement("li");
      Object.assign(row, { id: `${parts.list.id}-${index}`, role: "option", textContent: item[name] });
      row.setAttribute("aria-selected", "false");
      Object.assign(row.dataset, { id: item.id, text: item[name] });
      if (note && item[note]) row.append(Object.assign(document.createElement("small"), { textContent: item[note] }));
      return row;
    });
    if (!rows.length && none) rows.push(Object.assign(document.createElement("li"), { className: "lookup-none", role: "presentation", textContent: none }));
    parts.list.replaceChildren(...rows);
    parts.list.hidden = rows.length === 0;
    parts.text.setAttribute("aria-expanded", String(rows.length > 0));
    parts.text.removeAttribute("aria-activedescendant");
  }

  async function ask(parts) {
    const mine = ++asked;
    const address = new URL(parts.field.dataset.source, location.origin);
    address.searchParams.set("q", parts.text.value);
    address.searchParams.set("limit", MOST);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok || document.activeElement !== parts.text) return;
    const { items } = await answer.json();
    show(parts, items);
  }

  document.addEventListener("input", (event) => {
    const field = event.target.closest(".lookup");
    if (!field || event.isComposing || !event.target.matches("[role=combobox]")) return;
    const parts = partsOf(field);
    parts.id.value = "";
    clearTimeout(waiting);
    if (parts.text.value.trim().length < 2) hide(parts);
    else waiting = setTimeout(() => ask(parts), PAUSE);
  });

  document.addEventListener("compositionend", (event) => {
    if (event.target.closest(".lookup")) event.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.(".lookup");
    if (!field || event.isComposing) return;
    const parts = partsOf(field);
    if (parts.list.hidden) return;
    const active = document.getElementById(parts.text.getAttribute("aria-activedescendant") ?? "");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") point(parts, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && active) choose(parts, active);
    else if (event.key === "Escape") hide(parts);
    else return;
    event.preventDefault();
  });

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest(".lookup [role=option]");
    if (!option) return;
    event.preventDefault();
    choose(partsOf(option.closest(".lookup")), option);
  });

  document.addEventListener("focusout", (event) => {
    const field = event.target.closest?.(".lookup");
    if (field) hide(partsOf(field));
  });
})();
