// The countdown of a question: one minute to think, one and a half to talk to a neighbour, then hands up. It never starts by
// itself. Without this script, in print and on phones the words "Think · pair · share" stand in its place.
const LensCountdown = (() => {
  const WORDS = "Think  ·  pair  ·  share";
  const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? 10 : 0.25; // seconds between two looks of the bar
  const question = () => Reveal.getCurrentSlide()?.querySelector(":scope > .stage > .countdown");
  const planOf = (face) => LensClock.question(face.closest("section").dataset.countdown);
  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const said = made("p", { className: "countdown-said", lang: "en", role: "status" }); // those who listen hear the phases, not the seconds
  let watch = null, ticking = null, changed = () => {};

  const paint = (face, watch) => {
    const [name, left, bar] = face.children;
    const phase = LensClock.phase(planOf(face), LensClock.read(watch, Date.now())), still = watch && !LensClock.runs(watch);
    face.dataset.phase = !watch ? "" : still ? "paused" : phase.name.toLowerCase().split(":")[0];
    name.textContent = !watch ? WORDS : phase.name + (still ? " (paused)" : "");
    left.textContent = watch && phase.of ? LensClock.time(Math.ceil(phase.left)) : "";
    bar.style.transform = `scaleX(${phase.of && Math.ceil(phase.left / steps) * steps / phase.of})`;
    return !watch ? "" : still ? "Paused" : phase.of ? `${phase.name}, ${phase.of} seconds` : phase.name;
  };
  const draw = () => {
    let news = "";
    for (const face of document.querySelectorAll(".countdown")) {
      if (face === question()) news = paint(face, watch);
      else if (face.dataset.phase) paint(face, null);
    }
    if (said.textContent !== news) said.textContent = news;
  };
  const rest = () => { clearInterval(ticking); ticking = null; };
  const set = (next) => {
    watch = next;
    rest();
    if (LensClock.runs(watch)) ticking = setInterval(draw, 250);
    draw();
    changed();
  };
  const over = () => !LensClock.phase(planOf(question()), LensClock.read(watch, Date.now())).of;

  // Start, pause, go on; after the last phase, back to the words.
  const toggle = () => { if (question()) set(over() ? null : LensClock.toggled(watch, Date.now())); };
  const reset = () => { if (watch) set(null); };

  const init = (onchange) => {
    changed = onchange;
    document.querySelector(".reveal").append(said);
    for (const stage of document.querySelectorAll("section.question > .stage")) {
      const face = made("button", { type: "button", className: "countdown", lang: "en", title: "Countdown: key T" });
      for (const part of ["name", "left", "bar"]) face.append(made("span", { className: part, ariaHidden: part === "name" ? null : "true" }));
      face.firstChild.textContent = WORDS;
      face.dataset.phase = "";
      stage.prepend(face);
    }
    // A click in the overview chooses a slide. After a click the keys belong to the slides again, as a remote control expects;
    // who came here by the Tab key presses the button with Space.
    document.addEventListener("click", (event) => {
      const face = event.target.closest?.(".countdown");
      if (!face || Reveal.isOverview()) return;
      if (event.detail) face.blur();
      if (face === question()) toggle();
    });
    addEventListener("keydown", (event) => {
      if (event.target.closest?.(".countdown") && (event.key === " " || event.key === "Enter")) event.stopPropagation();
    }, true);
  };
  return { init, reset, set, toggle, watch: () => watch };
})();
