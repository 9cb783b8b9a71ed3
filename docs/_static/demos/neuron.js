// Neurons bend straight lines; a weighted sum of them follows a critical edge, the better the more there are.
"use strict";
{
  const bell = (z) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI), step = (z) => 1 / (1 + Math.exp(-z));
  // The normal distribution function; Abramowitz and Stegun, formula 26.2.17, with an error below 1e-7.
  function below(z) {
    const t = 1 / (1 + 0.2316419 * Math.abs(z));
    const tail = bell(z) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return z < 0 ? tail : 1 - tail;
  }
  const BENDS = { // activation functions g, each with its slope
    none: [(z) => z, () => 1],
    ReLU: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
    GELU: [(z) => z * below(z), (z) => below(z) + z * bell(z)],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    sigmoid: [step, (z) => step(z) * (1 - step(z))],
  };
  // Solve the linear equations a v = b by elimination; a is symmetric, and a little is added to its diagonal.
  function solve(a, b) {
    const rows = a.map((row, i) => [...row.map((each, j) => (i === j ? each * (1 + 1e-9) + 1e-12 : each)), b[i]]);
    rows.forEach((pivot, i) => rows.forEach((row, k) => {
      const share = row[i] / pivot[i];
      if (k !== i) row.forEach((_, j) => { row[j] -= share * pivot[j]; });
    }));
    return rows.map((row, i) => row.at(-1) / row[i]);
  }
  const dot = (one, other) => one.reduce((sum, each, i) => sum + each * other[i], 0);
  // The best last layer for these neurons: a constant and a weight for each, by least squares; and what it leaves.
  function answer(x, goal, neurons, activation) {
    const [g, slope] = BENDS[activation], layer = [x.map(() => 1), ...neurons.map(({ w, c }) => x.map((each) => g(w * each + c)))];
    const v = solve(layer.map((one) => layer.map((other) => dot(one, other))), layer.map((one) => dot(one, goal)));
    const y = x.map((_, i) => dot(v, layer.map((column) => column[i]))), left = y.map((each, i) => each - goal[i]);
    // The gradient of the mean square with respect to w and c of each neuron; v is the best one, so its change does not count.
    const gradient = neurons.map(({ w, c }, j) => [x, x.map(() => 1)].map((input) =>
      2 / x.length * dot(left, x.map((each, i) => v[j + 1] * slope(w * each + c) * input[i]))));
    return { y, v, gradient, square: dot(left, left) / x.length };
  }
  // One step of gradient descent, as long as it helps: halved until the mean square falls, and longer the next time.
  function learn(x, goal, neurons, activation, rate) {
    const { gradient, square } = answer(x, goal, neurons, activation);
    for (; rate > 1e-6; rate /= 2) {
      const moved = neurons.map(({ w, c }, j) => ({ w: w - rate * gradient[j][0], c: c - rate * gradient[j][1] }));
      if (answer(x, goal, moved, activation).square < square) return [moved, 3 * rate];
    }
    return [neurons, 0];
  }

  demo("neuron", { BENDS, answer, learn }, (stage) => {
    const { q, log } = stage.data, x = q.map((each) => 100 * each), colours = ["accent", "hot", "violet"];
    const activation = stage.choice({ label: "Activation g", of: Object.keys(BENDS), value: "ReLU", moved: () => run.stop() });
    const count = stage.choice({ label: "Neurons", of: ["1", "2", "3"], value: "1", moved: () => { run.stop(); hide(); } });
    let rate = 1, left = 250;
    const run = stage.runner("Let them learn", () => {
      let now = neurons();
      for (let i = 0; i < 4 && rate; i++) [now, rate] = learn(x, log, now, activation.value, rate);
      now.forEach(({ w, c }, i) => { [sliders[i].w.value, sliders[i].c.value] = [w, c]; });
      if (rate && --left) return true;
      [rate, left] = [1, 250];
      return false;
    }, 30);
    const half = (label, from, to, value) => stage.slider({ label, from, to, step: 0.1, value, half: true, moved: () => run.stop() });
    const sliders = ["₁", "₂", "₃"].map((i, j) => ({ w: half(`w${i}`, -4, 4, 1), c: half(`c${i}`, -12, 12, -2 - 1.5 * j) }));
    const neurons = () => sliders.slice(0, count.value).map(({ w, c }) => ({ w: w.value, c: c.value }));
    const hide = () => sliders.forEach(({ w, c }, i) => { w.hidden = c.hidden = i >= count.value; });
    hide();
    function sentence(bends, square) {
      const off = `misses log₁₀ R by ${stage.number(Math.sqrt(square), 2)} (root mean square).`;
      const one = bends.length === 1, many = ["One neuron", "Two neurons", "Three neurons"][bends.length - 1];
      if (activation.value === "none") return `${many} without activation: the sum is one straight line, and ${off}`;
      const verb = { ReLU: one ? "bends at" : "bend at", GELU: one ? "bends around" : "bend around" }[activation.value];
      const where = bends.map((bend) => (bend > 0 && bend < 6 ? stage.number(bend / 100, 3) : "a place outside"));
      return `${many} ${verb ?? (one ? "is steepest at" : "are steepest at")} Q = ${new Intl.ListFormat("en-GB").format(where)} Å⁻¹. `
        + `The best ${one ? "answer made of it" : "sum of them"} ${off}`;
    }
    stage.draw("Neurons, and the critical edge of a reflectivity curve", (chart) => {
      const mine = neurons(), best = answer(x, log, mine, activation.value), [g] = BENDS[activation.value];
      const [one, other] = chart.boxes(2), fine = Array.from({ length: 121 }, (_, i) => i / 20);
      const inner = chart.axes({ box: one, x: { from: 0, to: 6, ticks: [0, 2, 4, 6], label: "x = 100 Å · Q" },
        y: { from: -2, to: 4, ticks: [-2, 0, 2, 4], label: "wx + c (dotted), g(wx + c)" } });
      const outer = chart.axes({ box: other, x: { from: 0, to: 0.06, ticks: [0, 0.02, 0.04, 0.06], label: "Q (Å⁻¹)" },
        y: { from: -4, to: 0.5, ticks: [0, -1, -2, -3, -4], label: "log₁₀ R (dots), best sum" } });
      q.forEach((each, i) => outer.dot(each, log[i], "ink", 0.13));
      outer.line(q, best.y, "accent");
      const bends = mine.map(({ w, c }) => -c / w);
      mine.forEach(({ w, c }, i) => {
        inner.line([0, 6], [c, 6 * w + c], `${colours[i]} dotted thin`);
        inner.line(fine, fine.map((each) => g(w * each + c)), colours[i]);
        if (!(bends[i] > 0 && bends[i] < 6) || activation.value === "none") return;
        inner.dot(bends[i], g(0), colours[i], 0.35);
        outer.dot(bends[i] / 100, best.v[0] + dot(best.v.slice(1), mine.map((each) => g(each.w * bends[i] + each.c))), colours[i], 0.35);
      });
      return sentence(bends, best.square);
    }, { wide: true });
  });
}
