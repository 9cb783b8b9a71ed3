// Starts reveal.js, and adds what it lacks: keys, code whose lines are pointed out, a foot on printed slides, a clock in it.
(() => {
  const root = document.documentElement;
  if (root.dataset.view === "handout") return; // handout.js shows it, without reveal.js
  const mirror = parent !== window && /[?&]receiver\b/.test(location.search); // a frame in the presenter's window
  const still = mirror || matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Light and dark: key D, remembered for slides and notes alike.
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const toggleTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* see deck-theme.js */ }
    LensDesk.tell();
  };

  // Code: its last step that is visible says which lines are pointed out; print and phones show all lines alike.
  const pointOut = () => {
    for (const code of document.querySelectorAll(".code[data-first]")) {
      const last = [...code.querySelectorAll(".step.visible")].pop();
      const lines = new Set((last?.dataset.lines ?? code.dataset.first).split(" "));
      code.classList.toggle("stepping", !Reveal.isPrintView() && !Reveal.isScrollView());
      for (const line of code.querySelectorAll(".line")) line.classList.toggle("on", lines.has(line.dataset.line));
    }
  };

  // The foot is scaled with the slides, which reveal.js's own number is not; in print it copies none.
  const foot = document.querySelector(".foot"), number = foot.querySelector(".number");
  const label = foot.querySelector(".label")?.textContent ?? "";
  const count = () => {
    number.textContent = `${Reveal.getSlidePastCount() + 1}/${Reveal.getTotalSlides()}`;
    const slide = Reveal.getCurrentSlide(); // none, where all of a short deck is on a narrow, tall screen
    foot.classList.toggle("on-night", slide?.matches(".title, .statement") ?? false);
  };
  const addFeet = () => {
    for (const page of document.querySelectorAll(".pdf-page")) page.dataset.foot = label;
    // On paper all slides are shown; reveal.js hides all but one from those who listen.
    for (const slide of document.querySelectorAll(".pdf-page section[aria-hidden]")) slide.removeAttribute("aria-hidden");
  };

  // A clock in the foot, for halls with one screen: key C, which reveal.js uses to close what lies above the slides.
  const clock = Object.assign(document.createElement("span"), { className: "clock", lang: "en", hidden: true });
  foot.append(clock);
  let ticking = null;
  const tick = () => { clock.textContent = LensDesk.line(); };
  const toggleClock = () => {
    if (Reveal.isOverlayOpen()) return Reveal.toggleHelp(false);
    clock.hidden = !clock.hidden;
    clearInterval(ticking);
    if (!clock.hidden) ticking = setInterval(tick, 500);
    tick();
  };

  const keys = [
    ["S", "Open the presenter’s window", LensDesk.open],
    ["D", "Dark or light", toggleTheme],
    ["T", "Countdown of a question: start, pause, go on", LensCountdown.toggle],
    ["C", "Clock in the foot", toggleClock],
  ];
  const addKeys = () => {
    for (const [key, description, callback] of keys) Reveal.addKeyBinding({ keyCode: key.charCodeAt(0), key, description }, callback);
    Reveal.registerKeyboardShortcut("SHIFT + T", "Countdown of a question: back to the beginning");
    document.addEventListener("keydown", (event) => {
      const { keyCode, shiftKey, altKey, ctrlKey, metaKey, target } = event;
      if (keyCode !== 84 || !shiftKey || altKey || ctrlKey || metaKey) return;
      if (!target.isContentEditable && !target.closest?.("input, textarea")) LensCountdown.reset();
    });
  };

  // reveal.js takes a letter with Alt for the letter; with an arrow, Alt goes past the steps.
  const ours = ({ altKey, key }) => !altKey || key.startsWith("Arrow");

  for (const event of ["ready", "slidechanged"]) Reveal.on(event, count);
  for (const event of ["ready", "slidechanged", "fragmentshown", "fragmenthidden"]) Reveal.on(event, pointOut);
  Reveal.on("slidechanged", () => LensCountdown.reset());
  Reveal.on("pdf-ready", addFeet);

  // A phone shows all steps at once; the frames in the presenter's window are as narrow, and are none.
  if (innerWidth <= 600 && !mirror)
    for (const step of document.querySelectorAll(".fragment")) step.classList.remove("fragment");

  Reveal.initialize({
    width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false,
    hash: !mirror, progress: !mirror, controls: !mirror, keyboard: !mirror, keyboardCondition: ours, postMessage: false,
    slideNumber: "c/t", showSlideNumber: "print", controlsTutorial: false,
    transition: still ? "none" : "fade", backgroundTransition: still ? "none" : "fade", transitionSpeed: "fast", autoAnimate: !still,
    pdfMaxPagesPerSlide: 1, pdfSeparateFragments: false,
    scrollActivationWidth: mirror ? null : 600, scrollLayout: "compact", scrollSnap: false,
    plugins: [RevealSearch, RevealZoom],
  }).then(() => {
    LensCountdown.init(mirror ? () => {} : LensDesk.tell);
    if (mirror) return LensDesk.follow();
    LensDesk.init(isDark);
    addKeys();
  });
})();
