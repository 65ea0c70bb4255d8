import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { useTagNavigation } from "@web/core/record_selectors/tag_navigation_hook";
import { registry } from "@web/core/registry";
import { TagsList } from "@web/core/tags_list/tags_list";
import { useChildRef, useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { formatAddress, isAddress, shortenName, splitAddresses, splitTyped } from "./addresses";

const SUGGESTIONS_LIMIT = 8;
const COLOR = 0;
const WRONG_COLOR = 1;

/**
 * An address line: what it holds is text as mail programs write it, what is shown are the people
 * in it. Contacts are suggested; an address need not belong to one.
 */
export class RecipientsField extends Component {
    static template = "email_sync.RecipientsField";
    static components = { AutoComplete, TagsList };
    static props = { ...standardFieldProps, copiesField: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.input = useChildRef();
        this.lastChange = Promise.resolve();
        useTagNavigation("recipients", {
            isEnabled: () => !this.props.readonly,
            delete: (index) => this.remove(index),
        });
    }

    get text() {
        return this.props.record.data[this.props.name] || "";
    }

    get addresses() {
        return splitAddresses(this.text);
    }

    get tags() {
        return this.addresses.map((address, index) => ({
            id: index,
            text: shortenName(address),
            title: address,
            colorIndex: isAddress(address) ? COLOR : WRONG_COLOR,
            onDelete: this.props.readonly ? undefined : () => this.remove(index),
        }));
    }

    /** Whether one begins here to write: the first line, while nobody stands in it. */
    get hasAutofocus() {
        return Boolean(this.props.copiesField) && !this.text;
    }

    get showsCopiesButton() {
        const { copiesField, readonly, record } = this.props;
        return copiesField && !readonly && !record.data[copiesField];
    }

    get sources() {
        return [{ options: (request) => this.getOptions(request) }];
    }

    async getOptions(request) {
        if (!request) {
            return [];
        }
        const contacts = await this.orm.searchRead(
            "res.partner",
            [
                ["email_normalized", "!=", false],
                "|",
                ["display_name", "ilike", request],
                ["email", "ilike", request],
            ],
            ["name", "email_normalized"],
            { limit: SUGGESTIONS_LIMIT }
        );
        const labels = contacts.map((contact) =>
            formatAddress(contact.name || "", contact.email_normalized)
        );
        if (isAddress(request)) {
            labels.unshift(request);
        }
        return [...new Set(labels)].map((label) => ({
            label,
            onSelect: () => this.add([label]),
        }));
    }

    /** Take the addresses that a separator has completed; what is being typed stays. */
    onInput({ target }) {
        const { complete, rest } = splitTyped(target.value);
        if (complete.length) {
            target.value = rest;
            // The suggestions are for what is left.
            target.dispatchEvent(new Event("input", { bubbles: true }));
            this.add(complete);
        }
    }

    /** Take what was typed also when its end was not said. */
    onBlur({ inputValue }) {
        const added = splitAddresses(inputValue);
        if (added.length) {
            this.input.el.value = "";
            this.input.el.dispatchEvent(new Event("input", { bubbles: true }));
            this.add(added);
        }
    }

    add(addresses) {
        return this.change((known) => [...new Set([...known, ...addresses])]);
    }

    remove(index) {
        return this.change((known) => known.toSpliced(index, 1));
    }

    /** One change after the other: who types fast loses no address. */
    change(getAddresses) {
        const { name, record } = this.props;
        this.lastChange = this.lastChange.then(() =>
            record.update({ [name]: getAddresses(this.addresses).join(", ") })
        );
        return this.lastChange;
    }

    onClickCopies() {
        return this.props.record.update({ [this.props.copiesField]: true });
    }
}

registry.category("fields").add("email_sync_recipients", {
    component: RecipientsField,
    supportedTypes: ["text", "char"],
    extractProps: ({ options }) => ({ copiesField: options.copies_field }),
});
