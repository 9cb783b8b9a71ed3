// A Gaussian process of a scan that is counted point by point: what it believes, how sure it is, where it would count next.
"use strict";
{
  const SIZE = 2; // s_f, the standard deviation of the function around its mean, in roots of 1/s
  const dot = (one, other) => one.reduce((sum, each, i) => sum + each * other[i], 0);
  // The Poisson count with this mean whose distribution function first reaches `chance`: the same one at every visit.
  function counted(mean, chance) {
    let count = 0, log = -mean, below = Math.exp(log);
    while (below < chance) { log += Math.log(mean / ++count); below += Math.exp(log); }
    return count;
  }
  // The solution v of R v = b, where the rows of R are a triangle: from the top row down.
  function solve(rows, b) {
    const v = [];
    rows.forEach((row, i) => v.push((b[i] - dot(v, row)) / row[i])); // v is as long as what stands left of the diagonal
    return v;
  }
  // Cholesky's triangle R with R Rᵀ = a: each of its rows follows from those above it.
  function cholesky(a) {
    const rows = [];
    a.forEach((row, i) => {
      const r = solve(rows, row);
      rows.push([...r, Math.sqrt(row[i] - dot(r, r))]);
    });
    return rows;
  }
  // Mean and standard deviation of the function at some places, and the log evidence, given y with the error s at x.
  function posterior(x, y, s, length, places) {
    const kernel = (a, b) => SIZE ** 2 * Math.exp(-((a - b) ** 2) / (2 * length ** 2));
    const rows = cholesky(x.map((a, i) => x.map((b, j) => kernel(a, b) + (i === j ? s * s : 0))));
    const level = y.reduce((a, b) => a + b) / y.length; // far from all points the function is expected at their mean
    const white = solve(rows, y.map((each) => each - level)), logs = rows.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
    const columns = places.map((place) => solve(rows, x.map((each) => kernel(each, place))));
    return { mean: columns.map((column) => level + dot(column, white)),
      sd: columns.map((column) => Math.sqrt(Math.max(SIZE ** 2 - dot(column, column), 0))),
      evidence: -dot(white, white) / 2 - logs - x.length / 2 * Math.log(2 * Math.PI) };
  }
  const RULES = { band: (mean, sd) => sd, "band × mean": (mean, sd) => sd * Math.max(mean, 0) };
  // What is believed after t seconds at each of these points; a point is the number of an energy.
  function believe({ energy, rate, chance }, points, t, length, rule) {
    const counts = points.map((point, i) => counted(rate[point] * t, chance[i]));
    const y = counts.map((count) => Math.sqrt((count + 3 / 8) / t)), s = 0.5 / Math.sqrt(t); // whatever the count
    const found = posterior(points.map((point) => energy[point]), y, s, length, energy);
    const score = found.mean.map((mean, i) => RULES[rule](mean, found.sd[i])), most = Math.max(...score);
    return { ...found, y, s, score: score.map((each) => each / most), next: score.indexOf(most) };
  }
  // At which share of the energies the band holds the truth, and by how much the squared mean misses the rate.
  function judge({ rate }, { mean, sd }) {
    const held = rate.filter((each, i) => Math.abs(Math.sqrt(each) - mean[i]) < 1.96 * sd[i]).length / rate.length;
    return { held, off: Math.sqrt(rate.reduce((sum, each, i) => sum + (mean[i] ** 2 - each) ** 2, 0) / rate.length) };
  }

  demo("process", { counted, posterior, believe, judge }, (stage) => {
    const { data, number } = stage, { energy, rate, chance, start } = data, [from, to] = [energy[0], energy.at(-1)];
    const length = stage.slider({ label: "Length scale ℓ", unit: "meV", from: 0.1, to: 2, step: 0.05, value: 0.5 });
    const time = stage.slider({ label: "Time at each point", unit: "s", from: 1, to: 60, step: 1, value: 5 });
    const place = stage.slider({ label: "Energy (Enter: count)", unit: "meV", from, to, step: 0.05, value: 3, entered: () => count() });
    const rule = stage.choice({ label: "Next point: the largest", of: Object.keys(RULES), value: "band" });
    let points = start, shown = false, now;
    function count(at = place.value) { // at the nearest of the energies
      const point = Math.min(Math.max(Math.round((at - from) / 0.05), 0), energy.length - 1);
      place.value = energy[point];
      if (points.length < chance.length) points = [...points, point];
    }
    stage.button("Count here", () => count());
    stage.button("Count where it says", () => count(energy[now.next]));
    stage.button("Show the truth", () => { shown = true; });
    stage.button("Reset", () => { [points, shown] = [start, false]; });
    stage.draw("A scan, and a Gaussian process through its points", (chart) => {
      now = believe(data, points, time.value, length.value, rule.value);
      const { width, height, em } = chart, floor = height - 2.9 * em, best = energy[now.next], late = best > 7.4;
      const scan = chart.axes({ box: [3 * em, 2.2 * em, width - em, floor - 5.7 * em], x: { from, to },
        y: { from: 0, to: 9, ticks: [0, 2, 4, 6, 8], label: `√rate (1/√s): points, mean, 95 % band${shown ? ", truth" : ""}` } });
      const score = chart.axes({ box: [3 * em, floor - 3 * em, width - em, floor], y: { from: 0, to: 1.15, label: rule.value },
        x: { from, to, ticks: [1, 2, 3, 4, 5, 6, 7, 8], label: "energy transfer (meV)" } });
      const [low, high] = [-1.96, 1.96].map((far) => now.mean.map((mean, i) => mean + far * now.sd[i]));
      scan.line([...energy, ...energy.slice().reverse()], [...low, ...high.reverse()], "band");
      const mark = (at, look) => [scan, score].forEach((axes) => axes.line([at, at], [0, 9], look));
      mark(place.value, "mute thin"), mark(best, "hot dashed"), scan.pressed(count), score.pressed(count);
      scan.line(energy, now.mean, "accent");
      if (shown) scan.line(energy, rate.map(Math.sqrt), "violet dotted");
      points.forEach((point, i) => {
        scan.line([energy[point], energy[point]], [now.y[i] - now.s, now.y[i] + now.s], "ink thin");
        scan.dot(energy[point], now.y[i], "ink", 0.2);
      });
      scan.say("next", best, 9, `hot bold ${late ? "end" : ""}`, [late ? -0.4 : 0.4, 1]);
      score.line(energy, now.score, "hot");
      const n = points.length, { held, off } = judge(data, now), spent = `${n} points, ${number(n * time.value)} s of counting`;
      const words = `${spent}; with ℓ = ${number(length.value, 2)} meV, log evidence ${number(now.evidence, 1)}. `
        + (n < chance.length ? `Next: ${number(best, 2)} meV, where the ${rule.value} is largest.` : "Enough is measured.");
      return shown ? `${words} The truth is inside the band at ${number(100 * held)} % of the energies; `
        + `the rate is off by ${number(off, 1)}/s (root mean square).` : words;
    });
  });
}
