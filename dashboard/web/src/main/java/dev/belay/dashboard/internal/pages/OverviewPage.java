package dev.belay.dashboard.internal.pages;

import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Condition;
import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.Field;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Overview;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import dev.belay.inspect.StatPoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The first page: what needs somebody now, and whether work flows. */
public final class OverviewPage implements Section {
    private static final Duration SHOWN = Duration.ofHours(1);
    private static final Duration WIDTH = Duration.ofMinutes(1);
    private static final int ROWS = 8;

    private final Parts parts;

    OverviewPage(Parts parts) {
        this.parts = parts;
    }

    /**
     * What the page shows.
     *
     * @param stuck the sagas that wait for an operator, the newest first
     * @param open the newest that run or are being undone
     * @param points what happened in the last hour, minute by minute
     */
    public record Model(Overview now, List<SagaSummary> stuck, List<SagaSummary> open, List<StatPoint> points) {
        /** How many open sagas are in that state. */
        public long in(SagaState state) {
            return now.open().getOrDefault(state, 0L);
        }

        /** Where a reason leads: to its only saga at once, else to the list of them. */
        public String target(FailureGroup group) {
            List<SagaSummary> same = stuck.stream()
                    .filter(saga -> saga.definition().equals(group.definition())
                            && saga.failure()
                                    .map(failure -> failure.fingerprint().equals(group.fingerprint()))
                                    .orElse(false))
                    .toList();
            return group.stuck() == 1 && same.size() == 1
                    ? "/sagas/" + same.get(0).id()
                    : FailureLinks.sagas(group);
        }

        /** How many wait for an operator. */
        public long needing() {
            return in(SagaState.SUSPENDED) + in(SagaState.COMPENSATION_FAILED);
        }

        /** How long an attempt took in the time shown, for people; empty if there was none. */
        public Optional<String> took() {
            long attempts = succeeded() + failed() + undone();
            Duration total = points.stream().map(StatPoint::total).reduce(Duration.ZERO, Duration::plus);
            return points.stream()
                    .map(StatPoint::longest)
                    .max(Comparator.naturalOrder())
                    .filter(longest -> attempts > 0)
                    .map(longest -> Words.length(total.dividedBy(attempts)) + " on average, " + Words.length(longest)
                            + " at the longest");
        }

        /** How many attempts succeeded in the time shown. */
        public long succeeded() {
            return points.stream().mapToLong(StatPoint::succeeded).sum();
        }

        /** How many failed. */
        public long failed() {
            return points.stream().mapToLong(StatPoint::failed).sum();
        }

        /** How many undos succeeded. */
        public long undone() {
            return points.stream().mapToLong(StatPoint::undone).sum();
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get("/", Access.of(Permission.SAGA_VIEW), "What needs somebody now.", List.of(), this::show),
                Route.get(
                        "/live",
                        Access.of(Permission.SAGA_VIEW),
                        "A stream that tells when anything that the overview and the lists show has changed.",
                        List.of(),
                        call -> new Answer.Events(
                                sink -> parts.pulse().watch(sink, parts.pulse().everything()))));
    }

    private Answer show(Call call) {
        Inspector inspector = parts.inspector(call);
        Instant to = Instant.now();
        return Answer.page(
                "overview",
                new Model(
                        inspector.overview(),
                        inspector
                                .sagas(SagaFilter.where(Condition.is(Field.STUCK, "true")), Optional.empty(), ROWS)
                                .items(),
                        inspector
                                .sagas(
                                        SagaFilter.where(Condition.state(SagaState.RUNNING, SagaState.COMPENSATING)),
                                        Optional.empty(),
                                        ROWS)
                                .items(),
                        inspector.throughput(to.minus(SHOWN), to, WIDTH)));
    }
}
