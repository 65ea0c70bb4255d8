import { Component } from "@odoo/owl";

const APPEARANCES = {
    danger: { alert: "alert alert-danger py-2", icon: "fa-exclamation-triangle" },
    warning: { alert: "alert alert-warning py-2", icon: "fa-exclamation-circle" },
    notice: { alert: "text-muted", icon: "fa-info-circle" },
};

/** What about the sender of a mail deserves a second look, the worst first. */
export class SenderFindings extends Component {
    static template = "email_sync.SenderFindings";
    static props = { findings: Array };

    getAppearance(finding) {
        return APPEARANCES[finding.severity];
    }
}
