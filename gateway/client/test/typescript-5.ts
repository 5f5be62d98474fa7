import { registerHooks } from "node:module";

// For programs that build on TypeScript's own interface, which TypeScript 7 no longer has: they are given this package's 5.

const HERE = import.meta.url;

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === "typescript" ? { ...context, parentURL: HERE } : context),
});
