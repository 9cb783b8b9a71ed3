// The presenter's window: it shows what the deck that opened it says, and sends keys back. The deck is the one that knows.
(() => {
  const local = location.protocol === "file:", target = local ? "*" : location.origin;
  const find = (selector) => document.querySelector(selector);
  const notes = find(".notes"), frames = [...document.querySelectorAll("iframe")]; // this slide, and the step after it
  let told = null, heard = 0, address = null, line = null, unanswered = 0;

  const tell = (kind, more) => line?.postMessage({ kind, ...more });
  const put = (selector, text) => { if (find(selector).textContent !== text) find(selector).textContent = text; };

  // Words that do not change stay as they are, so that a place in the notes and a selection are not lost.
  const write = (element, html) => {
    if (element.written === html) return false;
    element.written = html;
    element.innerHTML = html;
    element.scrollTop = 0;
    for (const link of element.querySelectorAll("a")) Object.assign(link, { target: "_blank", rel: "noopener" });
    return true;
  };

  // A frame is told what has changed, as soon as the deck in it is ready.
  const show = (frame) => {
    const { dark, countdown } = told, ahead = frame === frames[1], state = { ...told.state, paused: false };
    const message = { kind: "show", ahead, dark, state, countdown: ahead ? null : countdown };
    if (frame.ready !== true || frame.shown === JSON.stringify(message)) return;
    frame.shown = JSON.stringify(message);
    frame.contentWindow.postMessage(message, target);
  };
  const load = () => {
    const url = new URL(told.address);
    if (url.protocol !== location.protocol || url.host !== location.host || address === told.address) return;
    address = told.address;
    url.searchParams.set("receiver", "");
    for (const frame of frames) Object.assign(frame, { src: url, ready: false });
  };

  // The course of the lecture: a mark a slide, as wide as its minutes.
  const course = () => {
    const marks = find(".marks"), { ends, slide } = told;
    find(".course").hidden = !ends.length;
    if (marks.children.length !== ends.length) marks.replaceChildren(...ends.map(() => document.createElement("i")));
    [...marks.children].forEach((mark, index) => {
      mark.style.flexGrow = ends[index] - LensClock.begin(ends, index);
      mark.className = index < slide ? "past" : index === slide ? "here" : "";
    });
  };

  const tick = () => {
    const on = told && window.opener && !window.opener.closed && Date.now() - heard < 4000;
    find("main").dataset.state = on ? "on" : "waiting";
    if (!told) return;
    const { ends, slide, watch } = told, total = ends.at(-1);
    const elapsed = watch ? LensClock.read(watch, Date.now()) : LensClock.begin(ends, slide), pace = LensClock.pace(ends, slide, elapsed);
    put(".elapsed", LensClock.time(elapsed));
    put(".pace", watch ? pace : "Starts with your first step");
    find(".pace").dataset.pace = watch ? pace.split(" ").pop() : "";
    put(".planned", total ? `Planned: this slide to ${LensClock.time(ends[slide])}, the lecture to ${LensClock.time(total)}` : "");
    put(".day", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    put("[data-do=pause]", LensClock.runs(watch) ? "Pause" : watch ? "Go on" : "Start");
    find("[data-do=reset]").hidden = !watch || LensClock.runs(watch);
    if (total) find(".should").style.left = `${100 * Math.min(1, elapsed / total)}%`;
    find(".course").ariaLabel = `Slide ${slide + 1} of ${told.slides}; ${pace}`;
  };

  const receive = (data) => {
    told = data;
    heard = Date.now();
    unanswered = 0;
    for (const element of [find("h1"), notes]) element.lang = told.language;
    document.title = `Presenter’s window · ${told.deck}`;
    load();
    frames.forEach(show);
    write(find("h1"), told.title || "Without a title");
    if (write(notes, told.notes)) fit();
    put(".where", [`Slide ${told.slide + 1} of ${told.slides}`, told.minutes && `${told.minutes} min`].filter(Boolean).join(" · "));
    find(".now").classList.toggle("veiled", Boolean(told.state.paused));
    find(".next").classList.toggle("veiled", told.last);
    find("[data-do=countdown]").hidden = !told.question;
    course();
    tick();
  };
  addEventListener("message", ({ source, origin, data }) => {
    if (!local && origin !== location.origin) return;
    const frame = frames.find((each) => each.contentWindow === source);
    if (frame && data?.kind === "ready") show(Object.assign(frame, { ready: true, shown: null }));
  });

  // The size of the notes is remembered, once it was chosen. A formula cannot break; a long one becomes smaller instead.
  const fit = () => {
    const style = getComputedStyle(notes), room = notes.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    for (const formula of notes.querySelectorAll("math")) {
      formula.style.fontSize = "";
      const share = (formula.getBoundingClientRect().width + parseFloat(style.fontSize)) / room;
      if (share > 1) formula.style.fontSize = `${Math.max(0.5, 1 / share)}em`;
    }
  };
  new ResizeObserver(fit).observe(notes);
  const remember = (size) => {
    notes.style.fontSize = `${size}px`;
    fit();
    try { localStorage.setItem("presenter-size", size); } catch { /* it is remembered while the window is open */ }
  };
  const resize = (by) => remember(Math.min(48, Math.max(16, Math.round(parseFloat(getComputedStyle(notes).fontSize)) + by)));
  try { if (localStorage.getItem("presenter-size")) remember(Number(localStorage.getItem("presenter-size"))); } catch { /* see above */ }

  const actions = {
    next: () => tell("next"), pause: () => tell("clock"), reset: () => tell("clock", { reset: true }),
    countdown: () => tell("key", { keyCode: 84, key: "t" }), smaller: () => resize(-2), larger: () => resize(2),
  };
  // After a click, the keys belong to the slides again: a remote control sends them to where the focus is.
  document.addEventListener("click", (event) => {
    actions[event.target.closest("[data-do]")?.dataset.do]?.();
    const link = event.target.closest("a");
    if (link && link.hash && link.href.split("#")[0] === told.address) {
      event.preventDefault();
      tell("go", { hash: link.hash });
    }
    if (event.detail) document.activeElement?.blur();
  });
  // Space, PageUp and PageDown, End, Home, arrows; B, C, D, N, P, T, full stop. Shift is for Space and T.
  const FORWARDED = new Set([32, 33, 34, 35, 36, 37, 38, 39, 40, 66, 67, 68, 78, 80, 84, 190]);
  document.addEventListener("keydown", (event) => {
    const { key, keyCode, shiftKey, target: at } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((key === " " || key === "Enter") && at.closest("button, a")) return;
    if (at === notes && (keyCode === 38 || keyCode === 40)) return; // reached by the Tab key, they scroll
    if (key === "+" || key === "-") resize(key === "+" ? 2 : -2);
    else if (FORWARDED.has(keyCode) && (!shiftKey || keyCode === 32 || keyCode === 84)) tell("key", { keyCode, key, shiftKey });
    else return;
    event.preventDefault();
  });

  // It says hello every second. A deck that does not answer has been loaded again, or is not ready, and gets a new line.
  const greet = () => {
    if (line && ++unanswered < 3) return tell("hello");
    const { port1, port2 } = new MessageChannel();
    line?.close();
    line = port1;
    line.onmessage = ({ data }) => receive(data);
    window.opener?.postMessage({ kind: "hello", secret: location.hash.slice(1) }, target, [port2]);
  };
  greet();
  setInterval(greet, 1000);
  setInterval(tick, 250);
})();
