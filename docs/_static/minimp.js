// Copy buttons, steppers, and a drawer that closes. Without this file every page
// is complete: whole tables, code to select, links to follow.
const words = document.currentScript.dataset;

function button(text, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", () => act(made));
  return made;
}

// The text of a block of code; of a console session only what was typed.
function codeOf(pre) {
  const text = pre.textContent;
  if (!pre.querySelector(".gp")) return text;
  const typed = text.split("\n").filter((line) => /^(>>>|\.\.\.) /.test(line));
  return typed.map((line) => line.slice(4) + "\n").join("");
}

function copyButton(label, pres) {
  const made = button(words.copy, label, async () => {
    await navigator.clipboard.writeText([...pres()].map(codeOf).join(""));
    made.textContent = words.copied;
    setTimeout(() => (made.textContent = words.copy), 1500);
  });
  made.className = "copy";
  return made;
}

document.querySelectorAll(".pair-who").forEach((head) => {
  const side = head.classList.contains("left") ? "left" : "right";
  const name = head.querySelector("code").textContent;
  const cells = `.pair-code.${side}`;
  const chosen = (pre) => getComputedStyle(pre.closest(cells)).display !== "none";
  const all = () => head.closest(".pair").querySelectorAll(`${cells} pre`);
  const pres = () => [...all()].filter(chosen);
  head.append(copyButton(`${words.copyAll} ${name}`, pres));
});

document.querySelectorAll("div.highlight:not(.listing)").forEach((block) => {
  if (block.closest(".pair")) return;
  block.append(copyButton(words.copyCode, () => block.querySelectorAll("pre")));
});

function fill(text, ...values) {
  return values.reduce((done, value) => done.replace("{}", value), text);
}

// A table whose rows are moments: the rows to come are pale, the current one framed.
function addStepper(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const end = rows.length; // all rows shown alike
  if (end < 3) return;
  const bar = document.createElement("div");
  const said = document.createElement("span");
  let at = end;
  const first = button(words.first, "", () => show(0));
  const back = button(words.back, "", () => show(at === end ? end - 1 : at - 1));
  const next = button(words.next, "", () => show(at === end ? 0 : at + 1));
  const all = button(words.all, "", () => show(end));

  function show(wanted) {
    at = Math.max(0, Math.min(end, wanted));
    rows.forEach((row, i) => {
      row.dataset.at = at === end || i < at ? "past" : i === at ? "now" : "next";
    });
    // Not `disabled`: such a button would lose the focus, and the keys with it.
    for (const [one, off] of [[first, at === 0], [back, at === 0], [all, at === end]])
      one.setAttribute("aria-disabled", off);
    said.textContent =
      at === end ? fill(words.steps, end) : fill(words.step, at + 1, end);
  }

  bar.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") next.click();
    else if (event.key === "ArrowLeft") back.click();
    else if (event.key === "Home") first.click();
    else if (event.key === "End") all.click();
    else return;
    event.preventDefault();
  });
  said.setAttribute("role", "status");
  bar.className = "lanes-bar";
  bar.append(first, back, next, all, said);
  figure.append(bar);
  show(end);
}

document.querySelectorAll("[data-steps]").forEach(addStepper);

const drawer = document.getElementById("__navigation");
const closeDrawer = () => (drawer.checked = false);
addEventListener("hashchange", closeDrawer);
addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer());
drawer.addEventListener("keydown", (event) => event.key === "Enter" && drawer.click());
