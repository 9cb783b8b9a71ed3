// Runs before anything is drawn, so that a dark deck does not flash light. The notes keep the choice under the same name.
(() => {
  const root = document.documentElement, here = document.currentScript.src;
  const asked = new URLSearchParams(location.search);
  const printed = asked.has("print-pdf") || asked.get("view") === "print";
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* a page without an origin has no memory */ }
  const theme = asked.get("theme") ?? (printed ? "light" : kept);
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // ?view=handout: the same page without reveal.js. A narrow screen shows its slides as text, all else as pictures.
  if (asked.get("view") !== "handout") return;
  root.dataset.view = "handout";
  root.classList.add("print-pdf"); // so reveal.css leaves its emergency look of printed pages alone
  const sheets = [["flow.css", "all"], ["flow-text.css", "screen and (width < 900px)"], ["handout.css", "print, (width >= 900px)"]];
  for (const [name, media] of sheets)
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(name, here), media }));
})();
