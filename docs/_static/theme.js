// Runs before anything is drawn, so that a dark page does not flash light. Slides keep the choice under the same name.
document.body.dataset.theme = localStorage.getItem("theme") || "auto";
