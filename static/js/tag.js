/* The page tag for the vendor's own site. It sends nothing and keeps nothing before tributary("consent", true).

   tributary("consent", true | false)     what the visitor chose; false forgets the visitor
   tributary("page")                      this page was opened; with consent it is sent by itself, once a page
   tributary("asset", "White paper")      a document was opened
   tributary("form", "Contact", "e@mail") a form was sent, perhaps with an address */
(() => {
  "use strict";
  const address = new URL("/visits", document.currentScript.src).href;
  const KEY = "tributary-visitor";
  const LONGEST = 200;
  let consent = false;
  let told = false;

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const read = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (value) => { try { value ? localStorage.setItem(KEY, value) : localStorage.removeItem(KEY); } catch { /* a browser that keeps nothing */ } };
  const cut = (text) => String(text || "").replace(/[\u0000-\u001f\u007f]/g, " ").trim().slice(0, LONGEST);

  let visitor = null;
  const send = (body) => fetch(address, { method: "POST", mode: "no-cors", credentials: "omit", keepalive: true, body: JSON.stringify(body) }).catch(() => {});

  const origin = () => {
    const query = new URLSearchParams(location.search);
    const found = { page: cut(location.pathname) };
    for (const name of ["medium", "source", "campaign", "content", "term"]) {
      const value = cut(query.get("utm_" + name));
      if (value) found[name] = value;
    }
    try {
      const from = new URL(document.referrer).hostname;
      if (from && from !== location.hostname) found.referrer = cut(from);
    } catch { /* nobody led here */ }
    return found;
  };

  const tell = (event) => { if (consent && visitor) send({ visitor, consent: true, events: [{ id: random(), ...event }] }); };

  const does = {
    consent(given) {
      if (given === true) {
        consent = true;
        visitor = read() || random();
        keep(visitor);
        if (!told) does.page();
        return;
      }
      const known = visitor || read();
      if (known) send({ visitor: known, consent: false });
      consent = false;
      visitor = null;
      told = false;
      keep(null);
    },
    page() { told = consent; tell({ kind: "page", ...origin() }); },
    asset(name) { tell({ kind: "asset", ...origin(), page: cut(name) }); },
    form(name, email) { tell({ kind: "form", ...origin(), page: cut(name), email: String(email || "").trim() }); },
  };

  const waiting = (window.tributary && window.tributary.q) || [];
  window.tributary = (what, ...more) => { if (Object.hasOwn(does, what)) does[what](...more); };
  for (const call of waiting) window.tributary(...call);
})();
