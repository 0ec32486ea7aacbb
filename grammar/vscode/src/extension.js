// Starts `ccproxy lsp` for .ccp files, and tells it of the files beside them that it reads.
const { workspace, window } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function activate() {
  const [command, ...args] = workspace.getConfiguration("ccproxy").get("command", ["ccproxy", "lsp"]);
  client = new LanguageClient(
    "ccproxy",
    "CCP policies",
    { command, args, transport: TransportKind.stdio },
    {
      documentSelector: [{ language: "ccp" }],
      synchronize: { fileEvents: workspace.createFileSystemWatcher("**/{*.ccp,*.cases.yaml,config.yaml}") },
    },
  );
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`ccproxy can't be started: ${error.message}. Install it: pip install 'ccproxy[lsp]'`);
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
