// What the editor element of NiceGUI has no setting for: its name, its theme, completion by the server, and a text put in place of one.
async (id) => {
  const CM = await import("nicegui-codemirror");
  const editor = await getElement(id).editorPromise;
  editor.contentDOM.setAttribute("aria-label", "Text of the policy; Escape, then Tab leaves it");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  (dark.onchange = () => getElement(id).setTheme(dark.matches ? "oneDark" : "basicLight"))();
  const complete = async (context) => {
    const typed = context.matchBefore(/[\w."(]$/);
    if (!context.explicit && !typed) return null;
    const asked = JSON.stringify({ text: context.state.doc.toString(), offset: context.pos });
    const answer = await fetch("/completion", { method: "POST", headers: { "content-type": "application/json" }, body: asked });
    if (!answer.ok) return null;
    const found = await answer.json();
    return found.options.length ? { from: found.from, options: found.options, validFor: /^[\w."]*$/ } : null;
  };
  const data = CM.EditorState.languageData.of(() => [{ autocomplete: complete }]);
  editor.dispatch({ effects: CM.StateEffect.appendConfig.of(data) });
  getElement(id).replace = (before, after) => {
    const shown = editor.state.doc.toString();
    if (shown !== before) return shown;
    const old = [...before], now = [...after]; // whole characters
    let start = 0, end = 0;
    while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
    while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
    const [from, rest] = [old.slice(0, start), old.slice(start, old.length - end)].map((part) => part.join("").length);
    const insert = now.slice(start, now.length - end).join("");
    if (rest || insert) editor.dispatch({ changes: { from, to: from + rest, insert } });
    return null;
  };
}
