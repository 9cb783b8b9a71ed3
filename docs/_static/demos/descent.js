// Gradient descent on the misfit of a measured reflectivity curve: the learning rate sets the pace, the start decides the valley.
"use strict";
{
  // Between the numbers that Python computed: cubics whose slopes at these numbers are central differences.
  function between(known, place) {
    const i = Math.min(Math.max(Math.floor(place), 1), known.length - 3), t = place - i, [a, b] = [known[i], known[i + 1]];
    const m = (b - known[i - 1]) / 2, n = (known[i + 2] - a) / 2, p = 3 * (b - a) - 2 * m - n, q = 2 * (a - b) + m + n;
    return { value: a + t * (m + t * (p + t * q)), slope: m + t * (2 * p + 3 * q * t) };
  }
  const misfit = ({ from, misfit: known }, d) => between(known, d - from); // known for every ångström
  const step = (data, d, rate) => d - rate * misfit(data, d).slope;
  const deepest = ({ from, misfit: known }) => from + known.indexOf(Math.min(...known));
  const curve = ({ from, curves: { every, log } }, d) => log.map((each) => between(each, (d - from) / every).value / 1000); // log10 R
  // What the steps so far amount to, in a word.
  function fate(data, path) {
    const [before, last, now] = [path.at(-3), path.at(-2), path.at(-1)], long = Math.abs(now - last);
    if (now < data.from || now > data.to) return "gone";
    if (long < 0.1 && Math.abs(misfit(data, now).slope) < 2e-5) return Math.abs(now - deepest(data)) < 5 ? "found" : "trapped";
    return long < 0.1 ? "crawls" : (now - last) * (last - before) < 0 && long > 2 ? "jumps" : "moves";
  }

  demo("descent", { misfit, step, deepest, curve, fate }, (stage) => {
    const { data, number } = stage, elsewhere = [330, 150, 400, 100, 245];
    const rate = stage.slider({ label: "Learning rate η", unit: "Å²", from: 10, to: 100000, step: 0.1, value: 100, log: true });
    const start = stage.slider({ label: "Start", unit: "Å", from: 60, to: 440, step: 5, value: 245, moved: () => restart() });
    let path = [start.value], left = 60;
    const go = () => fate(data, path) !== "gone" && path.push(step(data, path.at(-1), rate.value));
    const goOn = () => { go(); return --left > 0 && !["gone", "found", "trapped"].includes(fate(data, path)); };
    const restart = () => { run.stop(); path = [start.value]; };
    stage.button("Step", () => { run.stop(); go(); });
    const run = stage.runner("Run 60 steps", () => goOn() || ((left = 60), false));
    stage.button("Start elsewhere", () => { elsewhere.push(start.value = elsewhere.shift()); restart(); });
    function sentence(d, { value, slope }) {
      const count = path.length - 1, goal = `${number(deepest(data))} Å`;
      const last = `the last step was ${number(Math.abs(d - path.at(-2)), 1)} Å long`;
      if (!count) return `The start has a misfit of ${number(value, 3)} and a slope of ${number(1e4 * slope, 1)} × 10⁻⁴ Å⁻¹: `
        + `the first step will be ${number(Math.abs(rate.value * slope), 1)} Å long.`;
      return `After ${number(count)} step${count > 1 ? "s" : ""} the thickness ${{
        gone: `has left the picture: ${last}. Lower the rate, and start elsewhere.`,
        found: `rests at ${number(d, 1)} Å, in the deepest valley: misfit ${number(value, 4)}, and the fringes agree.`,
        trapped: `rests at ${number(d, 1)} Å, in a wrong valley: misfit ${number(value, 3)}. The deepest one is at ${goal}.`,
        crawls: `is ${number(d, 1)} Å and crawls: the last step was shorter than 0.1 Å. Raise the rate.`,
        jumps: `is ${number(d, 1)} Å and jumps back and forth: ${last}. Lower the rate.`,
        moves: `is ${number(d, 1)} Å: misfit ${number(value, 3)}, and ${last}.` }[fate(data, path)]}`;
    }
    const powers = [[0, "1"], [-2, "10⁻²"], [-4, "10⁻⁴"], [-6, "10⁻⁶"]];
    stage.draw("Misfit against thickness, and the curve of the film", (chart) => {
      const d = path.at(-1), now = misfit(data, d), [one, other] = chart.boxes(2);
      const wells = chart.axes({ box: one, x: { from: data.from, to: data.to, ticks: [100, 200, 300, 400], label: "thickness d (Å)" },
        y: { from: 0, to: 0.09, ticks: [0, 0.04, 0.08], label: "misfit: mean square of Δ log₁₀ R" } });
      const curves = chart.axes({ box: other, x: { from: 0, to: 0.15, ticks: [0, 0.05, 0.1, 0.15], label: "Q (Å⁻¹)" },
        y: { from: -6, to: 0.3, ticks: powers, label: "R: measured (dots), computed" } });
      wells.line(data.misfit.map((_, i) => data.from + i), data.misfit, "ink");
      data.measured.q.forEach((q, i) => curves.dot(q, data.measured.log[i], "ink", 0.14));
      const seen = path.filter((each) => each >= data.from && each <= data.to).slice(-80);
      const heights = seen.map((each) => misfit(data, each).value);
      wells.line(seen, heights, "hot thin");
      seen.forEach((each, i) => wells.dot(each, heights[i], "hot", 0.16));
      if (seen.at(-1) !== d) return sentence(d, now);
      wells.dot(d, now.value, "accent", 0.42);
      curves.line(data.curves.q, curve(data, d), "accent");
      curves.say(`${number(d)} Å`, 0.15, 0, "accent bold end", [0, 0.6]);
      return sentence(d, now);
    }, { wide: true });
  });
}
