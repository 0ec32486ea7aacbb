// Draws the charts in the colours of the page, and filters the list of changes.
const figures = JSON.parse(document.getElementById("figures").textContent);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw() {
  const axis = { color: colour("--quiet"), gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line") };
  const hoverlabel = { bgcolor: colour("--raised"), bordercolor: colour("--line"), font: { color: colour("--ink") } };
  for (const [name, figure] of Object.entries(figures)) {
    const layout = { ...figure.layout, hoverlabel, font: { ...figure.layout.font, color: colour("--ink") } };
    for (const one of ["xaxis", "yaxis"]) layout[one] = { ...figure.layout[one], ...axis };
    const data = figure.data.map(trace => {
      if (trace.type !== "scatter") return trace;
      const own = colour(trace.name === "paid" ? "--ink" : "--accent");
      return { ...trace, line: { ...trace.line, width: 2, color: own }, marker: { ...trace.marker, color: own } };
    });
    Plotly.react(name, data, layout, { displayModeBar: false, responsive: true });
  }
}

draw();
// a scroll bar that comes makes charts narrower without a change of the window
const resized = new ResizeObserver(entries => entries.forEach(entry => Plotly.Plots.resize(entry.target)));
for (const name of Object.keys(figures)) resized.observe(document.getElementById(name));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

function value(text) {
  return Number(text.replace(/[,$+]/g, "")) || 0;
}

const filter = document.getElementById("filter");
if (filter) {
  const rows = [...document.querySelectorAll("#changes tbody tr")].map(row => {
    const [requests, difference] = ["requests", "difference"].map(name => row.querySelector(`[data-name=${name}]`)?.textContent ?? "");
    return { row, requests: value(requests), difference: value(difference), digits: difference.split(".")[1]?.length, text: row.textContent.toLowerCase() };
  });
  const number = new Intl.NumberFormat("en-US");
  const digits = Math.max(...rows.map(one => one.digits ?? -1));
  const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", signDisplay: "always", minimumFractionDigits: Math.max(0, digits) });
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = rows.filter(one => words.every(word => one.text.includes(word)));
    for (const one of rows) one.row.hidden = !kept.includes(one);
    const [requests, dollars] = ["requests", "difference"].map(name => kept.reduce((sum, one) => sum + one[name], 0));
    document.getElementById("shown").textContent =
      `${number.format(kept.length)} of ${number.format(rows.length)}: ${number.format(requests)} requests${digits < 0 ? "" : `, ${money.format(dollars)}`}`;
  };
  filter.addEventListener("input", apply);
  apply();
}
