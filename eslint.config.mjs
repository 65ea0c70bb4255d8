// Odoo's own style: modules, no unused names, no loose comparison.
const BROWSER = ["console", "luxon", "document", "window", "URL", "Blob", "Event", "HTMLElement", "DOMParser"];

export default [
    {
        files: ["email_sync/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])),
        },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            "constructor-super": "error",
            "for-direction": "error",
            "getter-return": "error",
            "no-const-assign": "error",
            "no-debugger": "error",
            "no-dupe-args": "error",
            "no-dupe-class-members": "error",
            "no-dupe-else-if": "error",
            "no-dupe-keys": "error",
            "no-duplicate-case": "error",
            "no-empty": "error",
            "no-fallthrough": "error",
            "no-import-assign": "error",
            "no-redeclare": "error",
            "no-self-assign": "error",
            "no-sparse-arrays": "error",
            "no-this-before-super": "error",
            "no-undef": "error",
            "no-unreachable": "error",
            "no-unsafe-finally": "error",
            "no-unused-vars": ["error", { args: "none" }],
            "no-var": "error",
            "use-isnan": "error",
            "valid-typeof": "error",
            curly: "error",
            eqeqeq: "error",
            "prefer-const": "error",
            "prefer-template": "error",
        },
    },
];
