const ADDRESS = /^(?:[^<>]*<)?[^\s<>@,;"]+@[^\s<>@,;."]+(?:\.[^\s<>@,;."]+)*>?$/;
const SEPARATORS = [",", ";", "\n"];
const NAME_LENGTH = 40;
const SPECIALS = /[()<>[\]:;@\\,."]/;

/**
 * Split an address line at commas, semicolons and line ends that are not part of a name.
 *
 * @param {string} text
 * @returns {{ complete: string[], rest: string }} what a separator has ended, and what follows
 */
export function splitTyped(text) {
    const complete = [];
    let start = 0;
    let isQuoted = false;
    for (let index = 0; index < text.length; index++) {
        const character = text[index];
        if (character === "\\" && isQuoted) {
            index++;
        } else if (character === '"') {
            isQuoted = !isQuoted;
        } else if (!isQuoted && SEPARATORS.includes(character)) {
            complete.push(text.slice(start, index).trim());
            start = index + 1;
        }
    }
    return { complete: complete.filter(Boolean), rest: text.slice(start).trimStart() };
}

/**
 * @param {string} text an address line
 * @returns {string[]}
 */
export function splitAddresses(text) {
    const { complete, rest } = splitTyped(text);
    return [...complete, rest.trim()].filter(Boolean);
}

/**
 * Shorten the name in front of an address, so that the address itself stays in sight.
 *
 * @param {string} text an address, with or without a name
 * @returns {string}
 */
export function shortenName(text) {
    const { name, email } = /^(?<name>.*?)\s*(?<email><[^<>]*>)$/s.exec(text)?.groups || {};
    if (!name || name.length <= NAME_LENGTH) {
        return text;
    }
    return `${name.slice(0, NAME_LENGTH)}… ${email}`;
}

/**
 * Whether this looks like one address, with or without a name. The server decides.
 *
 * @param {string} text
 * @returns {boolean}
 */
export function isAddress(text) {
    return ADDRESS.test(text.trim());
}

/**
 * Write an address with the name of its owner (RFC 5322 section 3.4).
 *
 * @param {string} name
 * @param {string} email
 * @returns {string}
 */
export function formatAddress(name, email) {
    if (!name || name === email) {
        return email;
    }
    const quoted = SPECIALS.test(name) ? `"${name.replace(/(["\\])/g, "\\$1")}"` : name;
    return `${quoted} <${email}>`;
}
