// Starts reveal.js, and adds what it lacks: the key D, code whose lines are pointed out, a foot on printed slides.
(() => {
  const root = document.documentElement;
  if (root.dataset.view === "handout") return; // handout.js shows it, without reveal.js
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Light and dark: key D, remembered for slides and notes alike.
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const toggleTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* see deck-theme.js */ }
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
    foot.classList.toggle("on-night", Reveal.getCurrentSlide().matches(".title, .statement"));
  };
  const addFeet = () => {
    for (const page of document.querySelectorAll(".pdf-page")) page.dataset.foot = label;
  };

  for (const event of ["ready", "slidechanged"]) Reveal.on(event, count);
  for (const event of ["ready", "slidechanged", "fragmentshown", "fragmenthidden"]) Reveal.on(event, pointOut);
  Reveal.on("pdf-ready", addFeet);

  // A phone shows all steps at once; the previews in the speaker's window are as narrow, and are none.
  if (innerWidth <= 600 && !/receiver/.test(location.search))
    for (const step of document.querySelectorAll(".fragment")) step.classList.remove("fragment");

  Reveal.initialize({
    width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false,
    hash: true, slideNumber: "c/t", showSlideNumber: "print", controlsTutorial: false,
    transition: still ? "none" : "fade", backgroundTransition: still ? "none" : "fade", transitionSpeed: "fast", autoAnimate: !still,
    pdfMaxPagesPerSlide: 1, pdfSeparateFragments: false,
    scrollActivationWidth: 600, scrollLayout: "compact", scrollSnap: false,
    // The speaker's clock compares with the minutes of the notes, where a deck has them.
    defaultTiming: document.querySelector("section[data-timing]") ? 0 : null,
    keyboard: { 68: toggleTheme },
    plugins: [RevealNotes, RevealSearch, RevealZoom],
  });
})();
