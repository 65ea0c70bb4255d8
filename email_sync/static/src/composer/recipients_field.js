import { Component, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { useTagNavigation } from "@web/core/record_selectors/tag_navigation_hook";
import { registry } from "@web/core/registry";
import { TagsList } from "@web/core/tags_list/tags_list";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { formatAddress, isAddress, splitAddresses } from "./addresses";

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
        // A new key is a new, empty input.
        const isFirst = this.props.copiesField && !this.props.record.data[this.props.name];
        this.state = useState({ inputKey: 0, isFocused: Boolean(isFirst) });
        useTagNavigation("recipients", {
            isEnabled: () => !this.props.readonly,
            delete: (index) => this.remove(index),
        });
    }

    get addresses() {
        return splitAddresses(this.props.record.data[this.props.name] || "");
    }

    get tags() {
        return this.addresses.map((address, index) => ({
            id: index,
            text: address,
            title: address,
            colorIndex: isAddress(address) ? COLOR : WRONG_COLOR,
            onDelete: this.props.readonly ? undefined : () => this.remove(index),
        }));
    }

    get showsCopiesButton() {
        const { copiesField, readonly, record } = this.props;
        return copiesField && !readonly && !record.data[copiesField];
    }

    get sources() {
        return [{ options: (request) => this.getOptions(request) }];
    }

    async getOptions(request) {
        const options = isAddress(request) ? [this.makeOption(request)] : [];
        if (!request) {
            return options;
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
        const found = contacts.map((contact) =>
            formatAddress(contact.name || "", contact.email_normalized)
        );
        return [...new Set([...options.map((option) => option.label), ...found])].map((label) =>
            this.makeOption(label)
        );
    }

    makeOption(label) {
        return { label, onSelect: () => this.add(label, true) };
    }

    /** Take what was typed, as soon as it is complete. */
    onInput({ inputValue }) {
        if (/[,;\n]\s*$/.test(inputValue) || splitAddresses(inputValue).length > 1) {
            this.add(inputValue, true);
        }
    }

    onChange({ inputValue }) {
        // Not while an option is being clicked: it comes right after.
        if (inputValue.trim()) {
            this.add(inputValue, false);
        }
    }

    async add(text, keepFocus) {
        const known = this.addresses;
        const added = splitAddresses(text).filter((address) => !known.includes(address));
        this.state.isFocused = keepFocus;
        this.state.inputKey++;
        await this.update([...known, ...added]);
    }

    remove(index) {
        return this.update(this.addresses.toSpliced(index, 1));
    }

    update(addresses) {
        return this.props.record.update({ [this.props.name]: addresses.join(", ") });
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
