import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("email_sync_tags", {
    steps: () => [
        { trigger: ".o_data_row td[name=subject]:contains(Quotation)", run: "click" },
        {
            content: "a new tag is made of what is typed",
            trigger: ".o_field_widget[name=tags] .o-autocomplete--input",
            run: "edit follow up",
        },
        { trigger: ".o_email_sync_create_tag:contains(follow-up)", run: "click" },
        {
            content: "it stands on the conversation and on the mail",
            trigger: ".o_email_sync_exchange .o_tag:contains(follow-up)",
        },
        {
            content: "a common tag is suggested",
            trigger: ".o_field_widget[name=tags] .o-autocomplete--input",
            run: "edit to d",
        },
        { trigger: ".o-autocomplete--dropdown-item:contains(To do)", run: "click" },
        { trigger: ".o_field_widget[name=tags] .o_tag.o_tag_color_8:contains(To do)" },
        {
            content: "a tag is taken off",
            trigger: ".o_field_widget[name=tags] .o_tag:contains(follow-up) .o_delete",
            run: "click",
        },
        { trigger: ".o_email_sync_exchange:not(:has(.o_tag:contains(follow-up)))" },
        { trigger: ".o_breadcrumb a, .o_back_button", run: "click" },
        { trigger: ".o_data_row td[name=subject] .o_tag:contains(To do)" },
    ],
});

tours.add("email_sync_inbox_phone", {
    steps: () => [
        {
            content: "a card has what a mail program offers",
            trigger: ".o_kanban_record:contains(Quotation) .o_dropdown_kanban button",
            run: "click",
        },
        { trigger: ".dropdown-item:contains(Mark as read)", run: "click" },
        { trigger: ".o_kanban_record:contains(Quotation):not(:has(.fw-bold))" },
        {
            trigger: ".o_kanban_record:contains(Quotation) .o_dropdown_kanban button",
            run: "click",
        },
        { trigger: ".dropdown-item:contains(Archive)", run: "click" },
        { trigger: ".o_notification:contains(Archived)" },
    ],
});

tours.add("email_sync_colleague_on_phone", {
    steps: () => [
        {
            content: "nothing is offered that would be refused",
            trigger: ".o_kanban_record:contains(Quotation):not(:has(.o_dropdown_kanban))",
        },
    ],
});

tours.add("email_sync_colleague", {
    steps: () => [
        { trigger: ".o_data_row:contains(Quotation) input[type=checkbox]", run: "click" },
        { trigger: ".o_list_selection_box, .o_selection_box" },
        {
            content: "nothing is offered that would be refused",
            trigger:
                ".o_control_panel:not(:has(button[name=action_move_to_archive], button[name=action_mark_read]))",
        },
    ],
});
