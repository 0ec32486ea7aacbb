// What the editor element of NiceGUI has no setting for: its name, its theme, and completion by the server.
async (id, dark) => {
  const CM = await import("nicegui-codemirror");
  const editor = await getElement(id).editorPromise;
  editor.contentDOM.setAttribute("aria-label", "Text of the policy; Escape, then Tab leaves it");
  getElement(id).setTheme(dark ? "oneDark" : "basicLight");
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
}
