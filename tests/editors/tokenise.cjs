// Tokenises files with the reference implementation of TextMate grammars: node tokenise.cjs GRAMMAR FILE…
// Prints for each file an array of lines, each an array of [start, end, scopes].
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const load = createRequire(path.join(process.cwd(), "package.json"));
const textmate = load("vscode-textmate");
const oniguruma = load("vscode-oniguruma");

async function main() {
  const [grammarPath, ...files] = process.argv.slice(2);
  await oniguruma.loadWASM(fs.readFileSync(load.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(grammarPath, "utf8"), grammarPath),
  });
  const grammar = await registry.loadGrammar("source.ccp");
  const result = files.map((file) => {
    let state = textmate.INITIAL;
    return fs.readFileSync(file, "utf8").split("\n").map((line) => {
      const told = grammar.tokenizeLine(line, state);
      state = told.ruleStack;
      return told.tokens.map((token) => [token.startIndex, token.endIndex, token.scopes]);
    });
  });
  console.log(JSON.stringify(result));
}

main();
