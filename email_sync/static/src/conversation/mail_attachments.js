import { Component } from "@odoo/owl";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { humanNumber } from "@web/core/utils/numbers";

// What the server serves for showing; see `PICTURE_TYPES` of the controller.
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

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
    }

    get files() {
        return this.props.attachments.map(({ name, mimetype, size, url }) =>
            Object.assign(new MailPart(), { id: url, name, mimetype, size, partUrl: url })
        );
    }

    formatSize(size) {
        return `${humanNumber(size, { decimals: size < 1e6 ? 0 : 1 })}B`;
    }

    onClickView(file, files) {
        this.fileViewer.open(file, files);
    }
}
