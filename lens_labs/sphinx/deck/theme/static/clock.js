// Time in a lecture: arithmetic alone, for the deck, its questions and the presenter's window. Seconds, unless said otherwise.
const LensClock = (() => {
  // A watch is null before its start, else {since, spent}, both in milliseconds; since is null while it stands still.
  const started = (now, seconds = 0) => ({ since: now, spent: 1000 * seconds });
  const read = (watch, now) => (watch ? (watch.spent + (watch.since === null ? 0 : now - watch.since)) / 1000 : 0);
  const runs = (watch) => watch !== null && watch.since !== null;
  const toggled = (watch, now) => runs(watch) ? { since: null, spent: 1000 * read(watch, now) } : started(now, read(watch, now));

  // When each slide is planned to end, from the minutes of the slides; an empty plan if there are none.
  const plan = (minutes) => {
    let sum = 0;
    const ends = minutes.map((each) => (sum += 60 * each));
    return sum > 0 ? ends : [];
  };
  const begin = (ends, slide) => (slide > 0 ? ends[slide - 1] ?? 0 : 0);

  // How far a lecture is behind its plan (ahead, if it is negative): nothing between the planned begin and end of its slide.
  const lag = (ends, slide, elapsed) =>
    ends.length ? Math.max(0, elapsed - ends[slide]) - Math.max(0, begin(ends, slide) - elapsed) : 0;

  const time = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds)), hours = Math.floor(whole / 3600), two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  const pace = (ends, slide, elapsed) => {
    if (!ends.length) return "";
    const late = lag(ends, slide, elapsed);
    return Math.abs(late) <= 30 ? "on time" : `${time(Math.abs(late))} ${late > 0 ? "behind" : "ahead"}`;
  };

  // A question: the seconds to think and to pair; none or wrong ones are a minute and a minute and a half.
  const question = (written) => {
    const seconds = (written ?? "").trim().split(/\s+/).map(Number);
    return seconds.length <= 2 && seconds.every((each) => each > 0 && each < 36000) ? [seconds[0], seconds[1] ?? 0] : [60, 90];
  };
  const phase = ([think, pair], elapsed) => {
    if (elapsed < think) return { name: "Think", left: think - elapsed, of: think };
    if (elapsed < think + pair) return { name: "Pair", left: think + pair - elapsed, of: pair };
    return { name: "Share: hands up", left: 0, of: 0 };
  };

  return { begin, lag, pace, phase, plan, question, read, runs, started, time, toggled };
})();
