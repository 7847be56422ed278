package dev.belay.internal.coordinator;

import dev.belay.JournalEntry;
import dev.belay.SagaView;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.Called;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What is told of a saga to those who ask. */
public final class Views {
    private static final int MOST_BLOCKERS = 100;

    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    /** Views over the given tables. */
    public Views(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    /** The row of a saga. */
    public SagaRow row(UUID id) {
        return jdbi.withHandle(handle -> tables.sagas().find(handle, id)).orElseThrow(() -> new UnknownSaga(id));
    }

    /** A saga in full. */
    public SagaView view(UUID id) {
        return jdbi.inTransaction(handle -> {
            Jdbis.readOneMoment(handle);
            return view(handle, tables.sagas().find(handle, id).orElseThrow(() -> new UnknownSaga(id)));
        });
    }

    /** The same of a row just read, in a transaction that sees one moment. */
    SagaView view(Handle handle, SagaRow saga) {
        return view(handle, saga, any -> true);
    }

    /** The same for somebody who may see certain sagas below it only. */
    SagaView view(Handle handle, SagaRow saga, Predicate<UUID> seen) {
        UUID id = saga.id();
        List<JobRow> jobs = tables.jobs().of(handle, id);
        Plan plan = definitions.plan(saga.planId()).plan();
        return new SagaView(
                saga.id(),
                plan.definition(),
                plan.version(),
                saga.state(),
                Optional.ofNullable(saga.cause()),
                Optional.ofNullable(Failures.parse(payloads, saga.failure())),
                saga.pivotPassed(),
                saga.cancelRequested(),
                saga.residue(),
                saga.paused(),
                saga.startedAt(),
                Optional.ofNullable(saga.deadlineAt()),
                Optional.ofNullable(saga.endedAt()),
                version(saga, jobs),
                jobs.stream().map(Views::job).toList(),
                Optional.ofNullable(saga.parent()).map(SagaRow.Parent::sagaId),
                tables.forks().origin(handle, id).map(origin -> new SagaView.Origin(origin.saga(), origin.seq())),
                blockers(handle, saga, jobs, seen));
    }

    private List<SagaView.Blocker> blockers(Handle handle, SagaRow saga, List<JobRow> jobs, Predicate<UUID> seen) {
        boolean waits = jobs.stream().anyMatch(job -> job.awaits() != null && Awaited.isChild(job.awaits()));
        return !waits
                ? List.of()
                : tables.children().stuck(handle, saga, MOST_BLOCKERS).stream()
                        .filter(stuck -> seen.test(stuck.id()))
                        .map(stuck -> new SagaView.Blocker(
                                stuck.id(),
                                definitions.plan(stuck.plan()).plan().definition(),
                                stuck.state()))
                        .toList();
    }

    private static SagaView.JobView job(JobRow job) {
        return new SagaView.JobView(
                job.branch(),
                job.seq(),
                job.step(),
                job.state().name(),
                job.undoing(),
                job.attempt(),
                job.failures(),
                job.runAt(),
                Optional.ofNullable(job.awaits()),
                Optional.ofNullable(job.deadlineAt()),
                Optional.ofNullable(job.owner()));
    }

    /** The token that changes with everything an operator's decision may depend on. */
    static String version(SagaRow saga, List<JobRow> jobs) {
        int hash = Objects.hash(saga.state().name(), saga.cancelRequested(), saga.pivotPassed());
        for (JobRow job : jobs) {
            hash = 31 * hash
                    + Objects.hash(
                            job.branch(),
                            job.seq(),
                            job.attempt(),
                            job.fence(),
                            job.state().name(),
                            job.undoing());
        }
        return saga.epoch() + "-" + Integer.toHexString(hash);
    }

    /** Everything that happened to a saga. */
    public List<JournalEntry> journal(UUID id) {
        row(id);
        return jdbi.withHandle(handle -> tables.journal().of(handle, id)).stream()
                .map(this::entry)
                .sorted(Comparator.comparing(JournalEntry::at)
                        .thenComparing(entry -> entry.kind() == JournalEntry.Kind.END))
                .toList();
    }

    /** A row of the journal as it is told. */
    JournalEntry entry(JournalRow row) {
        JournalRow.Place place = row.place();
        return new JournalEntry(
                row.kind(),
                row.outcome(),
                place.undoing(),
                place.branch(),
                place.seq(),
                place.run(),
                row.n(),
                row.item(),
                place.step(),
                Optional.ofNullable(row.name()),
                Objects.requireNonNullElse(row.recordedAt(), Instant.EPOCH),
                row.tookMicros() == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(row.tookMicros() * 1000)),
                Optional.ofNullable(row.input()).map(Payload::json),
                Optional.ofNullable(row.output()).map(Payload::json),
                Optional.ofNullable(Failures.parse(payloads, row.error())),
                Optional.ofNullable(row.worker()),
                Optional.ofNullable(row.spend()),
                Optional.ofNullable(Called.told(row)));
    }
}
