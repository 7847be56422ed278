package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.query.QueryText;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.Condition;
import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;

/** What failed for one reason: what it is called, where its sagas are, and what can be done with all of them. */
public final class FailureLinks {
    private FailureLinks() {}

    /** The query that finds the sagas that wait for somebody because of it. */
    public static String query(FailureGroup group) {
        return isTurned(group)
                ? printed(type(group)) + " status:undo-failed -cause:step-failed"
                : printed(type(group), Condition.is(Field.STEP, group.step()), fingerprint(group)) + " is:stuck";
    }

    /** The path of the list of those that wait, or, if none does, of those that stand at that step or ended by it. */
    public static String sagas(FailureGroup group) {
        return ListAddress.path(
                group.stuck() > 0 ? query(group) : printed(type(group), Condition.is(Field.STEP, group.step())));
    }

    /** The path of the page that retries all of them. */
    public static String retryAll(FailureGroup group) {
        return BulkWords.path(BulkAction.RETRY, query(group));
    }

    /** What a person calls it. */
    public static String name(FailureGroup group) {
        if (!group.type().isEmpty()) {
            return Words.simpleType(group.type());
        }
        return isTurned(group) ? "An undo failed" : "Failure " + group.fingerprint();
    }

    /** What one of them said. */
    public static String message(FailureGroup group) {
        return isTurned(group)
                ? "Turned back without a failed step, as by a cancel; then something could not be undone."
                : group.message();
    }

    /** Whether nothing failed on the way forward: it was turned back, and then an undo failed. */
    private static boolean isTurned(FailureGroup group) {
        return group.fingerprint().isEmpty();
    }

    private static Condition type(FailureGroup group) {
        return Condition.is(Field.DEFINITION, group.definition());
    }

    private static Condition fingerprint(FailureGroup group) {
        return Condition.is(Field.FINGERPRINT, group.fingerprint());
    }

    private static String printed(Condition... conditions) {
        return QueryText.print(SagaFilter.where(conditions));
    }
}
