import { Component, useState } from "@odoo/owl";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { humanNumber } from "@web/core/utils/numbers";

// What the server serves for showing; see `PICTURE_TYPES` of the controller.
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

const ATTACHMENTS_SHOWN = 20;

/** A part of a mail, for core's file viewer. */
export class MailPart extends FileModel {
    get isImage() {
        return PICTURES.includes(this.mimetype);
    }

    get isViewable() {
        return this.isImage || Boolean(this.isPdf);
    }

    get urlRoute() {
        return this.partUrl;
    }

    get urlQueryParams() {
        return {};
    }

    get downloadUrl() {
        return this.partUrl;
    }
}

export class MailAttachments extends Component {
    static template = "email_sync.MailAttachments";
    static props = { attachments: Array };

    setup() {
        this.fileViewer = useFileViewer();
        this.state = useState({ showAll: false });
    }

    get files() {
        const { attachments } = this.props;
        const shown = this.state.showAll ? attachments : attachments.slice(0, ATTACHMENTS_SHOWN);
        return shown.map(({ name, mimetype, size, url, warning }) =>
            Object.assign(new MailPart(), { id: url, name, mimetype, size, partUrl: url, warning })
        );
    }

    get hiddenCount() {
        return this.state.showAll
            ? 0
            : Math.max(0, this.props.attachments.length - ATTACHMENTS_SHOWN);
    }

    /** The end of a name says what a file is: it stays in sight where the name is too long. */
    splitName(name) {
        const start = name.lastIndexOf(".");
        return start > 0 && name.length - start <= 16
            ? [name.slice(0, start), name.slice(start)]
            : [name, ""];
    }

    formatSize(size) {
        return `${humanNumber(size, { decimals: size < 1e6 ? 0 : 1 })}B`;
    }

    onClickView(file, files) {
        this.fileViewer.open(file, files);
    }
}
