package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Operator;
import dev.belay.Purged;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.UnknownSaga;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

@BelayTest
class OnceTest {
    private static SagaDefinition<String, Void> failing() {
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    private static long decisions(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select count(*) from " + kit.schema() + ".operation")
                        .mapTo(Long.class)
                        .one());
    }

    @Test
    void aRepeatedRequestChangesNothingAndReturnsWhatTheFirstCameTo(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");
        kit.runUntilIdle();
        UUID request = UUID.randomUUID();
        String seen = trip.view().version();

        assertThat(kit.operator("alice").once(request).expecting(seen).retry(trip.id(), "again"))
                .isEqualTo(SagaState.RUNNING);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);

        assertThat(kit.operator("bob").once(request).expecting(seen).retry(trip.id(), "again"))
                .isEqualTo(SagaState.RUNNING);
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(decisions(kit)).isOne();
    }

    @Test
    void anIdStandsForOneDecisionAboutOneSaga(SagaKit kit) {
        SagaDefinition<String, Void> definition = failing();
        var trip = kit.start(definition, "oslo");
        var other = kit.start(definition, "bergen");
        kit.runUntilIdle();
        Operator once = kit.operator("alice").once(UUID.randomUUID());
        once.retry(trip.id(), "again");
        kit.runUntilIdle();

        assertThatThrownBy(() -> once.retry(other.id(), "again"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(other.id().toString())
                .hasMessageContaining("was used for another decision");
        assertThatThrownBy(() -> once.cancel(trip.id(), "no more")).isInstanceOf(IllegalArgumentException.class);
        assertThat(other.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(decisions(kit)).isOne();
    }

    @Test
    void aRefusedCallUsesUpNothing(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");
        UUID request = UUID.randomUUID();
        Operator once = kit.operator("alice").once(request);
        assertThatThrownBy(() -> once.retry(trip.id(), "too early")).hasMessageContaining("waits for an operator");

        kit.runUntilIdle();

        assertThat(once.retry(trip.id(), "now")).isEqualTo(SagaState.RUNNING);
        assertThat(decisions(kit)).isOne();
    }

    @Test
    void ofManyAtOnceOneIsCarriedOut(SagaKit kit) throws Exception {
        SagaDefinition<String, Void> definition = failing();
        for (int round = 0; round < 10; round++) {
            var trip = kit.start(definition, "oslo");
            kit.runUntilIdle();
            long before = decisions(kit);
            int journal = trip.journal().size();
            UUID request = UUID.randomUUID();

            List<SagaState> states =
                    atOnce(4, () -> kit.operator("alice").once(request).retry(trip.id(), "sent again"));

            assertThat(states).containsOnly(SagaState.RUNNING).hasSize(4);
            assertThat(decisions(kit)).isEqualTo(before + 1);
            assertThat(trip.journal()).hasSize(journal + 1);
            kit.runUntilIdle();
        }
    }

    @Test
    void ofManyAtOnceAboutSeveralSagasOneIsCarriedOut(SagaKit kit) throws Exception {
        SagaDefinition<String, Void> definition = failing();
        for (int round = 0; round < 10; round++) {
            List<UUID> trips = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                trips.add(kit.start(definition, "oslo").id());
            }
            kit.runUntilIdle();
            long before = decisions(kit);
            UUID request = UUID.randomUUID();
            List<UUID> left = new java.util.concurrent.CopyOnWriteArrayList<>(trips);

            List<Boolean> done = atOnce(4, () -> {
                UUID mine;
                synchronized (left) {
                    mine = left.remove(0);
                }
                try {
                    kit.operator("alice").once(request).resolve(mine, "one of them");
                    return true;
                } catch (IllegalArgumentException e) {
                    return false;
                }
            });

            assertThat(done).containsOnlyOnce(true);
            assertThat(decisions(kit)).isEqualTo(before + 1);
            assertThat(trips.stream().filter(id -> kit.belay().saga(id).state() == SagaState.RESOLVED))
                    .hasSize(1);
        }
    }

    @Test
    void aRepeatedPurgeFindsNothingMore(SagaKit kit) throws Exception {
        SagaDefinition<String, Void> definition = failing();
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();
        kit.operator("alice").resolve(trip.id(), "done by hand");
        UUID request = UUID.randomUUID();

        List<Purged> purged =
                atOnce(2, () -> kit.operator("alice").once(request).purge(trip.id(), "asked to be forgotten"));

        assertThat(purged).extracting(Purged::sagas).containsExactlyInAnyOrder(1L, 0L);
        assertThat(decisions(kit)).isOne();
        assertThatThrownBy(() -> kit.operator("alice").purge(trip.id(), "again"))
                .isInstanceOf(UnknownSaga.class);
    }

    private static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
        CyclicBarrier together = new CyclicBarrier(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                calls.add(executor.submit(() -> {
                    together.await();
                    return call.call();
                }));
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
