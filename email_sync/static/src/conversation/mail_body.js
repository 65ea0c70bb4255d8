import { Component, onMounted, useEffect, useRef } from "@odoo/owl";
import { loadCssFromBundle } from "@mail/utils/common/misc";
import { _t } from "@web/core/l10n/translation";
import { createElementWithContent } from "@web/core/utils/html";

const QUOTE = "[data-o-mail-quote]";
// What a reader takes for the address of a site, at the beginning of a link's text.
const SITE = /^(?:https?:\/\/)?((?:[\p{L}\d-]{1,63}\.){1,6}[\p{L}]{2,24})(?=[/:?#\s]|$)/iu;

// White paper in both colour schemes: mails bring their own colours. `contain` keeps whatever a
// mail positions inside its own box.
const STYLE = `
    :host { display: block; contain: content; overflow-x: auto; background: #fff; color: #212529;
        color-scheme: light; border-radius: .25rem; }
    .o_email_sync_paper { padding: .75rem; overflow-wrap: anywhere; }
    .o_email_sync_paper > div > :first-child { margin-top: 0; }
    .o_email_sync_paper > div > :last-child { margin-bottom: 0; }
    img { max-width: 100%; height: auto; }
    img[data-original-src] { min-width: 1.5rem; min-height: 1.5rem; outline: 1px dashed #adb5bd; }
    table { max-width: 100%; }
    pre { white-space: pre-wrap; }
    blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 2px solid #ced4da; }
    .o_email_sync_fold { min-width: 2.2em; margin: .25rem 0; padding: 0 .5em; border: 0;
        border-radius: 1em; background: #e9ecef; color: #495057; font-weight: bold; line-height: 1.2;
        cursor: pointer; }
    .o_email_sync_target { margin-left: .25em; padding: 0 .25em; border-radius: .25rem;
        background: #fff3cd; color: #664d03; font-size: 85%; }
    [hidden] { display: none !important; }
`;

/**
 * Fold the quoted text of a mail: each run of quotes gets a "…" that shows and hides it.
 *
 * @param {HTMLElement} root
 */
export function foldQuotes(root) {
    const outermost = [...root.querySelectorAll(QUOTE)].filter(
        (element) => !element.parentElement.closest(QUOTE)
    );
    for (const first of outermost.filter((element) => !isQuoteContinued(element))) {
        const run = [first];
        while (run.at(-1).nextElementSibling?.matches(QUOTE)) {
            run.push(run.at(-1).nextElementSibling);
        }
        first.before(makeFoldButton(run));
    }
}

function isQuoteContinued(element) {
    return Boolean(element.previousElementSibling?.matches(QUOTE));
}

function makeFoldButton(elements) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "o_email_sync_fold";
    button.textContent = "…";
    button.title = _t("Quoted text");
    const fold = (hidden) => {
        for (const element of elements) {
            element.hidden = hidden;
        }
        button.setAttribute("aria-expanded", String(!hidden));
    };
    button.addEventListener("click", () => fold(!elements[0].hidden));
    fold(true);
    return button;
}

/**
 * Say where a link goes whose text names another site; of all others, show it on hovering.
 *
 * @param {HTMLElement} root
 */
export function markLinks(root) {
    for (const link of root.querySelectorAll("a[href]")) {
        link.target = "_blank";
        link.rel = "noopener noreferrer";
        link.title = link.href;
        const shown = link.textContent.trim().match(SITE)?.[1].toLowerCase();
        const actual = link.hostname.toLowerCase();
        if (shown && actual && !isSameSite(shown, actual)) {
            const target = document.createElement("span");
            target.className = "o_email_sync_target";
            target.textContent = _t("goes to %(site)s", { site: actual });
            link.after(target);
        }
    }
}

function isSameSite(one, other) {
    const [shorter, longer] = [one, other]
        .map((host) => host.replace(/^www\./, ""))
        .sort((a, b) => a.length - b.length);
    return longer === shorter || longer.endsWith(`.${shorter}`);
}

/** The text of a mail, sanitised by the server, apart from the styles of the page. */
export class MailBody extends Component {
    static template = "email_sync.MailBody";
    static props = { html: [String, Object] };

    setup() {
        this.host = useRef("host");
        onMounted(() => {
            this.shadowRoot = this.host.el.attachShadow({ mode: "open" });
            loadCssFromBundle(this.shadowRoot, "mail.assets_message_email");
            const style = document.createElement("style");
            style.textContent = STYLE;
            this.shadowRoot.append(style);
        });
        useEffect(
            (html) => {
                const paper = this.makePaper(html);
                this.shadowRoot.append(paper);
                return () => paper.remove();
            },
            () => [this.props.html]
        );
    }

    makePaper(html) {
        const paper = createElementWithContent("div", html);
        paper.className = "o_email_sync_paper";
        markLinks(paper);
        foldQuotes(paper);
        return paper;
    }
}
