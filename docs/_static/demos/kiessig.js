// A film between silicon and heavy water: move its numbers until its reflectivity matches another curve.
// Fills every <div class="demo" data-demo="kiessig">; what stands inside is for readers without JavaScript.
"use strict";
const kiessig = (() => {
  const SILICON = 2.07, WATER = 6.36; // scattering length densities (SLD), 1e-6 Å⁻²

  // Complex numbers are pairs [real, imaginary].
  const add = ([a, b], [c, d]) => [a + c, b + d];
  const mul = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
  const div = ([a, b], [c, d]) => mul([a, b], [c / (c * c + d * d), -d / (c * c + d * d)]);
  const exp = ([a, b]) => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
  const root = (x) => (x < 0 ? [0, Math.sqrt(-x)] : [Math.sqrt(x), 0]); // the branch that decays into the layer
  // Parratt's recursion for a film of thickness d (Å); both interfaces have the roughness (Å), after Névot and Croce.
  function sharp(q, { d, sld, rough }) {
    const [silicon, film, water] = [SILICON, sld, WATER].map((s) => root((q / 2) ** 2 - 4e-6 * Math.PI * (s - SILICON)));
    const smooth = (k, next) => exp(mul([-2 * rough ** 2, 0], mul(k, next)));
    const bounce = (k, next) => mul(div(add(k, mul([-1, 0], next)), add(k, next)), smooth(k, next));
    const front = bounce(silicon, film), back = mul(bounce(film, water), exp(mul([0, 2 * d], film)));
    const [re, im] = div(add(front, back), add([1, 0], mul(front, back)));
    return re * re + im * im;
  }
  // The same at a resolution (FWHM, relative): 13 nodes of a Gaussian within 3.5 standard deviations.
  function reflectivity(q, film, resolution = 0) {
    if (!resolution) return sharp(q, film);
    const nodes = Array.from({ length: 13 }, (_, i) => 3.5 * (i - 6) / 6), weights = nodes.map((x) => Math.exp(-x * x / 2));
    const sum = nodes.reduce((s, x, i) => s + weights[i] * sharp(Math.abs(q * (1 + resolution / 2.354820045 * x)), film), 0);
    return sum / weights.reduce((a, b) => a + b);
  }
  const Q = Array.from({ length: 190 }, (_, i) => 0.011 + 0.001 * i), COARSE = Q.filter((_, i) => i % 4 === 1);
  const curve = (film, resolution = 0, points = Q) => points.map((q) => reflectivity(q, film, resolution));
  // By how many per cent two curves differ, on average over their points.
  const difference = (one, other) => 100 * Math.expm1(one.reduce((sum, r, i) => sum + Math.abs(Math.log(r / other[i])), 0) / one.length);
  // Another film with nearly the same curve: the best one near that with the two steps of SLD exchanged.
  function twin(film) {
    const goal = curve(film, 0, COARSE), off = (other) => difference(curve(other, 0, COARSE), goal);
    const near = Array.from({ length: 65 }, (_, i) => ({ ...film, d: film.d - 2 + i % 5,
      sld: Math.round(20 * (SILICON + WATER - film.sld) - 6 + Math.floor(i / 5)) / 20 }));
    return near.map((other) => [off(other), other]).reduce((a, b) => (b[0] < a[0] ? b : a))[1];
  }
  const HIDDEN = [{ d: 90, sld: 2.8, rough: 5 }, { d: 75, sld: 5.8, rough: 4 }, { d: 110, sld: 2.6, rough: 6 }];
  const MATCH = 5, SLIDERS = { // label, unit, decimals, and the range: least, most, step, start
    d: ["Thickness d", "Å", 0, 40, 250, 1, 150], sld: ["SLD ρ", "× 10⁻⁶ Å⁻²", 2, 0, 7, 0.05, 1],
    rough: ["Roughness σ", "Å", 1, 0, 20, 0.5, 3], res: ["Resolution δQ/Q", "%", 1, 0, 10, 0.5, 4] };
  function make(tag, attributes, parent, text = "") {
    const svg = ["svg", "path", "text"].includes(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return parent.appendChild(Object.assign(node, { textContent: text }));
  }
  function start(place, number) {
    place.replaceChildren();
    place.setAttribute("data-prevent-swipe", ""); // neither fingers nor keys that move a slider must turn a slide
    // A slider keeps all keys, a button those that press it: after a click, a remote control still turns the slides.
    const kept = ({ key, target }) => target.matches("input") || ["Enter", " ", "Tab", "Escape"].includes(key);
    place.addEventListener("keydown", (event) => (kept(event) && event.stopPropagation(), event.key === "Escape" && event.target.blur()));
    const chart = make("svg", { role: "img", class: "demo-chart" }, place), panel = make("div", { class: "demo-panel" }, place);
    const said = make("p", { class: "demo-said", "aria-live": "polite" }, place), state = {}, set = {};
    for (const [key, [label, unit, decimals, min, max, step, value]] of Object.entries(SLIDERS)) {
      const id = `kiessig-${number}-${key}`, row = make("div", { class: "demo-slider" }, panel);
      make("label", { for: id }, row, label);
      const input = make("input", { type: "range", id, min, max, step, value }, row), output = make("output", { for: id }, row);
      set[key] = (to) => {
        input.value = to;
        state[key] = Number(input.value);
        input.setAttribute("aria-valuetext", output.textContent = `${state[key].toFixed(decimals)} ${unit}`);
      };
      input.addEventListener("input", () => { set[key](input.value); draw(); });
      set[key](value);
    }
    const buttons = make("div", { class: "demo-buttons" }, panel);
    const button = (words, act) => make("button", { type: "button" }, buttons, words).addEventListener("click", () => (act(), draw()));
    const hide = (turn) => Object.assign(state, { turn, hidden: HIDDEN[turn % 3], twin: twin(HIDDEN[turn % 3]), shown: false });
    button("Reveal", () => { state.shown = true; });
    button("Try its twin", () => { state.shown = true; for (const key in state.twin) set[key](state.twin[key]); });
    button("Another film", () => hide(state.turn + 1));
    function sentence(off, gap) {
      const { d, hidden: h, twin: t } = state, fringe = (2 * Math.PI / d).toFixed(3);
      const match = off < MATCH ? "matches the other one" : `differs from the other one by ${off.toFixed(0)} %`;
      return `Your film of ${d} Å has a fringe about every ${fringe} Å⁻¹; its curve ${match}.` + (!state.shown ? "" : " The other "
        + `film has ${h.d} Å and SLD ${h.sld.toFixed(2)}; its twin, ${t.d} Å and SLD ${t.sld.toFixed(2)}, differs from it by `
        + `${gap.toFixed(1)} %. By eye they are one curve.`);
    }
    function draw() {
      const [mine, goal, other] = [state, state.hidden, state.twin].map((film) => curve(film, state.res / 100));
      const words = sentence(difference(mine, goal), difference(other, goal));
      chart.setAttribute("aria-label", `Reflectivity of two films. ${words}`);
      clearTimeout(state.later); // a screen reader hears where a movement ends, not every step
      state.later = setTimeout(() => { if (said.textContent !== words) said.textContent = words; }, 250);
      const width = chart.clientWidth, height = chart.clientHeight, em = parseFloat(getComputedStyle(chart).fontSize);
      if (!width) return; // on a slide that is not shown
      chart.setAttribute("viewBox", `0 0 ${width} ${height}`); // so that letters keep the size of the page
      chart.replaceChildren();
      const left = 3 * em, right = width - em, top = 0.6 * em, floor = height - 2.9 * em, middle = (left + right) / 2;
      const x = (q) => left + (right - left) * q / 0.2, y = (r) => top + (floor - top) * Math.min(-Math.log10(r), 7) / 7;
      const write = (text, a, b, look) => make("text", { x: a, y: b, class: look }, chart, text);
      const line = (u, v, to) => make("path", { class: to, d: "M" + u.map((a, i) => [a.toFixed(1), v[i].toFixed(1)]).join("L") }, chart);
      ["1", "10⁻²", "10⁻⁴", "10⁻⁶"].forEach((text, i) => write(text, left - 0.5 * em, y(100 ** -i) + 0.35 * em, "demo-end"));
      [0, 0.05, 0.1, 0.15, 0.2].forEach((q) => write(q, x(q), floor + 1.2 * em, "demo-middle"));
      write("Q (Å⁻¹)", middle, height - 0.3 * em, "demo-middle"), write("reflectivity", x(0.022), y(1) + 0.35 * em, "");
      line([left, left, right], [top, floor, floor], "demo-axis");
      // The curves leave the corner above free for the profiles of the films, and the one below for their names.
      const u = (z) => middle + (right - middle) * (z + 50) / 360, v = (sld) => top + (y(1e-3) - top) * (1 - sld / 7);
      line([middle, middle, right], [top, v(0), v(0)], "demo-axis");
      write("SLD against depth", (middle + right) / 2, v(0) + 1.2 * em, "demo-middle");
      const rise = (z) => 1 / (1 + Math.exp(-1.702 * z)), depth = Q.map((_, i) => 1.9 * i - 50); // nearly an error function
      const films = [["yours", "your film", state, mine], ["hidden", "the other film", state.hidden, goal]];
      if (state.shown) films.push(["twin", "its twin", state.twin, other]);
      films.forEach(([name, label, { d, sld, rough }, r], i) => {
        const s = Math.max(rough, 0.5), rho = (z) => SILICON + (sld - SILICON) * rise(z / s) + (WATER - sld) * rise((z - d) / s);
        if (state.shown || name === "yours") line(depth.map(u), depth.map((z) => v(rho(z))), `demo-${name}`);
        line(Q.map(x), r.map(y), `demo-${name}`);
        write(label, left + em, floor - em * (0.7 + 1.4 * i), `demo-name demo-${name}`);
      });
    }
    hide(0), new ResizeObserver(draw).observe(chart); // it also draws for the first time
  }
  const all = () => document.querySelectorAll('.demo[data-demo="kiessig"]').forEach(start);
  if (typeof document !== "undefined") document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", all) : all();
  return { reflectivity, difference, curve, twin, HIDDEN };
})();
