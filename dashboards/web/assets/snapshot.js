// Draws the charts of a snapshot in the reader's colours; everything it needs lies beside it.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function paint(drawn, colours) {
  if (Array.isArray(drawn)) return drawn.map((part) => paint(part, colours));
  if (drawn && typeof drawn === "object") {
    return Object.fromEntries(
      Object.entries(drawn).map(([name, value]) => [
        name,
        name === "data" || name === "datasets" ? value : paint(value, colours),
      ]),
    );
  }
  return typeof drawn === "string" ? (colours[drawn.toLowerCase()] ?? drawn) : drawn;
}

function draw() {
  const colours = JSON.parse(document.getElementById("colours").textContent);
  for (const place of document.querySelectorAll(".chart")) {
    const drawn = JSON.parse(place.nextElementSibling.textContent);
    const actions = { export: true, source: false, compiled: false, editor: false };
    const sized = { ...drawn, width: "container", autosize: { type: "fit", contains: "padding" } };
    if (drawn.hconcat || drawn.vconcat || drawn.concat || drawn.facet) {
      delete sized.width;
      delete sized.autosize;
    }
    window.vegaEmbed(place, dark.matches ? paint(sized, colours) : sized, { actions, renderer: "svg" });
  }
}

dark.addEventListener("change", draw);
draw();
