const MAILBOX = /(?:"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[^,;\n"<])+/g;
const ADDRESS = /^(?:[^<>]*<)?[^\s<>@,;"]+@[^\s<>@,;."]+(?:\.[^\s<>@,;."]+)*>?$/;
const SPECIALS = /[()<>[\]:;@\\,."]/;

/**
 * Split an address line at commas, semicolons and line ends that are not part of a name.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function splitAddresses(text) {
    return (text.match(MAILBOX) || []).map((part) => part.trim()).filter(Boolean);
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
