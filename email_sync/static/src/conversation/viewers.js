import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const SHOWN_LIMIT = 50;

/** Who can see a conversation and why; members may choose who, and see whom that reaches first. */
export class ViewersDialog extends Component {
    static template = "email_sync.ViewersDialog";
    static components = { Dialog };
    static props = {
        conversationId: Number,
        current: String,
        onApply: Function,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ chosen: this.props.current, reach: null, isBusy: false });
        onWillStart(() => this.load());
    }

    get shownViewers() {
        return this.state.reach.viewers.slice(0, SHOWN_LIMIT);
    }

    /** Who begins and who ceases to see it by the change, as sentences. */
    get changes() {
        const { gained, lost } = this.state.reach;
        return [
            {
                key: "gained",
                text: _t("Will see it from then on:"),
                class: "alert-warning",
                ...gained,
            },
            { key: "lost", text: _t("Will no longer see it:"), class: "alert-info", ...lost },
        ].filter((change) => change.count);
    }

    formatNames({ names, count }) {
        const more = count - names.length;
        return formatList(more ? [...names, _t("%s more", more)] : names);
    }

    get moreCount() {
        return this.state.reach.viewers.length - this.shownViewers.length;
    }

    avatarUrl(viewer) {
        return `/web/image/res.partner/${viewer.partner_id}/avatar_128`;
    }

    async load() {
        this.state.reach = await this.keepLast.add(
            this.orm.call("email.sync.conversation", "get_viewers", [[this.props.conversationId]], {
                visibility: this.state.chosen,
            })
        );
    }

    async choose(level) {
        this.state.chosen = level;
        this.state.isBusy = true;
        try {
            await this.load();
        } finally {
            this.state.isBusy = false;
        }
    }

    async apply() {
        this.state.isBusy = true;
        try {
            await this.orm.write("email.sync.conversation", [this.props.conversationId], {
                visibility: this.state.chosen,
            });
            await this.props.onApply();
        } finally {
            this.state.isBusy = false;
        }
        this.props.close();
    }
}

export class ViewersButton extends Component {
    static template = "email_sync.ViewersButton";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
    }

    async onClick() {
        const { record } = this.props;
        // The links decide who sees it: what the dialog says is about what is saved.
        if (await record.save()) {
            this.dialog.add(ViewersDialog, {
                conversationId: record.resId,
                current: record.data.visibility,
                onApply: () => record.load(),
            });
        }
    }
}

registry.category("view_widgets").add("email_sync_viewers", {
    component: ViewersButton,
    fieldDependencies: [{ name: "visibility", type: "selection" }],
});
