package dev.belay.internal.worker;

import dev.belay.ActivityCall;
import dev.belay.ActivityFailed;
import dev.belay.Failure;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.PayloadException;
import dev.belay.ReplayMismatch;
import dev.belay.SagaAborted;
import dev.belay.SagaException;
import dev.belay.StepRejected;
import dev.belay.StepStopped;
import dev.belay.Undo;
import dev.belay.Verdict;
import dev.belay.agent.BudgetReached;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.queue.ActivityEvent;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One activity of a running step: replayed if it is recorded, else run and recorded. */
final class RecordedActivity<T> implements ActivityCall<T> {
    private static final Logger log = LoggerFactory.getLogger(RecordedActivity.class);

    private final ForwardContext<?> context;
    private final String name;
    private final @Nullable Recording<T> particular;
    private final Class<T> type;
    private @Nullable String key;
    private @Nullable String identity;
    private @Nullable Undo<?> undo;
    private Supplier<? extends @Nullable Object> undoData = () -> null;
    private @Nullable Object request;
    private Consumer<? super T> check = value -> {};
    private @Nullable Function<? super T, ? extends @Nullable BigDecimal> cost;

    private boolean atMostOnce;
    private boolean rerunsSameKey;
    private @Nullable Callable<Verdict<T>> verification;

    RecordedActivity(ForwardContext<?> context, String name, Class<T> type) {
        this(context, name, type, null);
    }

    /** One that is kept in a way of its own. */
    RecordedActivity(ForwardContext<?> context, String name, Class<T> type, @Nullable Recording<T> particular) {
        this.context = context;
        this.name = name;
        this.type = type;
        this.particular = particular;
    }

    /** As an ordinary activity is kept: its result as a value of its type. */
    private final class Plain implements Recording<T> {
        @Override
        public @Nullable String requestHash() {
            return request == null ? null : context.payloads().hash(request);
        }

        @Override
        public String difference(JournalRow recorded) {
            return "";
        }

        @Override
        @SuppressWarnings("NullAway") // what user code returned as null comes back as null
        public T decode(JournalRow row) {
            return context.payloads().decode(row.output(), type, "The recorded result of activity \"" + name + "\"");
        }

        @Override
        public @Nullable Payload encode(T result) {
            return context.payloads().encode(result, type, "The result of activity \"" + name + "\"");
        }

        @Override
        public JournalRow described(JournalRow row, @Nullable T result) {
            return result == null ? row : row.costing(costOf(result));
        }
    }

    @Override
    public ActivityCall<T> key(String key) {
        if (identity != null) {
            throw new IllegalStateException(
                    "Activity \"" + name + "\" has its idempotency key already; call key(…) before idempotencyKey().");
        }
        this.key = key;
        return this;
    }

    @Override
    public <D> ActivityCall<T> undo(Undo<D> undo, D data) {
        undoBy(undo, () -> data);
        return this;
    }

    /** The data is made when it is about to be recorded, after all that may come before the call. */
    <D> void undoBy(Undo<D> undo, Supplier<? extends D> data) {
        this.undo = undo;
        this.undoData = data;
    }

    @Override
    public ActivityCall<T> request(Object request) {
        this.request = request;
        return this;
    }

    @Override
    public ActivityCall<T> accept(Consumer<? super T> check) {
        this.check = check;
        return this;
    }

    @Override
    public ActivityCall<T> costs(Function<? super T, ? extends @Nullable BigDecimal> cost) {
        this.cost = cost;
        return this;
    }

    @Override
    public ActivityCall<T> atMostOnce() {
        this.atMostOnce = true;
        return this;
    }

    @Override
    public ActivityCall<T> verify(Callable<Verdict<T>> found) {
        this.verification = found;
        return this;
    }

    @Override
    public ActivityCall<T> rerunSameKey() {
        this.rerunsSameKey = true;
        return this;
    }

    @Override
    public String idempotencyKey() {
        return Keys.activity(context.job(), identity());
    }

    private String identity() {
        String known = identity;
        if (known == null) {
            known = key != null ? name + ":" + key : context.nextIdentity(name);
            identity = known;
        }
        return known;
    }

    @Override
    public T run(Callable<T> call) {
        context.checkStop();
        if ((verification != null || rerunsSameKey) && !atMostOnce) {
            throw new IllegalStateException("Activity \"" + name
                    + "\" says what to do when its outcome is unknown, which only a call .atMostOnce() asks.");
        }
        String id = identity();
        Recording<T> recording = particular == null ? new Plain() : particular;
        String requestHash = recording.requestHash();
        List<JournalRow> recorded = context.recordedActivities();
        List<JournalRow> mine =
                recorded.stream().filter(row -> id.equals(row.key())).toList();
        JournalRow last = mine.isEmpty() ? null : mine.get(mine.size() - 1);
        if (last != null) {
            checkRequest(recording, last, requestHash);
        }
        if (last != null && last.outcome() == Result.SUCCEEDED) {
            recording.replayed(last);
            return recording.decode(last);
        }
        if (atMostOnce && !rerunsSameKey && last != null && last.outcome() != Result.REJECTED) {
            recording.before();
            Optional<Found<T>> found = lookFor(recording, last, requestHash);
            if (found.isPresent()) {
                return found.get().result();
            }
        } else if (last != null
                && last.outcome() == Result.FAILED
                && hasLater(recorded, last)
                && !recording.isPassing(last)) {
            throw replayedFailure(last);
        } else {
            recording.before();
        }
        if (undo != null && mine.stream().noneMatch(row -> row.outcome() == Result.BEGUN)) {
            recordIntent(id, requestHash, undo, undoData.get());
        } else if (atMostOnce && (last == null || last.outcome() != Result.BEGUN)) {
            record(event(Result.BEGUN, id, requestHash, 0, null, null, null, null));
        }
        return execute(recording, call, id, requestHash);
    }

    /**
     * What a call returned that must not be made twice and of which {@code last} is the last that is known: begun, or failed. Empty if
     * it had no effect.
     */
    private Optional<Found<T>> lookFor(Recording<T> recording, JournalRow last, @Nullable String requestHash) {
        Callable<Verdict<T>> looking = verification;
        Verdict<T> verdict = looking == null ? Verdict.unclear() : ask(looking);
        if (verdict instanceof Verdict.NotApplied<T>) {
            return Optional.empty();
        }
        if (verdict instanceof Verdict.Applied<T> applied) {
            return Optional.of(keep(recording, applied.output(), requestHash));
        }
        if (last.outcome() == Result.FAILED) {
            throw replayedFailure(last);
        }
        throw new OutcomeUnknown("Nobody knows whether activity \"" + name + "\" of step \"" + context.step()
                + "\" took effect: the process died in it"
                + (looking == null ? "" : ", and its verification cannot tell")
                + ". Find out, and say so by resolveNotApplied(…), which makes the call, or by resolveApplied(…) with the"
                + " step's output.");
    }

    private Verdict<T> ask(Callable<Verdict<T>> looking) {
        try {
            Verdict<T> verdict = looking.call();
            if (verdict == null) {
                throw new SagaException("The verification of activity \"" + name
                        + "\" returned null. Return Verdict.applied(…), notApplied() or unclear().");
            }
            return verdict;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                context.checkStop();
            }
            throw new SagaException("Looking for the effect of activity \"" + name + "\" failed: " + e.getMessage(), e);
        }
    }

    /** What a look for an effect found; it may be null. */
    private record Found<T>(T result) {}

    @SuppressWarnings("NullAway") // what user code returned as null comes back as null
    private Found<T> keep(Recording<T> recording, @Nullable T output, @Nullable String requestHash) {
        check.accept(output);
        Payload payload = recording.encode(output);
        record(recording.described(
                event(Result.SUCCEEDED, identity(), requestHash, 0, null, null, payload, null), output));
        return new Found<>(output);
    }

    private void checkRequest(Recording<T> recording, JournalRow last, @Nullable String requestHash) {
        if (last.requestHash() != null
                && requestHash != null
                && !last.requestHash().equals(requestHash)) {
            throw new ReplayMismatch("Saga " + context.sagaId() + " recorded activity \"" + last.key() + "\" of step \""
                    + context.step()
                    + "\" with another request than the code asks now. " + recording.difference(last)
                    + "Keep the code that built the request until"
                    + " running sagas finish, or retry the step with edited input to run its activities anew.");
        }
    }

    private static boolean hasLater(List<JournalRow> recorded, JournalRow row) {
        String lane = lane(row.key());
        return recorded.stream().anyMatch(other -> other.n() > row.n() && lane.equals(lane(other.key())));
    }

    /** Only what comes after a failure by the same course of events tells that the code went on behind it: keys may name one, as "LANE/…". */
    private static String lane(@Nullable String key) {
        int colon = key == null ? -1 : key.indexOf(':');
        int slash = key == null ? -1 : key.lastIndexOf('/');
        return key != null && colon >= 0 && slash > colon ? key.substring(colon + 1, slash) : "";
    }

    private RuntimeException replayedFailure(JournalRow row) {
        Failure failure = Failures.parse(context.payloads(), row.error());
        if (failure == null) {
            return new ActivityFailed(name, "unknown", "Activity \"" + name + "\" failed.", null);
        }
        if (failure.type().equals(StepRejected.class.getName())) {
            return new StepRejected(failure.message());
        }
        if (failure.type().equals(SagaAborted.class.getName())) {
            return new SagaAborted(failure.message());
        }
        return new ActivityFailed(name, failure.type(), failed(failure.message()), null);
    }

    private String failed(@Nullable String message) {
        return "Activity \"" + name + "\" failed: " + message;
    }

    private void recordIntent(String id, @Nullable String requestHash, Undo<?> by, @Nullable Object data) {
        boolean registered = context.run()
                .known()
                .definition()
                .flatMap(definition -> definition.undo(by.name()))
                .filter(same -> same.equals(by))
                .isPresent();
        if (!registered) {
            throw new SagaException("Activity \"" + name + "\" is undone by \"" + by.name()
                    + "\", which is not registered in its saga's definition. Register it with saga.undo(…).");
        }
        Payload payload = context.payloads().encode(data, by.data(), "The undo data of activity \"" + name + "\"");
        record(event(Result.BEGUN, id, requestHash, 0, by.name(), payload, null, null));
    }

    @SuppressWarnings("NullAway") // what user code returned as null comes back as null
    private T execute(Recording<T> recording, Callable<T> call, String id, @Nullable String requestHash) {
        long from = System.nanoTime();
        T result = null;
        boolean elsewhere = context.beginCall();
        if (atMostOnce) {
            context.enterOnce();
        }
        try {
            result = call.call();
            check.accept(result);
            Payload payload = recording.encode(result);
            record(recording.described(
                    event(Result.SUCCEEDED, id, requestHash, micros(from), null, null, payload, null), result));
            return result;
        } catch (LeaseLost | StepStopped | ReplayMismatch | StepRests | BudgetReached e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                context.checkStop();
            }
            Failure failure = Failures.of(context.step(), e);
            record(recording.failed(
                    event(
                            Result.FAILED,
                            id,
                            requestHash,
                            micros(from),
                            null,
                            null,
                            null,
                            Failures.json(context.payloads(), failure)),
                    result,
                    e));
            recording.afterFailure(e);
            if (e instanceof StepRejected || e instanceof SagaAborted || e instanceof PayloadException) {
                throw (RuntimeException) e;
            }
            throw new ActivityFailed(name, failure.type(), failed(failure.message()), e);
        } finally {
            if (atMostOnce) {
                context.leaveOnce();
            }
            context.endCall(elsewhere);
        }
    }

    /** A cost that cannot be told must not cost the result. */
    private @Nullable BigDecimal costOf(T result) {
        Function<? super T, ? extends @Nullable BigDecimal> asked = cost;
        if (asked == null) {
            return null;
        }
        try {
            BigDecimal told = asked.apply(result);
            if (told == null || told.signum() >= 0) {
                return told;
            }
            log.warn("Activity \"{}\" of saga {} says it cost {}; none is recorded", name, context.sagaId(), told);
        } catch (RuntimeException e) {
            log.warn(
                    "What activity \"{}\" of saga {} cost cannot be told; none is recorded", name, context.sagaId(), e);
        }
        return null;
    }

    private static long micros(long from) {
        return Math.max(1, (System.nanoTime() - from) / 1000);
    }

    private JournalRow event(
            Result outcome,
            String id,
            @Nullable String requestHash,
            long micros,
            @Nullable String undoneBy,
            @Nullable Payload data,
            @Nullable Payload output,
            @Nullable String error) {
        return JournalRow.activity(
                context.job().place(),
                context.nextEvent(),
                outcome,
                context.job().owner() == null ? 0 : context.job().owner(),
                context.job().fence(),
                micros,
                name,
                id,
                requestHash,
                undoneBy,
                data,
                output,
                error);
    }

    private void record(JournalRow row) {
        context.record(new ActivityEvent(context.job(), row));
    }
}
