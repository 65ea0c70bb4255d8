import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import {
    ListMany2ManyTagsAvatarField,
    listMany2ManyTagsAvatarField,
} from "@web/views/fields/many2many_tags_avatar/many2many_tags_avatar_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

const VISIBILITY_ICONS = { private: "fa-lock", team: "fa-users", shared: "fa-share-alt" };

/** A day as short as a mail program's list has it: the time today, the day this year. */
export function formatShortDate(date, now = DateTime.local()) {
    const locale = { locale: user.lang };
    if (date.hasSame(now, "day")) {
        return date.toLocaleString(DateTime.TIME_SIMPLE, locale);
    }
    if (date.hasSame(now, "year")) {
        return date.toLocaleString({ day: "numeric", month: "short" }, locale);
    }
    return date.toLocaleString(DateTime.DATE_SHORT, locale);
}

class ConversationField extends Component {
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data;
    }

    get value() {
        return this.data[this.props.name];
    }
}

export class DateField extends ConversationField {
    static template = "email_sync.DateField";

    get text() {
        return this.value ? formatShortDate(this.value) : "";
    }

    get title() {
        return this.value ? this.value.toLocaleString(DateTime.DATETIME_MED) : "";
    }
}

/** The star of a conversation, which members of its account set and remove. */
export class FlagField extends ConversationField {
    static template = "email_sync.FlagField";

    setup() {
        this.orm = useService("orm");
    }

    async onClick() {
        const { record } = this.props;
        await this.orm.call(record.resModel, "action_toggle_flagged", [[record.resId]]);
        await record.load();
    }
}

export class CorrespondentsField extends ConversationField {
    static template = "email_sync.CorrespondentsField";

    get text() {
        return this.value || _t("(nobody)");
    }
}

export class SubjectField extends ConversationField {
    static template = "email_sync.SubjectField";

    get tags() {
        return this.data.tags || [];
    }
}

export class VisibilityIconField extends ConversationField {
    static template = "email_sync.VisibilityIconField";

    get icon() {
        return VISIBILITY_ICONS[this.value];
    }

    get label() {
        const { selection } = this.props.record.fields[this.props.name];
        return selection.find(([level]) => level === this.value)?.[1];
    }
}

/** The contacts of a conversation on one line of a list. */
export class ContactsField extends ListMany2ManyTagsAvatarField {
    visibleItemsLimit = 2;
}

const fieldRegistry = registry.category("fields");
fieldRegistry.add("email_sync_date", { component: DateField, supportedTypes: ["datetime"] });
fieldRegistry.add("email_sync_contacts", {
    ...listMany2ManyTagsAvatarField,
    component: ContactsField,
});
fieldRegistry.add("email_sync_flag", {
    component: FlagField,
    supportedTypes: ["boolean"],
    fieldDependencies: [{ name: "is_account_member", type: "boolean" }],
});
fieldRegistry.add("email_sync_correspondents", {
    component: CorrespondentsField,
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "email_count", type: "integer" }],
});
fieldRegistry.add("email_sync_subject", {
    component: SubjectField,
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "snippet", type: "char" },
        { name: "has_attachments", type: "boolean" },
        { name: "has_doubtful_sender", type: "boolean" },
        { name: "is_automatic", type: "boolean" },
        { name: "is_removed", type: "boolean" },
        { name: "tags", type: "json" },
    ],
});
fieldRegistry.add("email_sync_visibility_icon", {
    component: VisibilityIconField,
    supportedTypes: ["selection"],
});
