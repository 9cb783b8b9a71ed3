// "/" goes to the search field; contents and objectives are open where there is room for a column.
addEventListener("keydown", (event) => {
  const typing = /input|textarea|select/i.test(event.target.tagName);
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector(".search input").focus();
});

const folds = document.querySelectorAll("details.fold");
const wide = matchMedia("(min-width: 68rem)");
const fit = () => folds.forEach((fold) => { fold.open = wide.matches; });
fit();
wide.addEventListener("change", fit);

// The menu of a narrow screen closes when the reader goes on.
const menu = document.querySelector("details.menu");
document.addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
addEventListener("keydown", (event) => { if (event.key === "Escape" && menu) menu.open = false; });

// A formula that is wider than the text scrolls; then, and only then, the Tab key stops at it.
const fitFormula = ({ target }) => {
  if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  else target.removeAttribute("tabindex");
};
const formulas = [...document.querySelectorAll(".math-block .scroll")];
const sizes = new ResizeObserver((entries) => entries.forEach(fitFormula));
formulas.forEach((target) => sizes.observe(target));
document.fonts.ready.then(() => formulas.forEach((target) => fitFormula({ target })));

// A link to an answer that is folded opens it.
const reveal = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
};
reveal();
addEventListener("hashchange", reveal);

// The snippets of the search show each formula once, not as letters, MathML and TeX.
if (typeof Search !== "undefined") {
  const plain = Search.htmlToText;
  Search.htmlToText = (text, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll(".katex-html, .katex annotation, .side, .kicker").forEach((part) => part.remove());
    return plain(page.documentElement.outerHTML, anchor);
  };
}
