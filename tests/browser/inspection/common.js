// What the checks of slides and of pages share: which elements are seen, how a finding names them, and pictures.
// It is injected before the page's own scripts, so that it also sees their errors and what they make clickable.
window.inspection ??= (() => {
  const elements = [];
  const clickable = new Set();
  const errors = [];

  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (type === "click" && this instanceof Element) clickable.add(this);
    return listen.call(this, type, ...rest);
  };

  // Which slide a script stood on, or which was shown when it complained.
  const remember = (text) => errors.push({ text, slide: (document.currentScript?.closest("section[id]") ?? shown())?.id ?? "" });
  addEventListener("error", (event) => { if (event.message) remember(event.message); });
  for (const name of ["error", "warn"]) {
    const say = console[name];
    console[name] = (...all) => { remember(all.join(" ")); say.apply(console, all); };
  }

  const shown = () => window.Reveal?.isReady?.() ? Reveal.getCurrentSlide() : null;
  const slides = () => [...document.querySelectorAll(".slides section")].filter((section) => !section.querySelector("section"));
  const frames = async (count = 2) => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
  };

  const words = (element, length = 32) => {
    const text = (element.textContent || "").trim().replace(/\s+/g, " ");
    return text.length > length ? `${text.slice(0, length)}…` : text;
  };
  const isSeen = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1; // one pixel is how text for screen readers is hidden
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  const STATES = ["past", "present", "future", "visible", "current-fragment"]; // classes of reveal.js that say when, not what
  const describe = (element) => {
    const classes = [...element.classList].filter((each) => !STATES.includes(each)).slice(0, 2).map((each) => `.${each}`).join("");
    const role = element.localName !== "svg" && element.getAttribute("role");
    const name = element.localName + classes + (role ? `[role=${role}]` : "");
    const file = element.getAttribute("src")?.split("/").pop();
    const said = words(element) || element.getAttribute("aria-label") || (file?.includes("%") ? "" : file) || "";
    return said ? `${name} “${said.length > 40 ? `${said.slice(0, 40)}…` : said}”` : name;
  };
  // The same element has the same path in every state, live and in print.
  const path = (element) => {
    const steps = [];
    for (let at = element; at && !at.matches("section, body"); at = at.parentElement)
      steps.unshift(`${at.localName}:${[...at.parentElement?.children ?? [at]].indexOf(at)}`);
    return steps.join(">");
  };

  const finding = (kind, element, detail = "") => {
    const around = element.querySelectorAll("section[id]");
    const slide = element.closest(".slides section[id]") ?? (document.querySelector(".slides")?.contains(element) && around.length === 1 ? around[0] : null);
    return {
      kind, detail, element: describe(element), path: path(element), handle: elements.push(element) - 1,
      slide: slide?.id ?? "", number: slide ? slides().indexOf(slide) + 1 : 0,
    };
  };
  const outermost = (found) => found.filter((each) => !found.some((other) => other !== each && other.contains(each)));

  // Elements below a root that are seen; what stands inside `closed` is not entered.
  const seen = (root, closed) => {
    const found = [];
    const enter = (element) => {
      if (!element.checkVisibility()) return;
      if (element.matches(".notes")) return;
      if (isSeen(element)) found.push(element);
      if (!element.matches(closed)) for (const child of element.children) enter(child);
    };
    for (const child of root.children) enter(child);
    return found;
  };

  const named = (element) => [element.getAttribute("aria-label"), element.title, element.querySelector?.(":scope > title")?.textContent]
    .some((text) => typeof text === "string" && text.trim()) || element.hasAttribute("aria-labelledby");
  const isDecoration = (element) => Boolean(element.closest("[aria-hidden=true]")) || /^(none|presentation)$/.test(element.getAttribute("role") ?? "");

  // Pictures without words, and pictures that did not arrive.
  const pictures = (root) => {
    const found = [];
    for (const image of root.querySelectorAll("img, svg, canvas, [role=img]")) {
      if (image.closest(".notes") || image.parentElement.closest("svg, [role=img]") || !image.checkVisibility()) continue;
      const isImage = image.localName === "img";
      if (!isDecoration(image) && !(isImage && image.alt.trim()) && !named(image)) found.push(finding("picture without words", image));
      const isHome = isImage && new URL(image.src, location).host === location.host; // what lies elsewhere is not fetched, and told as such
      if (isHome && image.complete && !image.naturalWidth && image.loading !== "lazy") found.push(finding("broken picture", image, image.src));
    }
    return found;
  };

  // Elements that stick out of the page at the right and are in no box that scrolls by itself.
  const sideways = (width) => {
    const root = document.scrollingElement;
    const viewport = document.querySelector(".reveal-viewport");
    const over = Math.max(root.scrollWidth, viewport?.scrollWidth ?? 0) - width;
    if (over <= 0) return [];
    const scrolls = (element) => element !== document.body && element !== root && element !== viewport
      && getComputedStyle(element).overflowX !== "visible";
    const sticking = [];
    const enter = (element) => {
      if (!element.checkVisibility()) return;
      if (element.getBoundingClientRect().right + scrollX > width + 1) sticking.push(element);
      else if (!scrolls(element)) for (const child of element.children) enter(child);
    };
    for (const child of document.body.children) enter(child);
    return (sticking.length ? sticking : [document.body]).map((each) => finding("scrolls sideways", each, `the page is ${over} px wider than ${width} px`));
  };

  // axe's rules that we hold more strictly ourselves report under our own names, so that nothing is told twice.
  const OURS = {
    "image-alt": "picture without words", "svg-img-alt": "picture without words", "role-img-alt": "picture without words",
    "heading-order": "skipped heading level", "page-has-heading-one": "not one main heading",
  };
  // Most elements of a page tell axe nothing new: the inside of a drawing is one picture, that of a formula is KaTeX's own, and a word of
  // code is like the first one of its class. A drawing keeps its place without its lines, a formula becomes a letter of its size and
  // colour, and further words of code lose their own element. It is for a page that is inspected no further.
  const thin = () => {
    for (const code of document.querySelectorAll("pre")) {
      const classes = new Set();
      for (const word of [...code.querySelectorAll("span")].filter((each) => !each.childElementCount && !each.id)) {
        if (classes.has(word.className)) word.replaceWith(...word.childNodes);
        classes.add(word.className);
      }
    }
    for (const drawing of document.querySelectorAll("svg[role=img]")) drawing.replaceChildren();
    for (const formula of [...document.querySelectorAll(".katex")]) {
      const { width, height } = formula.getBoundingClientRect();
      const letter = document.createElement("span");
      letter.style.cssText = `display:inline-block;width:${width}px;height:${height}px;line-height:1;overflow:hidden;vertical-align:middle`;
      letter.textContent = "x";
      formula.replaceChildren(letter);
    }
  };
  const audit = async (options, within) => {
    const { violations } = await axe.run(within, { ...options, resultTypes: ["violations"], elementRef: true });
    return violations.flatMap((rule) => {
      const nodes = rule.nodes.filter((node) => node.element);
      const outer = outermost(nodes.map((node) => node.element));
      return nodes.filter((node) => outer.includes(node.element)).map((node) => {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message)[0] ?? rule.help;
        return finding(OURS[rule.id] ?? `axe ${rule.id}`, node.element, why);
      });
    });
  };

  // Of all text, one element for each colour on each ground in each size: contrast depends on nothing else, and takes axe long.
  const ground = (element) => {
    const found = [];
    for (let at = element; at; at = at.parentElement) {
      const { opacity, backgroundColor, backgroundImage } = getComputedStyle(at);
      found.push(opacity, backgroundImage, backgroundColor);
      if (backgroundColor.startsWith("rgb(")) break;
    }
    return found.join();
  };
  const auditColours = async (options, root) => {
    const alike = new Map();
    for (const element of root.querySelectorAll("*")) {
      if (!hasText(element) || !isSeen(element) || element.closest("svg")) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const around = element.localName === "a" ? getComputedStyle(element.parentElement).color : "";
      const key = [color, fontSize, fontWeight, around, ground(element)].join("|");
      alike.set(key, [...alike.get(key) ?? [], element]);
    }
    const samples = [...alike.values()], found = samples.length ? await audit(options, samples.map(([first]) => first)) : [];
    return found.map((each) => {
      const others = samples.find(([first]) => first === elements[each.handle])?.length - 1;
      return others ? { ...each, detail: `${each.detail} (and ${others} like it)` } : each;
    });
  };

  // Where a finding is on the screen, with a line around it.
  const frame = (handle, scroll) => {
    const element = elements[handle];
    if (!element?.isConnected) return null;
    if (scroll) element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const box = element.getBoundingClientRect();
    const line = document.createElement("div");
    line.id = "inspection-frame";
    line.style.cssText = "position:fixed;pointer-events:none;z-index:2147483647;outline:3px solid #f0f;"
      + `left:${box.left}px;top:${box.top}px;width:${box.width}px;height:${box.height}px`;
    document.documentElement.append(line);
    return { x: box.left, y: box.top, width: box.width, height: box.height };
  };
  const unframe = () => document.getElementById("inspection-frame")?.remove();

  // The first element that asks for an address, so that a request can be laid at its slide.
  const asking = (url) => {
    const all = document.querySelectorAll("[src], [data-src], link[href], image, source, object[data], [style*='url(']");
    const found = [...all].find((each) => [each.src, each.href?.baseVal ?? each.href, each.data, each.dataset.src].includes(url)
      || each.getAttribute("style")?.includes(url));
    return found ? finding("", found) : null;
  };

  return { elements, clickable, errors, slides, frames, words, isSeen, hasText, finding, outermost, seen, pictures, sideways, thin, audit, auditColours, frame, unframe, asking };
})();
