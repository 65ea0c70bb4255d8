import { registry } from "@web/core/registry";
import { KanbanRecord } from "@web/views/kanban/kanban_record";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { bySelection } from "./by_selection";

/** A card of a colleague's conversation has no menu: nothing in it could be done. */
class ConversationKanbanRecord extends KanbanRecord {
    setup() {
        super.setup();
        this.showMenu = this.props.record.data.is_account_member;
    }
}

class ConversationKanbanRenderer extends KanbanRenderer {
    static components = {
        ...KanbanRenderer.components,
        KanbanRecord: ConversationKanbanRecord,
    };
}

registry.category("views").add("email_sync_conversation_kanban", {
    ...kanbanView,
    Renderer: ConversationKanbanRenderer,
    Controller: bySelection(kanbanView.Controller),
});
