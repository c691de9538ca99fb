/* What the pages do beyond links and forms: keys, menus, asking again, messages. All of it is help; nothing needs it. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isPhone = () => matchMedia("(max-width: 760px)").matches;
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  /* ---- menus, why?, actions that ask again: <details data-pop> ---- */

  const openPops = () => $$("details[data-pop][open]");

  function place(details) {
    const pop = $(":scope > .pop", details);
    if (!pop) return;
    if (isPhone()) {
      pop.removeAttribute("style");
      return;
    }
    const anchor = $("summary", details).getBoundingClientRect();
    Object.assign(pop.style, { position: "fixed", right: "auto", bottom: "auto", left: "0", top: "0" });
    const { offsetWidth: width, offsetHeight: height } = pop;
    const startsLeft = anchor.left + anchor.right < innerWidth;
    const left = startsLeft ? anchor.left : anchor.right - width;
    const below = anchor.bottom + 8;
    const fits = below + height < innerHeight - 8 || anchor.top < height + 16;
    pop.style.left = `${Math.max(12, Math.min(left, innerWidth - width - 12))}px`;
    pop.style.top = `${fits ? below : anchor.top - height - 8}px`;
  }

  function close(details, { focus = false } = {}) {
    details.open = false;
    if (focus) $("summary", details).focus();
  }

  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.matches("[data-pop]") || !details.open) return;
    openPops().filter((other) => other !== details && !other.contains(details)).forEach((other) => close(other));
    place(details);
    if ($(".asks", details)) $("textarea, select, input:not([type=hidden])", details)?.focus();
  }, true);
  addEventListener("resize", () => openPops().forEach(place));
  addEventListener("scroll", () => openPops().forEach(place), { passive: true, capture: true });
  document.addEventListener("click", (event) => {
    openPops().filter((details) => !details.contains(event.target)).forEach((details) => close(details));
    if (event.target.closest("[data-close]")) close(event.target.closest("details"), { focus: true });
  });

  /* ---- keys ---- */

  function findSomething() {
    const field = $("#find");
    if (field && field.offsetParent) field.select();
    else location.assign("/search");
  }

  function moveInList(step) {
    const links = $$("[data-rows] tr").map((row) => $("a[href]", row)).filter(Boolean);
    if (!links.length) return false;
    const row = document.activeElement.closest("[data-rows] tr");
    const now = row ? links.indexOf($("a[href]", row)) : -1;
    const next = links[Math.max(0, Math.min(links.length - 1, now + step))] ?? links[0];
    next.focus({ preventScroll: true });
    next.closest("tr").scrollIntoView({ block: "nearest" });
    return true;
  }

  function onKey(event) {
    if (event.isComposing || event.altKey) return;
    const withControl = event.ctrlKey || event.metaKey;
    if (withControl && event.key.toLowerCase() === "k" && !event.shiftKey) {
      event.preventDefault();
      findSomething();
      return;
    }
    if (event.key === "Escape") {
      openPops().slice(-1).forEach((details) => close(details, { focus: true }));
      return;
    }
    if (withControl || isTyping(event.target) || $("dialog[open]") || openPops().length) return;
    if (event.key === "/") {
      event.preventDefault();
      findSomething();
    } else if (event.key === "?") {
      $("#keys")?.showModal();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const inList = event.target === document.body || event.target.id === "main" || event.target.closest("[data-rows]");
      if (inList && moveInList(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    }
  }
  document.addEventListener("keydown", onKey);

  /* ---- forms: ask again, send once, search while typing ---- */

  const SECONDS_UNTIL_AGAIN = 10;
  const confirmed = new WeakSet();

  function askAgain(form, submitter, words) {
    const dialog = $("#ask");
    const [title, ...more] = words.split("\n");
    $("h2", dialog).textContent = title;
    $("[data-ask-more]", dialog).textContent = more.join("\n");
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      confirmed.add(form);
      form.requestSubmit(submitter);
    }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (words && $("#ask") && !confirmed.delete(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      askAgain(form, event.submitter, words);
      return;
    }
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => mayBeSentAgain(document), SECONDS_UNTIL_AGAIN * 1000);
  }, true);

  function mayBeSentAgain(root) {
    $$("form[data-sent]", root).forEach((form) => {
      delete form.dataset.sent;
      $$("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
    });
  }
  addEventListener("pageshow", () => mayBeSentAgain(document));
  document.addEventListener("htmx:afterRequest", () => mayBeSentAgain(document));

  // A field that changes nothing of what is shown: its form is not sent when somebody leaves it to press a button.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-quiet]")) event.stopPropagation();
  }, true);

  let typing = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form || event.isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(() => form.requestSubmit(), 350);
  });
  document.addEventListener("compositionend", (event) => {
    event.target.closest("form[data-live]")?.requestSubmit();
  });

  /* ---- messages ---- */

  const SECONDS_TO_READ = 6;

  function letGo(flash) {
    if (!flash.matches(".good")) return;
    let timer = 0;
    const start = () => { timer = setTimeout(() => flash.remove(), SECONDS_TO_READ * 1000); };
    const stop = () => clearTimeout(timer);
    ["mouseenter", "focusin"].forEach((name) => flash.addEventListener(name, stop));
    ["mouseleave", "focusout"].forEach((name) => flash.addEventListener(name, start));
    start();
  }

  function show(flash) {
    if (!flash || !$("#flashes")) return;
    $("#flashes").append(flash);
    letGo(flash);
  }

  const readyMade = (id) => $(`#flash-${id}`)?.content.firstElementChild.cloneNode(true);

  document.addEventListener("click", (event) => event.target.closest(".flash-close")?.closest(".flash").remove());
  document.addEventListener("htmx:sendError", () => show(readyMade("offline")));
  document.addEventListener("htmx:timeout", () => show(readyMade("offline")));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    show($(".flash", answer) ?? readyMade("failed"));
  });
  document.addEventListener("flash", (event) => {
    const flash = readyMade("good");
    flash.className = `flash ${event.detail.kind ?? "good"}`;
    $("div", flash).textContent = event.detail.message ?? event.detail.value;
    show(flash);
  });

  /* ---- htmx: lists ask for their fragment, errors of forms get the focus ---- */

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.boosted) delete event.detail.headers["HX-Boosted"];
  });
  /* htmx gives the focus back by id; a link that the swap takes away hands it on first */
  document.addEventListener("click", (event) => {
    const next = event.target.closest("[data-refocus]")?.dataset.refocus;
    if (next) document.getElementById(next)?.focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => $("[data-focus]", event.target)?.focus());

  /* ---- small buttons ---- */

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open], [data-print], [data-back], [data-reload]");
    if (!button) return;
    if (button.dataset.open) $(`#${button.dataset.open}`)?.showModal();
    if ("print" in button.dataset) print();
    if ("back" in button.dataset) history.back();
    if ("reload" in button.dataset) location.reload();
  });

  /* ---- how long ago, while the page stays open ---- */

  const STEPS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const THRESHOLD = 1.2;

  function ago(then, words) {
    const seconds = (then - Date.now()) / 1000;
    const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length * THRESHOLD) ?? STEPS.at(-1);
    return words.format(Math.round(seconds / size), unit);
  }

  function tellTimes() {
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
    $$("time[data-ago]").forEach((time) => { time.textContent = ago(new Date(time.dateTime), words); });
  }

  $$(".flash").forEach(letGo);
  $("[data-focus]")?.focus();
  setInterval(tellTimes, 60_000);
})();
