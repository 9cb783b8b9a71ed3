// What is wrong with the slide that is shown, in pixels of the stage, which is 1280 by 720.
window.inspection.deck ??= (() => {
  const { elements, finding, frames, hasText, isSeen, outermost, pictures, seen, slides, words } = window.inspection;
  const STAGE = { left: 0, top: 0, right: 1280, bottom: 720 };
  const SAFE = { left: 40, top: 24, right: 1240, bottom: 696 };
  const SMALLEST = 20;
  const FURNITURE = ".foot, .to-notes"; // stands at the edge on purpose
  const CLOSED = ".katex, svg";
  const THINGS = "img, svg, table, pre, canvas, video, button, input, select, .katex";

  const ROOMS = ["off the stage", "outside of the safe area", "above or below its room"];

  const boxes = (sheet) => (element) => {
    const box = element.getBoundingClientRect();
    const [x, y] = [sheet.paper.left, sheet.paper.top];
    const { scale } = sheet;
    return { left: (box.left - x) / scale, top: (box.top - y) / scale, right: (box.right - x) / scale, bottom: (box.bottom - y) / scale };
  };
  const beyond = (box, room, slack = 0) => [
    box.left < room.left - slack && "left", box.top < room.top - slack && "top",
    box.right > room.right + slack && "right", box.bottom > room.bottom + slack && "bottom",
  ].filter(Boolean);
  const said = (box, edges, room) => edges.map((edge) => `${Math.ceil(Math.abs(box[edge] - room[edge]))} px over the ${edge}`).join(", ");

  const isPainted = ({ backgroundColor, borderLeftWidth, borderTopWidth }) =>
    backgroundColor !== "rgba(0, 0, 0, 0)" || parseFloat(borderLeftWidth) > 0 || parseFloat(borderTopWidth) > 0;

  // Where something that the hall can see may stand: the rooms from the widest to the narrowest.
  const rooms = (element, sheet, box) => {
    const style = getComputedStyle(element), bears = hasText(element) || element.matches(THINGS);
    if (!bears && !isPainted(style)) return [];
    const body = style.display.startsWith("inline") ? null : element.closest(".body"); // the box of inline text is higher than its line
    return [
      [ROOMS[0], STAGE, 1.5],
      ...(bears && !element.closest(FURNITURE) ? [[ROOMS[1], SAFE, 0]] : []),
      ...(bears && body ? [[ROOMS[2], { ...STAGE, top: box(body).top, bottom: box(body).bottom }, 1.5]] : []),
    ];
  };
  // An offender is named by the outermost box that leaves the room over the same edges: the list, not each of its items.
  const outer = (element, edges, room, slack, box) => {
    let at = element;
    while (!at.parentElement.matches(".body, .stage, section") && edges.every((each) => beyond(box(at.parentElement), room, slack).includes(each)))
      at = at.parentElement;
    return at;
  };
  const tooLarge = (element) => {
    if (element.matches(CLOSED) || !element.clientWidth) return null;
    const { overflowX, overflowY } = getComputedStyle(element);
    const [right, bottom] = [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight];
    const clips = /hidden|clip|auto|scroll/;
    const cut = [clips.test(overflowX) && right > 2 && "right", clips.test(overflowY) && bottom > 2 && "bottom"].filter(Boolean);
    if (cut.length) return ["cut off", cut, `its content is ${right} px wider and ${bottom} px higher than its box`];
    const holds = element.matches("p, li, td, th, pre, h1, h2, h3, h4, h5, h6, dt, dd, figcaption, blockquote, button");
    return holds && right > 2 ? ["wider than its box", ["right"], `${element.scrollWidth} px in a box of ${element.clientWidth} px`] : null;
  };

  const places = (all, sheet) => {
    const box = boxes(sheet), told = new Map();
    const whoTold = (element, edges) => {
      for (let at = element; at && at !== sheet.slide; at = at.parentElement)
        if (told.has(at) && edges.every((each) => told.get(at).edges.includes(each))) return told.get(at);
      return null;
    };
    const tell = (element, kind, edges, detail, worst) => {
      const before = told.get(element)?.edges ?? [];
      told.set(element, { element, kind, edges: [...before, ...edges], detail, worst });
    };
    for (const element of all) {
      const large = tooLarge(element);
      if (large && !whoTold(element, large[1])) tell(element, ...large, Infinity);
      for (const [kind, room, slack] of rooms(element, sheet, box)) {
        const edges = beyond(box(element), room, slack);
        if (!edges.length) continue;
        const worst = Math.max(...edges.map((each) => Math.abs(box(element)[each] - STAGE[each]) * (kind === ROOMS[0] ? 1 : -1)));
        const other = whoTold(element, edges);
        if (!other) tell(outer(element, edges, room, slack, box), kind, edges, said(box(element), edges, room), worst);
        else if (worst > other.worst) Object.assign(other, { kind, worst, detail: said(box(element), edges, room) });
        break;
      }
    }
    return [...told.values()].map(({ kind, element, detail }) => finding(kind, element, detail));
  };

  // Letters: in text, in formulas as a whole, and inside SVG, where sizes are scaled with the figure.
  const drawnSize = (text, scale) => {
    const drawn = text.getScreenCTM();
    const holders = [text, ...text.querySelectorAll("tspan")].filter(hasText);
    return Math.hypot(drawn.a, drawn.b) * Math.max(...holders.map((each) => parseFloat(getComputedStyle(each).fontSize))) / scale;
  };
  const letters = (all, sheet) => {
    const small = new Map();
    for (const element of all) {
      if (element.localName === "svg" || !(hasText(element) || element.matches(".katex")) || element.closest("sub, sup")) continue;
      const zoom = element.offsetWidth && getComputedStyle(element).display !== "inline"
        ? element.getBoundingClientRect().width / element.offsetWidth / sheet.scale : 1;
      const size = parseFloat(getComputedStyle(element).fontSize) * zoom;
      if (size < SMALLEST - 0.05) small.set(element, size);
    }
    return outermost([...small.keys()]).map((each) => finding("small text", each, `${small.get(each).toFixed(1)} px, at least ${SMALLEST} px`));
  };

  const isUpright = (text) => {
    const { a, b, c, d } = text.getScreenCTM();
    return Math.min(Math.abs(b) + Math.abs(c), Math.abs(a) + Math.abs(d)) < 1e-3;
  };
  const figures = (all, sheet) => {
    const found = [];
    for (const svg of all.filter((each) => each.localName === "svg")) {
      const edge = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim() && isSeen(text));
      for (const text of texts) {
        const size = drawnSize(text, sheet.scale), box = text.getBoundingClientRect(), slack = 0.2 * size * sheet.scale;
        if (size < SMALLEST - 0.5) found.push(finding("small text in a figure", text, `${size.toFixed(1)} px, at least ${SMALLEST} px`));
        const out = beyond(box, edge, slack);
        if (out.length) found.push(finding("text leaves its figure", text, said(box, out, edge)));
      }
    }
    return found;
  };

  // Lines of text, each with the block that it belongs to. A line is as high as its letters, which is less than its box.
  const lines = (all, sheet) => {
    const found = [];
    const add = (owner, box, text, share = 0.2) => {
      if (box.width < 2 || box.height < 2) return;
      const turned = owner.localName === "text" && Math.abs(owner.getScreenCTM().a) < 1e-3; // along an axis that points up
      const trim = share * Math.min(turned ? box.width : box.height, 60 * sheet.scale), [x, y] = turned ? [trim, 0] : [0, trim];
      found.push({ owner, text, left: box.left + x, right: box.right - x, top: box.top + y, bottom: box.bottom - y });
    };
    const blockOf = (element) => {
      let at = element;
      while (at !== sheet.slide && getComputedStyle(at).display.startsWith("inline") && at.parentElement) at = at.parentElement;
      return at;
    };
    for (const element of all) {
      if (element.closest(FURNITURE)) continue;
      if (element.matches(".katex")) {
        for (const base of element.querySelectorAll(".katex-html > .base")) add(blockOf(element), base.getBoundingClientRect(), base.textContent);
      } else if (element.localName === "svg") {
        for (const text of element.querySelectorAll("text"))
          if (text.textContent.trim() && isSeen(text) && isUpright(text)) add(text, text.getBoundingClientRect(), text.textContent, 0.25);
      } else if (hasText(element)) {
        const range = document.createRange(), owner = blockOf(element);
        for (const node of element.childNodes) {
          if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
          range.selectNodeContents(node);
          for (const box of range.getClientRects()) add(owner, box, node.data);
        }
      }
    }
    return found;
  };
  // Of two elements, the ancestors that stand beside each other; inside a figure, the texts themselves.
  const apart = (one, other) => {
    if (one.localName === "text" && other.localName === "text" && one.closest("svg") === other.closest("svg")) return [one, other];
    const above = (element) => { const chain = []; for (let at = element; at; at = at.parentElement) chain.unshift(at); return chain; };
    const [a, b] = [above(one), above(other)];
    let depth = 0;
    while (a[depth] === b[depth]) depth++;
    const beside = (chain) => chain[depth].matches(".body") && chain.length > depth + 1 ? chain[depth + 1] : chain[depth];
    return [beside(a), beside(b)];
  };
  const overlaps = (all, sheet) => {
    const found = new Map(), texts = lines(all, sheet).sort((a, b) => a.top - b.top);
    texts.forEach((one, index) => {
      for (let next = index + 1; next < texts.length && texts[next].top < one.bottom; next++) {
        const other = texts[next];
        const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const high = Math.min(one.bottom, other.bottom) - other.top;
        if (wide < 3 * sheet.scale || high < 3 * sheet.scale || one.owner === other.owner) continue;
        if (one.owner.contains(other.owner) || other.owner.contains(one.owner)) continue;
        if (one.owner.localName === "text" && one.text === other.text) continue; // a halo is the same text, drawn twice
        const [under, over] = apart(one.owner, other.owner).sort((a, b) => a.compareDocumentPosition(b) & 2 ? 1 : -1);
        const key = `${elements.indexOf(over)} ${words(under)} ${words(over)}`;
        if (!found.has(key)) found.set(key, finding("text over text", over, `over “${words(under)}”, ${Math.round(wide / sheet.scale)} × ${Math.round(high / sheet.scale)} px`));
      }
    });
    return [...found.values()];
  };

  // A figure that has its place for itself, a column or the whole body, and leaves most of it empty in both directions.
  const FILLED = 0.55;
  const drawn = (figure, { left, top, right, bottom }) => {
    const own = figure.localName === "svg" ? figure.viewBox.baseVal : { width: figure.naturalWidth, height: figure.naturalHeight };
    if (!own?.width || !own.height) return [right - left, bottom - top];
    const scale = Math.min((right - left) / own.width, (bottom - top) / own.height);
    return [own.width * scale, own.height * scale];
  };
  const placeOf = (figure) => {
    let at = figure;
    while (at.parentElement && !at.parentElement.matches(".cols, .body")) at = at.parentElement;
    return at;
  };
  const isAlone = (figure, place) => (place.parentElement.matches(".cols") || place.parentElement.children.length === 1)
    && ![place, ...seen(place, CLOSED)].some((each) => each !== figure && !each.closest("figcaption")
      && (hasText(each) || (each.matches(THINGS) && !each.contains(figure))));
  const widthOf = (place, box) => {
    const tracks = getComputedStyle(place.parentElement).gridTemplateColumns.split(" ").map(parseFloat);
    const index = [...place.parentElement.children].indexOf(place) % tracks.length;
    const { left, right } = box(place.parentElement);
    return tracks[index] || right - left;
  };
  const empties = (all, sheet) => {
    const box = boxes(sheet), body = sheet.slide.querySelector(".body");
    if (!body) return [];
    const { top, bottom } = box(body);
    return all.filter((each) => each.matches("svg, img") && body.contains(each)).flatMap((figure) => {
      const place = placeOf(figure);
      if (!isAlone(figure, place)) return [];
      const [width, height] = drawn(figure, box(figure)), [wide, high] = [widthOf(place, box), bottom - top];
      if (Math.max(width / wide, height / high) >= FILLED) return [];
      const detail = `${[width, height].map(Math.round).join(" × ")} px of ${[wide, high].map(Math.round).join(" × ")} px: it fills neither ${Math.round(100 * FILLED)} % of the width nor of the height`;
      return [finding("figure leaves its place empty", figure, detail)];
    });
  };

  const LINES = 2, LINES_OF_DISPLAY = 4; // titles and statements are set large, and are the whole slide
  const parts = ({ slide }) => {
    const found = [], heading = [...slide.querySelectorAll("h1, h2, h3")].find((each) => each.textContent.trim());
    if (!heading) found.push(finding("no heading", slide));
    if (!slide.querySelector("aside.notes")?.textContent.trim()) found.push(finding("no speaker notes", slide));
    if (heading?.checkVisibility()) {
      const range = document.createRange();
      range.selectNodeContents(heading);
      const count = Math.round(range.getBoundingClientRect().height / parseFloat(getComputedStyle(heading).lineHeight));
      const most = slide.matches(".title, .statement") ? LINES_OF_DISPLAY : LINES;
      if (count > most) found.push(finding("long title", heading, `${count} lines, at most ${most}`));
    }
    return found;
  };

  const inspect = (slide, paper, scale) => {
    const sheet = { slide, paper: paper.getBoundingClientRect(), scale }, all = seen(slide, CLOSED);
    return [places, letters, figures, overlaps, empties].flatMap((rule) => rule(all, sheet)).concat(parts(sheet), pictures(slide));
  };

  // All states of all slides, as a speaker meets them; a fault is told in the first state that shows it.
  const walk = async () => {
    const found = new Map();
    let states = 0;
    Reveal.slide(0, 0, -1);
    for (;;) {
      await frames();
      const slide = Reveal.getCurrentSlide();
      const last = new Set([...slide.querySelectorAll(".fragment")].map((each) => each.dataset.fragmentIndex)).size;
      for (let step = 0; ; step++) {
        states++;
        for (const each of inspect(slide, slide.querySelector(".stage") ?? slide, Reveal.getScale())) {
          const key = [each.kind, each.slide, each.path, each.kind === "text over text" ? each.detail.split(",")[0] : ""].join();
          if (!found.has(key)) found.set(key, { ...each, state: last ? `step ${step} of ${last}` : "", at: { ...Reveal.getIndices(slide), f: step - 1 } });
        }
        if (!Reveal.availableFragments().next) break;
        Reveal.nextFragment();
        if (slide.querySelector(".demo, canvas")) await frames(1);
      }
      if (Reveal.isLastSlide()) return { found: [...found.values()], states, total: Reveal.getTotalSlides() };
      Reveal.next();
    }
  };

  // Every page of the print view, where all steps are shown at once.
  const print = () => [...document.querySelectorAll(".pdf-page")].flatMap((paper) =>
    [...paper.querySelectorAll("section[id]")].flatMap((slide) => inspect(slide, paper, 1)));

  // What a phone shows: slides below each other, all steps, nothing wider than the screen.
  const READ = "h1, h2, h3, p, li, table, pre, svg.figure, img";
  const unseen = (slide) => outermost([...slide.querySelectorAll(READ)].filter((each) =>
    !each.closest("aside, .demo, svg svg") && !each.checkVisibility({ visibilityProperty: true, opacityProperty: true })));
  const phone = (width) => [
    ...(Reveal.isScrollView() ? slides().flatMap(unseen).map((each) => finding("not seen", each))
      : [finding("slides do not stand below each other", document.body)]),
    ...window.inspection.sideways(width),
  ];

  // A deck without scripts: every slide with its title and its text, one below the other, as wide as the window.
  const still = (width) => {
    const found = [], flow = slides().map((slide) => [slide, slide.getBoundingClientRect()]);
    flow.forEach(([slide, box], index) => {
      if (!box.height) found.push(finding("not seen", slide));
      else found.push(...unseen(slide).map((each) => finding("not seen", each)));
      const above = flow[index - 1]?.[1];
      if (above && box.top < above.bottom - 1) found.push(finding("slide over slide", slide, `by ${Math.round(above.bottom - box.top)} px`));
      const inner = seen(slide, CLOSED), sheet = { slide, paper: box, scale: 1 };
      found.push(...overlaps(inner, sheet));
      const low = outermost(inner.filter((each) => (hasText(each) || each.matches(THINGS)) && each.getBoundingClientRect().bottom > box.bottom + 2));
      found.push(...low.map((each) => finding("leaves its slide", each)));
    });
    return found.concat(window.inspection.sideways(width));
  };

  // Keys: which slides were met, and what an arrow does in a slider.
  let met;
  const count = () => {
    Reveal.slide(0, 0, -1);
    met = new Set([Reveal.getCurrentSlide()]);
    Reveal.on("slidechanged", ({ currentSlide }) => met.add(currentSlide));
  };
  const unvisited = () => slides().filter((slide) => !met.has(slide)).slice(0, 1)
    .map((slide) => finding("keys", slide, "the space bar does not lead to this slide"));
  const allSliders = () => [...document.querySelectorAll(".slides section :is(input[type=range], [role=slider])")]
    .filter((slider) => !slider.closest("[hidden]:not(section)")); // one that is hidden on its slide takes no focus
  const value = (slider) => slider.value ?? slider.getAttribute("aria-valuenow");
  const enter = (number) => {
    const slider = allSliders()[number], { h, v } = Reveal.getIndices(slider.closest("section"));
    Reveal.slide(h, v);
    slider.focus();
    return { number, slide: Reveal.getCurrentSlide().id, value: value(slider), full: slider.max !== undefined && slider.value === slider.max };
  };
  const moved = (before) => {
    const slider = allSliders()[before.number], turned = Reveal.getCurrentSlide().id !== before.slide, kept = value(slider) === before.value;
    slider.blur();
    if (turned) Reveal.slide(Reveal.getIndices(slider.closest("section")).h, Reveal.getIndices(slider.closest("section")).v);
    return [...(turned ? ["an arrow key turns the slide"] : []), ...(kept ? ["an arrow key does not move it"] : [])]
      .map((words) => finding("slider", slider, words));
  };
  const show = (selector) => {
    const slide = document.querySelector(`.slides ${selector}`);
    if (slide) Reveal.slide(Reveal.getIndices(slide).h, Reveal.getIndices(slide).v);
    return Boolean(slide);
  };

  return { walk, print, phone, still, count, unvisited, sliders: () => allSliders().length, enter, moved, show };
})();
