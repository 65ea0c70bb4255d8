import { evaluateBooleanExpr } from "@web/core/py_js/py";

/**
 * What may be done with conversations: buttons go by all that are selected, not by one record.
 *
 * @param {Function} Controller of a list or of cards
 */
export const bySelection = (Controller) =>
    class extends Controller {
        evalViewModifier(modifier) {
            const { evalContext, selection = [] } = this.model.root;
            const all = (name) => selection.every((record) => record.data[name]);
            return evaluateBooleanExpr(modifier, {
                ...evalContext,
                is_account_member: all("is_account_member"),
                can_move: all("can_move"),
            });
        }
    };
