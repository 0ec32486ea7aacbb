// Loads a built extension with everything of VS Code's own stubbed, and prints what it exports.
const Module = require("module");

const stub = () => new Proxy(function () {}, { get: (target, key) => (key === "prototype" ? target[key] : stub()), apply: stub, construct: stub });
const load = Module._load;
Module._load = (request, ...rest) => (request === "vscode" ? stub() : load(request, ...rest));
console.log(Object.keys(require(process.argv[2])).join(" "));
