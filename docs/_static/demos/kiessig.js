// A film between silicon and heavy water: move its numbers until its reflectivity matches another curve.
"use strict";
{
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
  // SLD against depth; the logistic function is nearly the error function of a rough interface.
  function profile(z, { d, sld, rough }) {
    const rise = (depth) => 1 / (1 + Math.exp(-1.702 * depth / Math.max(rough, 0.5)));
    return SILICON + (sld - SILICON) * rise(z) + (WATER - sld) * rise(z - d);
  }
  const HIDDEN = [{ d: 90, sld: 2.8, rough: 5 }, { d: 75, sld: 5.8, rough: 4 }, { d: 110, sld: 2.6, rough: 6 }];

  demo("kiessig", { reflectivity, difference, curve, twin, profile, HIDDEN }, (stage) => {
    const controls = {
      d: stage.slider({ label: "Thickness d", unit: "Å", from: 40, to: 250, step: 1, value: 150 }),
      sld: stage.slider({ label: "SLD ρ", unit: "× 10⁻⁶ Å⁻²", from: 0, to: 7, step: 0.05, value: 1 }),
      rough: stage.slider({ label: "Roughness σ", unit: "Å", from: 0, to: 20, step: 0.5, value: 3 }),
    };
    const resolution = stage.slider({ label: "Resolution δQ/Q", unit: "%", from: 0, to: 10, step: 0.5, value: 4 });
    let turn, hidden, other, shown;
    const hide = (next) => ([turn, hidden, other, shown] = [next, HIDDEN[next % 3], twin(HIDDEN[next % 3]), false]);
    stage.button("Reveal", () => { shown = true; });
    stage.button("Try its twin", () => { shown = true; for (const key in other) controls[key].value = other[key]; });
    stage.button("Another film", () => hide(turn + 1));
    hide(0);
    stage.draw("Reflectivity of two films", (chart) => {
      const yours = Object.fromEntries(Object.entries(controls).map(([key, slider]) => [key, slider.value]));
      const [mine, goal, twins] = [yours, hidden, shown && other].map((film) => film && curve(film, resolution.value / 100));
      const { width, height, em } = chart, top = 2.2 * em, floor = height - 2.9 * em, middle = (3 * em + width - em) / 2;
      const decades = { from: -7, to: 0, ticks: [[0, "1"], [-2, "10⁻²"], [-4, "10⁻⁴"], [-6, "10⁻⁶"]], label: "reflectivity" };
      const curves = chart.axes({ x: { from: 0, to: 0.2, ticks: [0, 0.05, 0.1, 0.15, 0.2], label: "Q (Å⁻¹)" }, y: decades });
      // The curves leave the corner above free for the profiles of the films, and the one below for their names.
      const corner = [middle, top, width - em, top + (floor - top) * 3 / 7];
      const profiles = chart.axes({ x: { from: -50, to: 310, label: "SLD against depth" }, y: { from: 0, to: 7 }, box: corner });
      const films = [["accent", "your film", yours, mine], ["hot dashed", "the other film", hidden, goal]];
      if (shown) films.push(["ink dotted", "its twin", other, twins]);
      const depth = Q.map((_, i) => 1.9 * i - 50);
      films.forEach(([look, name, film, r], i) => {
        if (shown || !i) profiles.line(depth, depth.map((z) => profile(z, film)), look);
        curves.line(Q, r.map(Math.log10), look);
        curves.say(name, 0, -7, `${look} bold`, [1, -0.7 - 1.4 * i]);
      });
      const off = difference(mine, goal), fringe = stage.number(2 * Math.PI / yours.d, 3);
      const match = off < 5 ? "matches the other one" : `differs from the other one by ${stage.number(off)} %`;
      const words = `Your film of ${yours.d} Å has a fringe about every ${fringe} Å⁻¹; its curve ${match}.`;
      if (!shown) return words;
      const told = (film) => `${film.d} Å and SLD ${stage.number(film.sld, 2)}`, gap = stage.number(difference(twins, goal), 1);
      return `${words} The other film has ${told(hidden)}; its twin, ${told(other)}, differs from it by ${gap} %. `
        + "By eye they are one curve.";
    });
  });
}
