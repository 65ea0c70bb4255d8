import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { useTagNavigation } from "@web/core/record_selectors/tag_navigation_hook";
import { registry } from "@web/core/registry";
import { TagsList } from "@web/core/tags_list/tags_list";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SUGGESTIONS_LIMIT = 8;

/** The tags of a conversation: keywords of its mails, which the mailbox gets, too. */
export class TagsField extends Component {
    static template = "email_sync.TagsField";
    static components = { AutoComplete, TagsList };
    static props = { ...standardFieldProps, placeholder: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        useTagNavigation("tags", {
            isEnabled: () => !this.props.readonly,
            delete: (index) => this.setTag(this.value[index].keyword, false),
        });
    }

    get value() {
        return this.props.record.data[this.props.name] || [];
    }

    get tags() {
        return this.value.map(({ keyword, name, color }) => ({
            id: keyword,
            text: name,
            colorIndex: color,
            onDelete: this.props.readonly ? undefined : () => this.setTag(keyword, false),
        }));
    }

    get sources() {
        return [{ options: (request) => this.getOptions(request) }];
    }

    async getOptions(request) {
        const known = await this.orm.call("email.sync.conversation", "get_known_tags", [
            [this.props.record.resId],
        ]);
        // A keyword has no spaces (RFC 9051).
        const typed = request.trim().replace(/\s+/g, "-");
        const wanted = [request.trim().toLowerCase(), typed.toLowerCase()];
        const words = ({ keyword, name }) => [keyword.toLowerCase(), name.toLowerCase()];
        const given = this.value.map((tag) => tag.keyword.toLowerCase());
        const options = known
            .filter((tag) => !given.includes(tag.keyword.toLowerCase()))
            .filter((tag) => words(tag).some((word) => word.includes(wanted[0])))
            .slice(0, SUGGESTIONS_LIMIT)
            .map(({ keyword, name }) => ({
                label: name,
                onSelect: () => this.setTag(keyword, true),
            }));
        const isKnown = known.some((tag) => words(tag).some((word) => wanted.includes(word)));
        if (typed && !isKnown) {
            options.push({
                label: _t('Create "%s"', typed),
                cssClass: "o_email_sync_create_tag",
                onSelect: () => this.setTag(typed, true),
            });
        }
        return options;
    }

    /** What else was changed on the page is saved first: it is loaded anew afterwards. */
    async setTag(keyword, isSet) {
        const { record } = this.props;
        if (await record.save()) {
            await this.orm.call("email.sync.conversation", "set_tag", [
                [record.resId],
                keyword,
                isSet,
            ]);
            await record.load();
        }
    }
}

registry.category("fields").add("email_sync_tags", {
    component: TagsField,
    supportedTypes: ["json"],
    extractProps: ({ placeholder }) => ({ placeholder }),
});
