import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";

/**
 * How far the sync of an account is: read once, then told by the server over the bus.
 */
export class EmailSyncProgress extends Component {
    static template = "email_sync.Progress";
    static props = { ...standardWidgetProps, showFolders: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.busService = useService("bus_service");
        this.state = useState({ progress: null });
        const onProgress = (progress) => this.onProgress(progress);
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.props.record.resId) {
                return this.load(nextProps.record.resId);
            }
        });
        this.busService.subscribe("email_sync/progress", onProgress);
        onWillUnmount(() => this.busService.unsubscribe("email_sync/progress", onProgress));
    }

    async load(accountId) {
        this.state.progress = accountId
            ? await this.orm.call("email.sync.account", "get_progress", [accountId])
            : null;
    }

    async onProgress(progress) {
        if (progress.account_id !== this.props.record.resId) {
            return;
        }
        const before = this.state.progress;
        this.state.progress = progress;
        if (before?.health !== progress.health) {
            await this.reload();
        }
    }

    /** Badge, alerts and buttons follow from the account's health; unsaved changes come first. */
    async reload() {
        const { root } = this.props.record.model;
        if (!(await root.isDirty?.())) {
            await root.load();
        }
    }

    get isShown() {
        const { progress } = this.state;
        return (
            progress?.state === "running" &&
            (progress.health === "first_sync" || progress.progress_done < progress.progress_total)
        );
    }

    get percentage() {
        return Math.floor(this.state.progress.progress);
    }

    get label() {
        const { progress_done: done, progress_total: total } = this.state.progress;
        if (!total) {
            return _t("The mailbox is being read…");
        }
        return _t("%(done)s of %(total)s mails", { done, total });
    }

    get folders() {
        return this.props.showFolders ? this.state.progress.folders : [];
    }

    getFolderPercentage(folder) {
        if (folder.is_complete || !folder.in_range_count) {
            return folder.is_complete ? 100 : 0;
        }
        return Math.min(100, Math.floor((100 * folder.done_count) / folder.in_range_count));
    }
}

registry.category("view_widgets").add("email_sync_progress", {
    component: EmailSyncProgress,
    extractProps: ({ options }) => ({ showFolders: Boolean(options.folders) }),
});
