package dev.belay.dashboard.internal.pages;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Count;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is being undone, and what could not be. */
public final class CompensationsPage implements Section {
    /** The query that finds what could not be undone. */
    static final String FAILED = "status:undo-failed";

    private static final int ROWS = 25;
    private static final int ENTRIES = 5;

    private final Parts parts;

    CompensationsPage(Parts parts) {
        this.parts = parts;
    }

    /**
     * What the page shows.
     *
     * @param failed those of which something could not be undone
     * @param going those that are being undone
     */
    public record Model(Page<Stuck> failed, Count count, Page<SagaSummary> going) {
        /** How many could not be undone, as far as they were counted. */
        public String counted() {
            return Words.number(count.n()) + (count.orMore() ? "+" : "");
        }

        /** The page that asks whether to undo all of them again. */
        public static String retryAll() {
            return BulkWords.path(BulkAction.RETRY, FAILED);
        }

        /** The path of what follows one of the two lists. */
        public static String after(String list, String next) {
            return "/compensations?" + list + "=" + Frame.encoded(next);
        }
    }

    /** A saga of which something could not be undone, and why not, if that is still known. */
    public record Stuck(SagaSummary saga, Optional<Failure> why) {}

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/compensations",
                Access.of(Permission.SAGA_VIEW),
                "What is being undone, and what could not be.",
                List.of(
                        Route.may("failed", "string", "What the page before said is next of what could not be undone."),
                        Route.may("going", "string", "The same, of what is being undone.")),
                this::show));
    }

    private Answer show(Call call) {
        Inspector inspector = parts.inspector(call);
        SagaFilter stuck = SagaFilter.where(Condition.state(SagaState.COMPENSATION_FAILED));
        Page<SagaSummary> failed = inspector.sagas(stuck, call.text("failed"), ROWS);
        return Answer.page(
                "compensations",
                new Model(
                        new Page<>(
                                failed.items().stream()
                                        .map(saga -> new Stuck(saga, why(inspector, saga)))
                                        .toList(),
                                failed.next(),
                                failed.searchedBackTo()),
                        inspector.count(stuck),
                        inspector.sagas(
                                SagaFilter.where(Condition.state(SagaState.COMPENSATING)), call.text("going"), ROWS)));
    }

    /** Why the undo it stands at failed the last time. What made it turn back in the first place is another thing. */
    private static Optional<Failure> why(Inspector inspector, SagaSummary saga) {
        JournalFilter newest = new JournalFilter(
                true, Set.of(JournalEntry.Kind.ATTEMPT), saga.at().map(SagaSummary.At::step), false, true);
        return inspector.journal(saga.id(), newest, Optional.empty(), ENTRIES).items().stream()
                .filter(JournalEntry::undoing)
                .flatMap(entry -> entry.failure().stream())
                .findFirst();
    }
}
