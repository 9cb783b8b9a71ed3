// What interactive figures share. A demo is one file, `demos/NAME.js`: pure mathematics, and one call of `demo`.
//   { const wave = (x, k) => Math.sin(k * x); // the braces keep its names from those of other demos
//     demo("wave", { wave }, (stage) => { // fills every <div class="demo" data-demo="wave">
//       const k = stage.slider({ label: "Wave number k", unit: "Å⁻¹", from: 1, to: 9, step: 1, value: 3 });
//       stage.draw("A wave", (chart) => { // and returns a sentence that says what is seen
//         const x = stage.data.x, axes = chart.axes({ x: { from: 0, to: 4, label: "x (Å)" }, y: { from: -1, to: 1 } });
//         axes.line(x, x.map((each) => wave(each, k.value)), "accent");
//         return `The wave has a crest every ${stage.number(2 * Math.PI / k.value, 1)} Å.`;
//       }); }); }
"use strict";
const demo = (() => {
  let places = 0;
  function make(tag, attributes, parent, text = "") {
    const svg = ["svg", "path", "text", "circle"].includes(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return parent.appendChild(Object.assign(node, { textContent: text }));
  }
  // How a thing looks is said in words: accent hot mute violet, bold, end middle, dashed dotted thin band.
  const looks = (words) => words.split(" ").map((word) => `demo-${word}`).join(" ");
  // Numbers as the page writes them: thousands apart, a minus and no hyphen.
  const number = (value, digits = 0) => (Math.round(value * 10 ** digits) / 10 ** digits + 0).toLocaleString("en-GB",
    { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");

  // The picture: as wide and high, in pixels, as the page gives it, so that letters keep the size of the page.
  function pictured(svg, draw) {
    const width = svg.clientWidth, height = svg.clientHeight, em = parseFloat(getComputedStyle(svg).fontSize);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`), svg.replaceChildren();
    const say = (words, x, y, look) => make("text", { x, y, class: looks(look) }, svg, words);
    const path = (points, look, to = svg) =>
      make("path", { class: looks(look), d: "M" + points.map((point) => point.map((each) => each.toFixed(1))).join("L") }, to);
    // Boxes for so many axes, as [left, top, right, bottom]: beside each other where there is room, else below each other.
    function boxes(count) {
      const beside = width > 17 * em * count, wide = beside ? width / count : width, high = beside ? height : height / count;
      return Array.from({ length: count }, (_, i) => [beside ? i * wide : 0, beside ? 0 : i * high])
        .map(([a, b]) => [a + 3 * em, b + 2.2 * em, a + wide - em, b + high - 2.9 * em]);
    }
    // Axes in a box; x and y are { from, to, ticks: [values or [value, words]], label }.
    function axes({ x, y, box: [left, top, right, bottom] = boxes(1)[0] }) {
      const along = ({ from, to }, a, b) => (value) => a + (b - a) * (value - from) / (to - from);
      const named = (tick) => (Array.isArray(tick) ? tick : [tick, number(tick, digitsOf(tick))]);
      const h = along(x, left, right), v = along(y, bottom, top), ticks = (axis) => (axis.ticks ?? []).map(named);
      path([[left, top], [left, bottom], [right, bottom]], "axis");
      for (const [value, words] of ticks(x)) say(words, h(value), bottom + 1.2 * em, "middle");
      for (const [value, words] of ticks(y)) say(words, left - 0.5 * em, v(value) + 0.35 * em, "end");
      if (x.label) say(x.label, (left + right) / 2, bottom + (x.ticks ? 2.6 : 1.2) * em, "middle");
      if (y.label) say(y.label, Math.max(left - 2.5 * em, 0), top - 0.95 * em, "start");
      // Lines end where the box ends: an <svg> inside the picture cuts them off.
      const [x0, y0, w, h0] = [left, top - 3, right - left, bottom - top + 3];
      const view = { x: x0, y: y0, width: w, height: h0, viewBox: `${x0} ${y0} ${w} ${h0}`, role: "presentation" };
      const inside = make("svg", view, svg);
      return {
        line: (xs, ys, look) => path(xs.map((each, i) => [h(each), v(ys[i])]), look, inside),
        dot: (a, b, look, size = 0.2) => make("circle", { cx: h(a), cy: v(b), r: size * em, class: looks(look) }, svg),
        say: (words, a, b, look, [right, down] = [0, 0]) => say(words, h(a) + right * em, v(b) + down * em, look), // moved by so many em
        pressed: (act) => { // a pane in front of all tells the x of a press, at whatever scale a slide is shown
          const pane = path([[left, top], [right, top], [right, bottom], [left, bottom]], "pane", inside), { from, to } = x;
          pane.onclick = ({ clientX: at }, b = pane.getBoundingClientRect()) => (act(from + (to - from) * (at - b.left) / b.width), draw());
        },
      };
    }
    return { width, height, em, boxes, axes };
  }
  const digitsOf = (value) => (String(value).split(".")[1] ?? "").length;
  // What a demo plays on: controls beside a picture, and below it one sentence that says what is seen.
  function staged(place) {
    const data = place.querySelector('script[type="application/json"]'), id = `demo-${++places}`;
    const live = make("div", { class: "demo-live", "data-prevent-swipe": "" }, place); // fingers that move a slider turn no slide
    // A slider keeps all keys, a button those that press it: after a click, a remote control still turns the slides.
    const kept = ({ key, target }) => target.matches("input") || ["Enter", " ", "Tab", "Escape"].includes(key);
    live.addEventListener("keydown", (event) => (kept(event) && event.stopPropagation(), event.key === "Escape" && event.target.blur()));
    const svg = make("svg", { role: "img", class: "demo-chart" }, live), panel = make("div", { class: "demo-panel" }, live);
    const said = make("p", { class: "demo-said", "aria-live": "polite" }, live);
    let title = "", picture = null, later, buttons, halves, controls = 0;
    function draw() {
      if (!picture || !svg.clientWidth) return; // on a slide that is not shown, on paper
      const words = picture(pictured(svg, draw));
      svg.setAttribute("aria-label", `${title}. ${words}`);
      clearTimeout(later); // a screen reader hears where a movement ends, not every step
      later = setTimeout(() => { if (said.textContent !== words) said.textContent = words; }, 250);
    }
    // A slider. With `log: true` it moves by factors, and its step is in decades; with `half: true` it shares its row.
    function slider({ label, unit = "", from, to, step, value, log = false, half = false, moved = () => {}, entered = () => {} }) {
      const raw = log ? Math.log10 : Number, key = `${id}-${++controls}`;
      const row = make("div", { class: "demo-slider" }, half ? (halves ??= make("div", { class: "demo-halves" }, panel)) : panel);
      const say = (each) => `${log ? number(Number(each.toPrecision(2))) : number(each, digitsOf(step))} ${unit}`.trim();
      make("label", { for: key }, row, label);
      const input = make("input", { type: "range", id: key, min: raw(from), max: raw(to), step, value: raw(value) }, row);
      let now = value, shown = make("span", { class: "demo-value", "aria-hidden": "true" }, row); // spoken by the slider itself
      const tell = () => input.setAttribute("aria-valuetext", shown.textContent = say(now));
      input.addEventListener("input", () => { now = log ? 10 ** input.value : Number(input.value); tell(); moved(); draw(); });
      input.addEventListener("keydown", ({ key }) => { if (key === "Enter") entered(), draw(); });
      tell();
      return {
        get value() { return now; },
        set value(next) { now = Math.min(Math.max(next, from), to); input.value = raw(now); tell(); },
        set hidden(hide) { row.hidden = hide; },
      };
    }
    // One of several words.
    function choice({ label, of, value, moved = () => {} }) {
      const group = make("fieldset", { class: "demo-choice" }, panel), name = `${id}-${++controls}`;
      make("legend", {}, group, label);
      for (const word of of) {
        const row = make("label", {}, group), input = make("input", { type: "radio", name }, row);
        input.checked = word === value;
        input.addEventListener("change", () => { value = word; moved(); draw(); });
        make("span", {}, row, word);
      }
      return { get value() { return value; } };
    }
    function button(words, act) {
      buttons ??= make("div", { class: "demo-buttons" }, panel);
      return Object.assign(make("button", { type: "button" }, buttons, words), { onclick: () => { act(); draw(); } });
    }
    // A button that repeats a step until it returns false, or until it is pressed again; at once for those who want no motion.
    function runner(words, step, pause = 90) {
      let timer = 0;
      const stop = () => { clearInterval(timer); timer = 0; node.textContent = words; };
      const once = () => { if (!svg.clientWidth || step() === false) stop(); draw(); };
      const node = button(words, () => {
        if (timer) return stop();
        if (matchMedia("(prefers-reduced-motion: reduce)").matches) for (let i = 0; i < 1000 && step() !== false; i++);
        else node.textContent = "Stop", timer = setInterval(once, pause);
      });
      return { stop };
    }
    // The picture is drawn again whenever something moves, and says in a sentence what is seen.
    function show(name, how, { wide = false } = {}) {
      [title, picture] = [name, how];
      live.classList.toggle("demo-wide", wide); // the controls stand below it, and not beside it
      new ResizeObserver(draw).observe(svg); // it also draws for the first time
    }
    return { data: data && JSON.parse(data.textContent), slider, choice, button, runner, draw: show, number };
  }

  // What stands in the place stays there, hidden while the demo runs; a demo that fails leaves it visible.
  function demo(name, mathematics, play) {
    demo.mathematics[name] = mathematics;
    if (typeof document === "undefined") return; // in a test
    const fill = () => document.querySelectorAll(`.demo[data-demo="${name}"]`).forEach((place) => {
      try { play(staged(place)), place.dataset.live = ""; }
      catch (fault) { // the places after it are filled all the same
        place.querySelector(".demo-live")?.remove(), console.error(`The demo ${name} has failed:`, fault);
      }
    });
    document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", fill) : fill();
  }
  return Object.assign(demo, { mathematics: {} });
})();
