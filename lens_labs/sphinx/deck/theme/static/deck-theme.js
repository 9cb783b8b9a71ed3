// Runs before anything is drawn, so that a dark deck does not flash light. The notes keep the choice under the same name.
(() => {
  const asked = new URLSearchParams(location.search);
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* a page without an origin has no memory */ }
  const theme = asked.get("theme") ?? (asked.has("print-pdf") ? "light" : kept);
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
