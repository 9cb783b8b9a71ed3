// The hand-out: takes the notes out of the slides, which become pictures beside them, and says which slide and when.
(() => {
  const root = document.documentElement;
  if (root.dataset.view !== "handout") return;
  const COLUMN = 23; // the width of the notes on paper, in letters m of their text
  const made = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };

  const stages = [...document.querySelectorAll(".slides section > .stage")];
  const timed = stages.some((stage) => stage.parentElement.dataset.minutes);
  let begun = 0;
  stages.forEach((stage, index) => {
    const slide = stage.parentElement, minutes = Number(slide.dataset.minutes ?? 0);
    const notes = stage.querySelector(":scope > aside.notes") ?? made("aside", { className: "notes" });
    notes.querySelector(":scope > .minutes")?.remove();
    const when = timed ? [made("span", { className: "length" }, `${minutes} min`), made("span", { className: "begin" }, `from ${LensClock.time(Math.round(60 * begun))}`)] : [];
    notes.prepend(made("p", { className: "place", lang: "en" }, made("strong", {}, String(index + 1)), ...when));
    slide.append(notes);
    begun += minutes;
    // reveal.js paints the grounds of slides. Dark title slides become light, to save toner; pictures and tints stay.
    const { backgroundImage, backgroundColor } = slide.dataset;
    if (slide.matches(".title, .statement")) return;
    if (backgroundColor) stage.style.backgroundColor = backgroundColor;
    if (backgroundImage) stage.style.background = `center / cover url(${JSON.stringify(new URL(backgroundImage, location.href).href)})`;
  });

  // On the screen: the way back to the deck, and a button that prints. On paper: the title at the foot of each page.
  const title = document.title, print = made("button", { type: "button" }, "Print or save as PDF");
  print.addEventListener("click", () => window.print());
  const deck = new URL(location.pathname, location.href);
  document.body.prepend(made("nav", { className: "handout-bar", lang: "en", ariaLabel: "Hand-out" },
    made("span", {}, "Hand-out with notes"), made("a", { href: deck.href }, "Present the deck"), print));
  root.style.setProperty("--deck-title", JSON.stringify(title));
  document.title = `${title} (hand-out)`;

  // A formula in a sentence breaks nowhere: one that is wider than the column becomes smaller.
  addEventListener("load", () => {
    for (const formula of document.querySelectorAll("aside.notes math")) {
      const notes = formula.closest("aside"), size = parseFloat(getComputedStyle(notes).fontSize);
      const room = Math.min(notes.clientWidth, COLUMN * size), width = formula.getBoundingClientRect().width;
      if (width > room) formula.style.fontSize = `${(0.96 * room) / width}em`;
    }
    root.dataset.laidOut = "handout";
  });
})();
