// What is wrong with a page of the notes: its headings, its pictures, and what the keyboard finds.
window.inspection.page ??= (() => {
  const { clickable, finding, isSeen, pictures, sideways } = window.inspection;
  const ROLES = ["button", "link", "checkbox", "switch", "slider", "combobox", "textbox", "searchbox", "spinbutton"];
  const CONTROLS = ["a[href]", "button", "input:not([type=hidden])", "select", "textarea", "summary", "[contenteditable=true]", "[onclick]", "[tabindex]:not([tabindex^='-'])",
    ...ROLES.map((role) => `[role=${role}]`)].join();

  const headings = () => {
    const all = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((each) => each.checkVisibility());
    const level = (heading) => Number(heading.localName[1]);
    const main = all.filter((each) => level(each) === 1);
    const found = main.length === 1 ? [] : [finding("not one main heading", main[1] ?? document.documentElement, `${main.length} h1`)];
    all.forEach((heading, index) => {
      const before = index ? level(all[index - 1]) : 0;
      if (level(heading) > before + 1) found.push(finding("skipped heading level", heading, before ? `h${level(heading)} after h${before}` : "the first heading"));
    });
    return found;
  };

  // Everything that a mouse can use: native controls, roles, and what listens to clicks and holds no control.
  const controls = () => {
    const native = [...document.querySelectorAll(CONTROLS)].filter((each) => !each.disabled);
    const made = [...clickable].filter((each) => each.isConnected && each.tabIndex < 0 && each !== document.body && each !== document.documentElement
      && !each.matches(`label, main, ${CONTROLS}`) && !each.closest(CONTROLS) && !each.querySelector(`${CONTROLS}`));
    const first = (each) => each.type !== "radio" || (each.form ?? document).querySelector(`input[type=radio][name="${CSS.escape(each.name)}"]:checked`) === each
      || !(each.form ?? document).querySelector(`input[type=radio][name="${CSS.escape(each.name)}"]:checked`);
    return [...new Set([...native, ...made])].filter((each) => isSeen(each) && first(each))
      .sort((a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  };

  // What can be seen of an element; a line without width or without colour is no line.
  const clear = (colour) => /transparent|,\s*0\)$|\/\s*0\)$/.test(colour);
  const lookOf = (element) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(element, part);
    const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1 || clear(style.outlineColor) ? ""
      : [style.outlineStyle, style.outlineWidth, style.outlineColor, style.outlineOffset].join(" ");
    return [outline, style.boxShadow, style.backgroundColor, style.backgroundImage, style.borderTopColor, style.borderBottomColor, style.borderBottomWidth,
      style.color, style.textDecorationLine, style.textDecorationThickness, style.transform, part && style.content].join("|");
  }).join("||");
  const look = (element) => [element, element.parentElement].map(lookOf).join("||");

  // The walk: `begin`, then one press of Tab after the other from outside, then `end`.
  const PATIENCE = 20; // presses without anything new, after which nothing new will come
  let stops, before, order, unseen, press, fresh;
  const remember = (event) => {
    const element = event.target;
    if (!order.some((visit) => visit.element === element)) fresh = press;
    if (order.at(-1)?.element !== element) order.push({ element, press });
    if (before.has(element) && look(element) === before.get(element)) unseen.add(element);
  };
  const count = (event) => { if (event.key === "Tab" && event.type === "keydown") press++; };
  const begin = () => {
    document.activeElement?.blur();
    getSelection().removeAllRanges();
    scrollTo({ top: 0, behavior: "instant" });
    stops = controls();
    before = new Map(stops.map((each) => [each, look(each)]));
    [order, unseen, press, fresh] = [[], new Set(), 0, 0];
    addEventListener("focusin", remember, true);
    addEventListener("keydown", count, true);
  };
  const missing = () => stops.filter((each) => !order.some((visit) => visit.element === each));
  const end = () => {
    removeEventListener("focusin", remember, true);
    removeEventListener("keydown", count, true);
    const lost = missing(), found = [];
    // Focus that stays on one or two elements, while more would follow, is caught.
    const late = order.filter((visit) => visit.press > press - PATIENCE).map((visit) => visit.element);
    const caught = new Set(late.length ? late : [document.activeElement]);
    const last = [...caught].at(-1);
    const trapped = lost.length > 0 && caught.size <= 2 && last !== document.body
      && lost.some((each) => last.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (trapped) found.push(finding("keyboard trap", last, "Tab does not lead on"));
    const after = (each) => trapped && last.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING;
    for (const each of lost) if (!after(each)) found.push(finding("the keyboard does not reach it", each));
    for (const each of unseen) found.push(finding("focus is not seen", each, "no outline, and nothing else changes when it has the focus"));
    return found;
  };

  const open = () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  return {
    open, begin, end, walking: () => missing().length > 0 && press - fresh <= PATIENCE,
    inspect: (width) => [...headings(), ...pictures(document.body), ...sideways(width)],
  };
})();
