// Light or dark, printing, and the language that a screen reader speaks: what the server has no words for.

const THEMES = ["System", "Light", "Dark"];
const VERSION = 2; // of the server's own memory of a theme

function remembered(path) {
  return `stActiveTheme-${path}-v${VERSION}`;
}

function chosen() {
  try {
    const theme = JSON.parse(window.localStorage.getItem(remembered(window.location.pathname)));
    return THEMES.includes(theme) ? theme : "System";
  } catch {
    return "System";
  }
}

function choose(theme, paths) {
  // The server remembers a theme for each page by itself; here one choice holds for all of them.
  for (const path of new Set([...paths, window.location.pathname])) {
    window.localStorage.setItem(remembered(path), JSON.stringify(theme));
  }
  window.location.reload();
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

const VIEW = "streamvision-view";

function view() {
  return window.location.pathname + window.location.search;
}

// The way over the provider of the login ends at the first page: what was asked for is kept meanwhile.
function rememberView() {
  window.sessionStorage.setItem(VIEW, view());
}

function returnToView() {
  const wanted = window.sessionStorage.getItem(VIEW);
  window.sessionStorage.removeItem(VIEW);
  if (wanted && /^\/(?![\/\\])/.test(wanted) && wanted !== view()) {
    window.location.replace(wanted);
  }
}

export default function ({ data, parentElement }) {
  if (data.remember) {
    rememberView();
    return undefined;
  }
  returnToView();
  document.documentElement.lang = data.language;
  const place = parentElement.querySelector(".look");
  const themes = document.createElement("div");
  themes.setAttribute("role", "group");
  themes.setAttribute("aria-label", data.words.look);
  const current = chosen();
  for (const theme of THEMES) {
    const made = button(data.words[theme], () => choose(theme, data.paths));
    made.setAttribute("aria-pressed", String(theme === current));
    themes.append(made);
  }
  const print = button(data.words.print, () => window.print());
  place.replaceChildren(themes, print);
  return () => place.replaceChildren();
}
