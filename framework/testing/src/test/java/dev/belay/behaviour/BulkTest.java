package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.UnknownSaga;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.BulkOperations.Forecast;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.Scope;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

@BelayTest
class BulkTest {
    private static final SagaFilter SUSPENDED = SagaFilter.where(Condition.state(SagaState.SUSPENDED));
    private static final Scope ALL = Scope.everything();

    private final AtomicBoolean works = new AtomicBoolean();
    private final AtomicInteger runs = new AtomicInteger();

    private SagaDefinition<String, Void> trip() {
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    runs.incrementAndGet();
                    if (!works.get()) {
                        throw new IllegalStateException("full");
                    }
                    return "booked";
                })
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    private static List<String> towns(int n) {
        return IntStream.range(0, n).mapToObj(i -> "town " + i).toList();
    }

    private List<SagaHandle<Void>> failed(SagaKit kit, int n) {
        SagaDefinition<String, Void> trip = trip();
        kit.open(trip);
        List<SagaHandle<Void>> trips = kit.belay().startAll(trip, towns(n), StartOptions.defaults());
        kit.runUntilIdle();
        return trips;
    }

    private static Jdbi jdbi(SagaKit kit) {
        return Jdbi.create(kit.dataSource());
    }

    private static long count(SagaKit kit, String sql) {
        return jdbi(kit)
                .withHandle(handle -> handle.createQuery(sql.replace("belay.", kit.schema() + "."))
                        .mapTo(Long.class)
                        .one());
    }

    private static List<String> texts(SagaKit kit, String sql) {
        return jdbi(kit)
                .withHandle(handle -> handle.createQuery(sql.replace("belay.", kit.schema() + "."))
                        .mapTo(String.class)
                        .list());
    }

    private static BulkStatus status(SagaKit kit, UUID id) {
        return kit.belay().inspect().bulk(id).orElseThrow();
    }

    private static List<BulkItem> items(SagaKit kit, UUID id, BulkItem.Result... results) {
        return kit.belay()
                .inspect()
                .bulkItems(id, Set.of(results), Optional.empty(), 500)
                .items();
    }

    @Test
    void aThousandFailedSagasAreRetriedByTheWorkersAndComplete(SagaKit kit) {
        failed(kit, 1_000);
        works.set(true);
        UUID id = UUID.randomUUID();

        BulkStatus begun = kit.belay().bulk().begin(id, SUSPENDED, BulkAction.RETRY, ALL, "alice", "the hotel is back");
        assertThat(begun.total()).isEqualTo(1_000);
        assertThat(begun.endedAt()).isEmpty();
        kit.runUntilIdle();

        assertThat(status(kit, id))
                .extracting(BulkStatus::done, BulkStatus::refused, BulkStatus::failed, BulkStatus::stopped)
                .containsExactly(1_000L, 0L, 0L, Optional.empty());
        assertThat(status(kit, id).endedAt()).isPresent();
        assertThat(runs).hasValue(2_000);
        assertThat(count(kit, "select count(*) from belay.saga where state = 'COMPLETED'"))
                .isEqualTo(1_000);
        assertThat(count(
                        kit,
                        "select count(distinct saga_id) from belay.operation where action = 'retry' and actor = 'alice'"
                                + " and reason = 'the hotel is back (bulk " + id + ")'"))
                .isEqualTo(1_000);
    }

    @Test
    void whoeverRefusesIsNamedWithTheReason(SagaKit kit) {
        List<SagaHandle<Void>> trips = failed(kit, 4);
        UUID id = UUID.randomUUID();
        kit.belay().bulk().begin(id, SUSPENDED, BulkAction.RETRY, ALL, "alice", "again");
        kit.operator("bob").resolve(trips.get(0).id(), "done by hand");
        kit.operator("bob").resolve(trips.get(1).id(), "done by hand");
        kit.operator("bob").purge(trips.get(1).id(), "asked to be forgotten");
        works.set(true);

        assertThat(kit.belay().bulk().carryOn(100)).isEqualTo(4);

        assertThat(status(kit, id))
                .extracting(BulkStatus::done, BulkStatus::refused, BulkStatus::failed)
                .containsExactly(2L, 2L, 0L);
        assertThat(items(kit, id, BulkItem.Result.REFUSED))
                .extracting(BulkItem::saga)
                .containsExactlyInAnyOrder(trips.get(0).id(), trips.get(1).id());
        assertThat(items(kit, id, BulkItem.Result.REFUSED))
                .filteredOn(item -> item.saga().equals(trips.get(0).id()))
                .singleElement()
                .satisfies(item ->
                        assertThat(item.words()).contains("Cannot retry").contains("RESOLVED"));
        assertThat(items(kit, id, BulkItem.Result.DONE))
                .extracting(BulkItem::words)
                .containsOnly("RUNNING");
        assertThat(trips.get(0).state()).isEqualTo(SagaState.RESOLVED);
        kit.runUntilIdle();
        assertThat(trips.get(2).state()).isEqualTo(SagaState.COMPLETED);
    }

    @Test
    void ofManyWhoCarryOnNoneDecidesTwice(SagaKit kit) throws Exception {
        failed(kit, 200);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        kit.belay().bulk().begin(first, SUSPENDED, BulkAction.PAUSE, ALL, "alice", "hold on");
        kit.belay().bulk().begin(second, SUSPENDED, BulkAction.RESUME, ALL, "bob", "go on");

        List<Integer> done = atOnce(4, () -> {
            int all = 0;
            for (int some = -1; some != 0; ) {
                some = kit.belay().bulk().carryOn(7);
                all += some;
            }
            return all;
        });

        assertThat(done.stream().mapToInt(Integer::intValue).sum()).isEqualTo(400);
        kit.belay().bulk().carryOn(1);
        for (UUID id : List.of(first, second)) {
            assertThat(status(kit, id).done()).isEqualTo(200);
            assertThat(status(kit, id).endedAt()).isPresent();
            assertThat(count(kit, "select count(*) from belay.operation where reason like '%" + id + ")'"))
                    .isEqualTo(200);
            assertThat(count(
                            kit,
                            "select count(distinct saga_id) from belay.operation where reason like '%" + id + ")'"))
                    .isEqualTo(200);
        }
    }

    @Test
    void aStoppedOneDoesNothingMore(SagaKit kit) {
        failed(kit, 20);
        UUID id = UUID.randomUUID();
        BulkOperations bulk = kit.belay().bulk();
        bulk.begin(id, SUSPENDED, BulkAction.RESOLVE, ALL, "alice", "no more");
        assertThat(bulk.carryOn(5)).isEqualTo(5);

        BulkStatus stopped = bulk.stop(id, ALL, "bob", "wait a moment");

        assertThat(stopped.stopped()).hasValue("bob");
        assertThat(stopped.endedAt()).isPresent();
        assertThat(bulk.carryOn(100)).isZero();
        assertThat(status(kit, id).done()).isEqualTo(5);
        assertThat(items(kit, id, BulkItem.Result.WAITING)).hasSize(15);
        assertThat(bulk.stop(id, ALL, "carol", "me too").stopped()).hasValue("bob");
        assertThat(texts(
                        kit,
                        "select actor || ' ' || action || ': ' || after from belay.operation"
                                + " where control_kind = 'bulk' and control_name = '" + id + "' order by id"))
                .containsExactly("alice begin: resolve 20 sagas", "bob stop: after 5 of 20");
    }

    @Test
    void whatBeginsTwiceBeganOnce(SagaKit kit) throws Exception {
        failed(kit, 3);
        UUID id = UUID.randomUUID();

        List<BulkStatus> begun =
                atOnce(4, () -> kit.belay().bulk().begin(id, SUSPENDED, BulkAction.RESOLVE, ALL, "alice", "no more"));
        kit.belay().bulk().carryOn(10);

        assertThat(begun).extracting(BulkStatus::total).containsOnly(3L);
        BulkStatus again = kit.belay().bulk().begin(id, SUSPENDED, BulkAction.RESOLVE, ALL, "alice", "no more");
        assertThat(again.done()).isEqualTo(3);
        assertThat(again.filter()).isEqualTo(SUSPENDED);
        assertThat(count(kit, "select count(*) from belay.bulk_item")).isEqualTo(3);
        assertThat(count(kit, "select count(*) from belay.operation where control_kind = 'bulk'"))
                .isOne();
    }

    @Test
    void anIdIsForOneDecision(SagaKit kit) {
        SagaDefinition<String, Void> trip = trip();
        kit.start(trip, "oslo", StartOptions.defaults().tenant("ours"));
        kit.runUntilIdle();
        Scope ours = new Scope(Optional.of(Set.of("ours")), Optional.empty());
        Scope theirs = new Scope(Optional.of(Set.of("theirs")), Optional.empty());
        BulkOperations bulk = kit.belay().bulk();
        UUID id = UUID.randomUUID();
        bulk.begin(id, SUSPENDED, BulkAction.RESOLVE, ours, "alice", "no more");

        assertThat(bulk.begin(id, SUSPENDED, BulkAction.RESOLVE, ours, "alice", "no more")
                        .total())
                .isOne();
        List<Callable<BulkStatus>> others = List.of(
                () -> bulk.begin(id, SUSPENDED, BulkAction.RETRY, ours, "alice", "no more"),
                () -> bulk.begin(id, SagaFilter.all(), BulkAction.RESOLVE, ours, "alice", "no more"),
                () -> bulk.begin(id, SUSPENDED, BulkAction.RESOLVE, ours, "bob", "no more"),
                () -> bulk.begin(id, SUSPENDED, BulkAction.RESOLVE, theirs, "alice", "no more"));
        for (Callable<BulkStatus> other : others) {
            assertThatThrownBy(other::call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(id + " was used for another decision before");
        }
        assertThatThrownBy(() -> bulk.stop(id, theirs, "mallory", "enough"))
                .isInstanceOf(SagaException.class)
                .hasMessageContaining("There is no decision about many sagas with the id " + id);
        assertThat(status(kit, id).endedAt()).isEmpty();
        assertThat(bulk.stop(id, ours, "alice", "enough").stopped()).hasValue("alice");
    }

    @Test
    void aSagaThatSomebodyHasLockedHoldsUpNoOther(SagaKit kit) {
        List<SagaHandle<Void>> trips = failed(kit, 3);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        kit.belay().bulk().begin(first, SUSPENDED, BulkAction.PAUSE, ALL, "alice", "hold on");
        kit.belay().bulk().begin(second, SUSPENDED, BulkAction.PAUSE, ALL, "alice", "hold on");

        jdbi(kit).useTransaction(handle -> {
            handle.select(
                            "select id from " + kit.schema() + ".saga where id = ? for update",
                            trips.get(0).id())
                    .mapTo(UUID.class)
                    .one();
            assertThat(kit.belay().bulk().carryOn(10)).isEqualTo(4);
            assertThat(items(kit, first, BulkItem.Result.WAITING))
                    .singleElement()
                    .satisfies(item ->
                            assertThat(item.saga()).isEqualTo(trips.get(0).id()));
        });
        await().until(() -> {
            kit.belay().bulk().carryOn(10);
            return status(kit, first).endedAt().isPresent()
                    && status(kit, second).endedAt().isPresent();
        });

        assertThat(status(kit, first).done()).isEqualTo(3);
        assertThat(status(kit, second).done()).isEqualTo(3);
    }

    @Test
    void eachOpenDecisionHasItsShare(SagaKit kit) {
        failed(kit, 20);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        kit.belay().bulk().begin(first, SUSPENDED, BulkAction.PAUSE, ALL, "alice", "hold on");
        kit.belay().bulk().begin(second, SUSPENDED, BulkAction.PAUSE, ALL, "bob", "hold on");

        assertThat(kit.belay().bulk().carryOn(10)).isEqualTo(10);

        assertThat(status(kit, first).done()).isEqualTo(5);
        assertThat(status(kit, second).done()).isEqualTo(5);
        assertThat(kit.belay().bulk().carryOn(100)).isEqualTo(30);
    }

    @Test
    void whatHasEndedIsPurgedWithItsItemsAndAudit(SagaKit kit) {
        failed(kit, 3);
        UUID ended = UUID.randomUUID();
        UUID open = UUID.randomUUID();
        kit.belay().bulk().begin(ended, SUSPENDED, BulkAction.PAUSE, ALL, "alice", "hold on");
        kit.belay().bulk().carryOn(100);
        kit.belay().bulk().carryOn(100);
        kit.belay().bulk().begin(open, SUSPENDED, BulkAction.RESUME, ALL, "alice", "go on");
        kit.advance(Duration.ofDays(2));

        kit.belay().purge(Retention.of(Duration.ofDays(1)).keepingAudit());
        assertThat(count(kit, "select count(*) from belay.bulk")).isEqualTo(2);
        kit.belay().purge(Retention.of(Duration.ofDays(1)));

        assertThat(texts(kit, "select id::text from belay.bulk")).containsExactly(open.toString());
        assertThat(count(kit, "select count(*) from belay.bulk_item")).isEqualTo(3);
        assertThat(texts(kit, "select control_name from belay.operation where control_kind = 'bulk'"))
                .containsExactly(open.toString());
    }

    @Test
    void whatCannotBeginLeavesNothing(SagaKit kit) {
        failed(kit, 1);
        BulkOperations bulk = kit.belay().bulk();
        UUID id = UUID.randomUUID();
        SagaFilter nobody = SagaFilter.where(Condition.is(Field.DEFINITION, "none"));

        assertThatThrownBy(() -> bulk.begin(id, nobody, BulkAction.RETRY, ALL, "alice", "again"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("No saga is meant");
        assertThatThrownBy(() -> bulk.begin(id, SUSPENDED, BulkAction.RETRY, ALL, "alice", " "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reason");
        assertThatThrownBy(() -> bulk.stop(id, ALL, "alice", "enough"))
                .isInstanceOf(SagaException.class)
                .hasMessageContaining(id.toString());
        assertThat(count(kit, "select count(*) from belay.bulk")).isZero();
    }

    @Test
    void whatIsOutOfScopeIsNeverTouched(SagaKit kit) {
        SagaDefinition<String, Void> trip = trip();
        var ours = kit.start(trip, "oslo", StartOptions.defaults().tenant("ours"));
        var theirs = kit.start(trip, "bergen", StartOptions.defaults().tenant("theirs"));
        kit.runUntilIdle();
        Scope scope = new Scope(Optional.of(Set.of("ours")), Optional.empty());

        assertThat(kit.belay()
                        .bulk()
                        .forecast(SUSPENDED, BulkAction.RESOLVE, scope)
                        .count()
                        .n())
                .isOne();
        BulkStatus begun =
                kit.belay().bulk().begin(UUID.randomUUID(), SUSPENDED, BulkAction.RESOLVE, scope, "alice", "no more");
        kit.belay().bulk().carryOn(10);

        assertThat(begun.total()).isOne();
        assertThat(ours.state()).isEqualTo(SagaState.RESOLVED);
        assertThat(theirs.state()).isEqualTo(SagaState.SUSPENDED);
    }

    @Test
    void aForecastCountsAndChangesNothing(SagaKit kit) {
        List<SagaHandle<Void>> trips = failed(kit, 5);
        kit.operator("bob").resolve(trips.get(0).id(), "done by hand");
        kit.operator("bob").cancel(trips.get(1).id(), "not wanted");
        kit.runUntilIdle();
        SagaFilter all = SagaFilter.all();
        BulkOperations bulk = kit.belay().bulk();

        Forecast retry = bulk.forecast(all, BulkAction.RETRY, ALL);

        assertThat(retry.count().n()).isEqualTo(5);
        assertThat(retry.count().orMore()).isFalse();
        assertThat(retry.byState()).isEqualTo(Map.of("SUSPENDED", 3L, "RESOLVED", 1L, "COMPENSATED", 1L));
        assertThat(retry.willing()).isEqualTo(3);
        assertThat(bulk.forecast(all, BulkAction.CANCEL, ALL).willing()).isEqualTo(4);
        for (BulkAction action : BulkAction.values()) {
            UUID id = UUID.randomUUID();
            long willing = bulk.forecast(all, action, ALL).willing();
            bulk.begin(id, all, action, ALL, "alice", "as foretold");
            bulk.carryOn(100);
            assertThat(status(kit, id).done()).as("%s", action).isEqualTo(willing);
            assertThat(status(kit, id).failed()).isZero();
            kit.runUntilIdle();
        }
    }

    @Test
    void anUnexpectedErrorIsNotedAndTheOthersAreDone(SagaKit kit) {
        List<SagaHandle<Void>> trips = failed(kit, 3);
        UUID broken = trips.get(1).id();
        jdbi(kit).useHandle(handle -> {
            handle.execute("create function " + kit.schema() + ".refuse() returns trigger language plpgsql as $$ begin"
                    + " raise exception 'this row is not to be written'; end $$");
            handle.execute("create trigger refuse before insert on " + kit.schema() + ".operation for each row when"
                    + " (new.saga_id = '" + broken + "') execute function " + kit.schema() + ".refuse()");
        });
        UUID id = UUID.randomUUID();

        kit.belay().bulk().begin(id, SUSPENDED, BulkAction.RESOLVE, ALL, "alice", "no more");
        kit.belay().bulk().carryOn(10);

        assertThat(status(kit, id))
                .extracting(BulkStatus::done, BulkStatus::failed)
                .containsExactly(2L, 1L);
        assertThat(items(kit, id, BulkItem.Result.FAILED)).singleElement().satisfies(item -> {
            assertThat(item.saga()).isEqualTo(broken);
            assertThat(item.words()).contains("SQL state P0001").doesNotContain("not to be written");
        });
        assertThat(trips.get(1).state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(status(kit, id).endedAt()).isPresent();
    }

    @Test
    void whatSomebodyWasShownIsInTheAudit(SagaKit kit) {
        var trip = failed(kit, 1).get(0);

        kit.belay().audit("alice", "look at a payload", Optional.of(trip.id()), "the input of step hotel");
        kit.belay().audit("alice", "sign in", Optional.empty(), "from 10.0.0.1");

        assertThat(texts(
                        kit,
                        "select concat_ws('|', actor, action, reason, saga_id, control_kind, control_name, before, after)"
                                + " from belay.operation order by id"))
                .containsExactly(
                        "alice|look at a payload|the input of step hotel|" + trip.id() + "|SUSPENDED|SUSPENDED",
                        "alice|sign in|from 10.0.0.1|dashboard|sign in||");
        assertThatThrownBy(() -> kit.belay().audit("alice", "look", Optional.of(UUID.randomUUID()), "at nothing"))
                .isInstanceOf(UnknownSaga.class);
        assertThatThrownBy(() -> kit.belay().audit(" ", "look", Optional.empty(), "at it"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                calls.add(executor.submit(call));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : calls) {
                results.add(one.get());
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }
}
