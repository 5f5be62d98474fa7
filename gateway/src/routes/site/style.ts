/** One style sheet for all pages: system fonts, dark where the reader prefers it, readable on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --accent: light-dark(#1b6e52, #6fd3ae); --line: light-dark(#d5dcd9, #3a4541);
  --back: light-dark(#f7f9f8, #141918); --card: light-dark(#fff, #1d2422); --quiet: light-dark(#55615d, #9fb0aa); }
* { box-sizing: border-box; }
body { margin: 0; padding: 4rem 1.25rem 2rem; background: var(--back); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
p { margin: .5rem 0; }
a { color: var(--accent); }
.card { margin: 2rem 0; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
label { display: block; font-weight: 600; }
input, button, .button { font: inherit; padding: .7rem .9rem; border-radius: .5rem; }
input { width: 100%; margin: .5rem 0; border: 1px solid var(--line); background: var(--back); color: inherit; }
button, .button { display: inline-block; border: 0; background: var(--accent); color: light-dark(#fff, #10201a);
  font-weight: 600; text-decoration: none; cursor: pointer; }
:is(a, input, button):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.quiet, footer { color: var(--quiet); font-size: .9375rem; }
.refused { border-left: 4px solid light-dark(#b3421f, #ff9a76); padding-left: .75rem; }
progress { width: 100%; height: .75rem; accent-color: var(--accent); }
code { overflow-wrap: anywhere; }
`;
