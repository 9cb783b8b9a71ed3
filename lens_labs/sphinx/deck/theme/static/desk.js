// The deck's side of the presenter's window, and the clock of the lecture, which both show.
const LensDesk = (() => {
  const page = new URL("presenter.html", document.currentScript.src); // beside this script
  const local = location.protocol === "file:"; // such pages have no origin that could be asked for, or compared
  const kept = `clock of ${location.pathname}`;
  const lines = new Map(); // from each window to the line that leads there; null until it says hello
  let dark = () => false, watch = null, ends = [], before = 0, secret = crypto.getRandomValues(new Uint32Array(4)).join("-");
  try {
    watch = JSON.parse(sessionStorage.getItem(kept));
    sessionStorage.setItem("presenter", secret = sessionStorage.getItem("presenter") ?? secret);
  } catch { /* without memory, a reload sets the clock to zero and loses the window */ }

  const index = () => Reveal.getSlidePastCount();
  const elapsed = () => (watch ? LensClock.read(watch, Date.now()) : LensClock.begin(ends, index()));

  // What is written in the deck, for a page that stands elsewhere and has no style sheet for formulas.
  const written = (element) => {
    const copy = element?.cloneNode(true);
    for (const formula of copy?.querySelectorAll(".katex") ?? []) formula.replaceWith(formula.querySelector("math") ?? formula);
    for (const link of copy?.querySelectorAll("a[href]") ?? []) link.href = link.href; // from here to the whole address
    for (const image of copy?.querySelectorAll("img[src]") ?? []) image.src = image.src;
    return copy?.innerHTML ?? "";
  };
  const told = () => {
    const slide = Reveal.getCurrentSlide(), { overview, ...state } = Reveal.getState();
    return {
      kind: "deck", deck: document.title, language: document.documentElement.lang, address: location.href.split("#")[0], state, dark: dark(), watch, ends,
      slide: index(), slides: Reveal.getTotalSlides(), minutes: Number(slide.dataset.minutes ?? 0),
      title: written(slide.querySelector("h1, h2, h3")), notes: [...slide.querySelectorAll("aside.notes")].map(written).join(""),
      last: Reveal.isLastSlide() && !Reveal.availableFragments().next,
      question: slide.matches(".question"), countdown: LensCountdown.watch(),
    };
  };
  const tell = () => {
    for (const [each, line] of lines) each.closed ? lines.delete(each) : line?.postMessage(told());
  };

  const keep = (next) => {
    watch = next;
    try { sessionStorage.setItem(kept, JSON.stringify(watch)); } catch { /* see above */ }
    tell();
  };
  // The clock starts with the first step that leads to any slide but the title, and anew from the title to the slide after it.
  // What lies behind counts as spent, so that it is right after a break in the middle of a lecture, too.
  const step = () => {
    const first = watch ? before === 0 && index() === 1 : index() > 0;
    before = index();
    if (first) keep(LensClock.started(Date.now(), LensClock.begin(ends, before)));
    else tell();
  };

  const open = () => {
    const known = [...lines.keys()].find((each) => !each.closed);
    if (known) return known.focus();
    const opened = window.open(`${page}#${secret}`, "_blank", "popup,width=1280,height=800");
    if (opened) return lines.set(opened, null);
    const blocked = Object.assign(document.createElement("p"), { className: "blocked", lang: "en", role: "alert" });
    blocked.textContent = "The browser blocked the presenter’s window. Allow pop-up windows for this page, then press S again.";
    document.querySelector(".reveal").append(blocked);
    setTimeout(() => blocked.remove(), 10000);
  };

  // A key pressed in the presenter's window does what it does here, also while a slider of this page has the focus.
  const press = ({ keyCode, key, shiftKey }) => {
    document.activeElement?.blur();
    document.dispatchEvent(new KeyboardEvent("keydown", { keyCode, key, shiftKey, bubbles: true, cancelable: true }));
  };
  const obey = (line, { kind, hash, reset, ...key }) => {
    if (kind === "hello") line.postMessage(told());
    else if (kind === "key") press(key);
    else if (kind === "next") Reveal.next();
    else if (kind === "go" && /^#./.test(hash)) location.hash = hash;
    else if (kind === "clock") keep(reset ? null : watch ? LensClock.toggled(watch, Date.now()) : LensClock.started(Date.now(), elapsed()));
  };
  // Only a window that this page has opened is heard. Another page may stand in it by now: so its hello must hold the secret
  // of its address, and brings a line, which ends with that page. All else goes through the line.
  const hear = ({ source, origin, data, ports: [line] }) => {
    if (data?.kind !== "hello" || data.secret !== secret || !line || source?.opener !== window || !(local || origin === location.origin)) return;
    lines.get(source)?.close();
    lines.set(source, line);
    line.onmessage = ({ data }) => obey(line, data);
    line.postMessage(told());
  };

  const init = (isDark) => {
    dark = isDark;
    ends = LensClock.plan(Reveal.getSlides().map((slide) => Number(slide.dataset.minutes ?? 0)));
    before = index();
    for (const event of ["slidechanged", "fragmentshown", "fragmenthidden"]) Reveal.on(event, step);
    for (const event of ["paused", "resumed"]) Reveal.on(event, () => tell());
    addEventListener("message", hear);
  };

  // A deck in a frame of that window shows what it is told: this state, or the step after it.
  const follow = () => {
    addEventListener("message", ({ source, data }) => {
      if (source !== parent || data?.kind !== "show") return;
      document.documentElement.dataset.theme = data.dark ? "dark" : "light";
      Reveal.setState(data.state);
      if (data.ahead) Reveal.next();
      LensCountdown.set(data.countdown);
    });
    parent.postMessage({ kind: "ready" }, local ? "*" : location.origin);
  };

  const line = () => [LensClock.time(elapsed()), LensClock.pace(ends, index(), elapsed())].filter(Boolean).join(" · ");
  return { follow, init, line, open, tell };
})();
