"use strict";
// Search: shows what holds all the words, and opens it. Without scripts everything is there, just not searched.
const field = document.getElementById("search");
const parts = Array.from(document.querySelectorAll("[data-find]"));
const texts = parts.map((part) => part.textContent.toLowerCase());
const told = document.getElementById("found");
field.hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  parts.forEach((part, index) => {
    const hit = words.every((word) => texts[index].includes(word));
    part.hidden = !hit;
    found += hit ? 1 : 0;
    if (words.length && hit) part.querySelectorAll("details").forEach((one) => {
      one.open = words.every((word) => one.textContent.toLowerCase().includes(word));
    });
  });
  told.textContent = words.length ? `${found} of ${parts.length} entries` : "";
});
// Paper has no folds.
addEventListener("beforeprint", () => document.querySelectorAll("details.print").forEach((one) => { one.open = true; }));
