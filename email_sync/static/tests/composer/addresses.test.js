import { describe, expect, test } from "@odoo/hoot";

import {
    formatAddress,
    isAddress,
    shortenName,
    splitAddresses,
    splitTyped,
} from "@email_sync/composer/addresses";

describe.current.tags("headless");

test("an address line is split at separators, but not within names", () => {
    expect(splitAddresses('a@x.example, "Doe, Jane" <jane@y.example>;b@z.example')).toEqual([
        "a@x.example",
        '"Doe, Jane" <jane@y.example>',
        "b@z.example",
    ]);
    expect(splitAddresses(' , "a \\" ; b" <c@x.example> ;\n')).toEqual([
        '"a \\" ; b" <c@x.example>',
    ]);
    expect(splitAddresses("")).toEqual([]);
});

test("what is being typed stays until a separator ends it", () => {
    expect(splitTyped("a@x.example, half")).toEqual({ complete: ["a@x.example"], rest: "half" });
    expect(splitTyped('"Doe, Ja')).toEqual({ complete: [], rest: '"Doe, Ja' });
    expect(splitTyped("a@x.example;")).toEqual({ complete: ["a@x.example"], rest: "" });
});

test("what looks like an address", () => {
    for (const text of ["a@b", "a@b.example", "A B <a@b.example>", '"B, A" <a.b+c@d.example>']) {
        expect(isAddress(text)).toBe(true, { message: text });
    }
    for (const text of ["", "Ada", "ada@", "@b.example", "a b@c.example", "a@b.example, c"]) {
        expect(isAddress(text)).toBe(false, { message: text });
    }
});

test("a name with a comma is quoted, and comes back as one address", () => {
    const address = formatAddress('Doe, "J" Jane', "jane@y.example");
    expect(address).toBe('"Doe, \\"J\\" Jane" <jane@y.example>');
    expect(splitAddresses(`${address}, b@z.example`)).toEqual([address, "b@z.example"]);
    expect(formatAddress("", "jane@y.example")).toBe("jane@y.example");
});

test("a long name does not push its address out of sight", () => {
    const name = `"support@bank.example${" ".repeat(200)}."`;
    expect(shortenName(`${name} <evil@x.example>`)).toMatch(/^"support@bank.+… <evil@x.example>$/);
    expect(shortenName("Jane Doe <jane@y.example>")).toBe("Jane Doe <jane@y.example>");
    expect(shortenName(`${"a".repeat(60)}@y.example`)).toBe(`${"a".repeat(60)}@y.example`);
});
