package dev.belay.behaviour;

import static dev.belay.SagaEvent.Type.COMPENSATED;
import static dev.belay.SagaEvent.Type.COMPENSATION_FAILED;
import static dev.belay.SagaEvent.Type.COMPLETED;
import static dev.belay.SagaEvent.Type.RESOLVED;
import static dev.belay.SagaEvent.Type.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaHandle;
import dev.belay.SagaListener;
import dev.belay.SagaState;
import dev.belay.StepRejected;
import dev.belay.WebhookRefused;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Events out: what happens to sagas is told to listeners and webhooks at least once, and only if it happened. */
@BelayTest
class EventsTest {
    private static final Duration LATER = Duration.ofSeconds(31);

    /** A listener as an application has them: a class, that remembers. */
    static class Remembering implements SagaListener {
        final List<SagaEvent> heard = new CopyOnWriteArrayList<>();

        @Override
        public void heard(SagaEvent event) throws Exception {
            heard.add(event);
        }

        List<SagaEvent.Type> types(SagaHandle<?> saga) {
            return heard.stream()
                    .filter(event -> event.saga().equals(saga.id()))
                    .map(SagaEvent::type)
                    .toList();
        }
    }

    /** Fails until it is told to listen. */
    static final class Deaf extends Remembering {
        volatile boolean listens;

        @Override
        public void heard(SagaEvent event) throws Exception {
            super.heard(event);
            if (!listens) {
                throw new IllegalStateException("not listening");
            }
        }
    }

    /** What its input says becomes of it. */
    private static Saga<String> trip() {
        Saga<String> saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> "F-1")
                .undo(u -> {
                    if (u.input().equals("stuck")) {
                        throw new IllegalStateException("the airline does not answer");
                    }
                })
                .undoRetry(RetryPolicy.never());
        saga.step("hotel", String.class, ctx -> {
                    switch (ctx.input()) {
                        case "fine" -> {
                            return "H-1";
                        }
                        case "broken" -> throw new IllegalStateException("no line");
                        default -> throw new StepRejected("no room");
                    }
                })
                .retry(RetryPolicy.never());
        return saga;
    }

    private static SagaDefinition<String, Void> definition() {
        return trip().returnsNothing();
    }

    @Test
    @DisplayName("every kind of event is told to a listener and to a webhook")
    void everyKind(SagaKit kit) throws Exception {
        try (var server = HookServer.start()) {
            var listener = new Remembering();
            kit.engineOptions(builder ->
                    builder.listener(listener).webhook(server.webhook().header("X-Team", "travel")));
            var definition = definition();
            var fine = kit.start(definition, "fine");
            var full = kit.start(definition, "full");
            var broken = kit.start(definition, "broken");
            var stuck = kit.start(definition, "stuck");

            kit.runUntilIdle();
            kit.operator("alice").resolve(broken.id(), "done by hand");
            kit.runUntilIdle();

            assertThat(listener.types(fine)).containsExactly(COMPLETED);
            assertThat(listener.types(full)).containsExactly(COMPENSATED);
            assertThat(listener.types(broken)).containsExactly(SUSPENDED, RESOLVED);
            assertThat(listener.types(stuck)).containsExactly(COMPENSATION_FAILED);
            assertThat(server.events())
                    .extracting(SagaEvent::id, SagaEvent::type, SagaEvent::saga, SagaEvent::step)
                    .containsExactlyInAnyOrderElementsOf(listener.heard.stream()
                            .map(event -> tuple(event.id(), event.type(), event.saga(), event.step()))
                            .toList());
            assertThat(server.requests).allSatisfy(request -> {
                assertThat(request.header("X-team")).isEqualTo("travel");
                assertThat(request.header("Content-type")).isEqualTo("application/json");
            });
            assertThat(outbox(kit)).isZero();
        }
    }

    @Test
    @DisplayName("an event says which saga, which step and why")
    void details(SagaKit kit) {
        var listener = new Remembering();
        kit.engineOptions(builder -> builder.listener(listener));
        var definition = definition();
        var broken = kit.start(definition, "broken");
        kit.runUntilIdle();
        kit.start(definition, "stuck");
        kit.runUntilIdle();

        assertThat(listener.heard.get(1)).satisfies(event -> {
            assertThat(event.step()).contains("flight");
            assertThat(event.details().orElseThrow()).contains("no room", "hotel");
        });
        assertThat(listener.heard.get(0)).satisfies(event -> {
            assertThat(event.saga()).isEqualTo(broken.id());
            assertThat(event.definition()).isEqualTo("trip");
            assertThat(event.step()).contains("hotel");
            assertThat(event.level()).isZero();
            assertThat(event.at()).isBeforeOrEqualTo(kit.now());
            assertThat(event.details().orElseThrow()).contains("no line", "STEP_FAILED");
        });
    }

    @Test
    @DisplayName("a receiver tells a forged request by its signature")
    void forged(SagaKit kit) throws Exception {
        try (var server = HookServer.start()) {
            kit.engineOptions(builder -> builder.webhook(server.webhook()));
            var fine = kit.start(definition(), "fine");

            kit.runUntilIdle();

            var request = server.requests.get(0);
            assertThat(request.verified().saga()).isEqualTo(fine.id());
            request.body()[10]++;
            assertThatThrownBy(request::verified).isInstanceOf(WebhookRefused.class);
        }
    }

    @Test
    @DisplayName("a webhook that answers no 2xx, or nothing in time, gets the same event again later")
    void notDelivered(SagaKit kit) throws Exception {
        try (var server = HookServer.start().answering(500, 302, HookServer.NO_ANSWER)) {
            kit.engineOptions(builder -> builder.webhook(server.webhook().timeout(Duration.ofMillis(300))));
            kit.start(definition(), "fine");

            kit.runUntilIdle();
            kit.runUntilIdle();
            assertThat(server.requests).hasSize(1);

            kit.runToTheEnd();

            assertThat(server.requests).hasSize(4);
            assertThat(server.events()).containsOnly(server.events().get(0));
            assertThat(server.requests.stream().map(request -> request.header("Webhook-id")))
                    .containsOnly(server.requests.get(0).header("Webhook-id"));
            assertThat(outbox(kit)).isZero();
        }
    }

    @Test
    @DisplayName("a webhook whose server is down gets its events when it is up again")
    void connectionRefused(SagaKit kit) throws Exception {
        var first = HookServer.start();
        kit.engineOptions(builder -> builder.webhook(first.webhook()));
        first.close();
        kit.start(definition(), "fine");
        kit.runUntilIdle();

        try (var second = HookServer.startAt(first.port())) {
            kit.advance(LATER);
            kit.runUntilIdle();

            assertThat(first.requests).isEmpty();
            assertThat(second.events()).extracting(SagaEvent::type).containsExactly(COMPLETED);
        }
    }

    @Test
    @DisplayName("an event is told although the process that was telling it has died")
    void deliveredByAnother(SagaKit kit) throws Exception {
        var begun = new CountDownLatch(1);
        var forEver = new CountDownLatch(1);
        var listener = new Remembering() {
            @Override
            public void heard(SagaEvent event) throws Exception {
                super.heard(event);
                if (heard.size() == 1) {
                    begun.countDown();
                    forEver.await();
                }
            }
        };
        kit.engineOptions(builder -> builder.listener(listener));
        kit.start(definition(), "fine");
        kit.startWorker();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        kit.crashWorker();
        kit.runUntilIdle();
        forEver.countDown();

        assertThat(listener.heard).hasSize(2);
        assertThat(listener.heard.get(1)).isEqualTo(listener.heard.get(0));
        assertThat(outbox(kit)).isZero();
    }

    @Test
    @DisplayName("an event of a process without listeners is kept for one that has some")
    void keptForAnotherProcess(SagaKit kit) {
        var listener = new Remembering();
        var definition = definition();
        kit.open(definition).engineOptions(builder -> builder.listener(listener));
        kit.engineOptions(builder -> builder);
        var fine = kit.start(definition, "fine");
        kit.runUntilIdle();
        assertThat(listener.heard).isEmpty();

        kit.engineOptions(builder -> builder.listener(listener));
        kit.runUntilIdle();

        assertThat(listener.types(fine)).containsExactly(COMPLETED);
    }

    @Test
    @DisplayName("what is rolled back is not told")
    void rolledBack(SagaKit kit) {
        var listener = new Remembering();
        kit.engineOptions(builder -> builder.listener(listener));
        var broken = kit.start(definition(), "broken");
        kit.runUntilIdle();
        Jdbi.create(kit.dataSource())
                .useHandle(handle -> handle.execute(
                        "alter table %s.operation add constraint no_audit check (false)".formatted(kit.schema())));

        assertThatThrownBy(() -> kit.operator("alice").resolve(broken.id(), "done by hand"))
                .hasMessageContaining("no_audit");
        kit.runUntilIdle();

        assertThat(broken.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(listener.types(broken)).containsExactly(SUSPENDED);
        assertThat(outbox(kit)).isZero();
    }

    @Test
    @DisplayName("nothing is written when nobody listens")
    void nobodyListens(SagaKit kit) {
        var definition = definition();
        List.of("fine", "full", "broken", "stuck").forEach(what -> kit.start(definition, what));

        kit.runUntilIdle();

        assertThat(written(kit)).isZero();
    }

    @Test
    @DisplayName("who listens to ends only has nothing else written")
    void endsOnly(SagaKit kit) {
        var told = new Remembering();
        var definition = trip().onEnd(told).returnsNothing();
        var full = kit.start(definition, "full");
        kit.start(definition, "broken");
        kit.start(definition, "stuck");
        var other = Saga.define("other", String.class);
        other.step("only", String.class, ctx -> "done");
        kit.start(other.returnsNothing(), "fine");

        kit.runUntilIdle();

        assertThat(told.heard).extracting(SagaEvent::saga).containsExactly(full.id());
        assertThat(written(kit)).isOne();
    }

    @Test
    @DisplayName("a receiver that fails hears its events again, and the others hear them once")
    void badReceiver(SagaKit kit) throws Exception {
        try (var server = HookServer.start()) {
            var deaf = new Deaf();
            var good = new Remembering();
            var bean = new Remembering();
            var definition = trip().onEvent(bean).returnsNothing();
            kit.engineOptions(builder -> builder.listener(deaf).listener(good).webhook(server.webhook()));
            kit.start(definition, "fine");
            kit.start(definition, "full");

            for (int i = 0; i < 3; i++) {
                kit.runUntilIdle();
                kit.advance(Duration.ofHours(1));
            }
            deaf.listens = true;
            kit.runUntilIdle();

            assertThat(good.heard).hasSize(2);
            assertThat(bean.heard).containsExactlyInAnyOrderElementsOf(good.heard);
            assertThat(server.events()).containsExactlyInAnyOrderElementsOf(good.heard);
            assertThat(deaf.heard).hasSize(8).containsAll(good.heard);
            assertThat(outbox(kit)).isZero();
        }
    }

    @Test
    @DisplayName("a receiver that takes its time keeps no other waiting")
    void slowReceiver(SagaKit kit) throws Exception {
        var release = new CountDownLatch(1);
        var good = new Remembering();
        var slow = new Remembering() {
            @Override
            public void heard(SagaEvent event) throws Exception {
                super.heard(event);
                release.await();
            }
        };
        kit.engineOptions(builder -> builder.listener(slow).listener(good));
        var definition = definition();
        kit.start(definition, "fine");
        kit.startWorker();
        await(() -> slow.heard.size() == 1 && good.heard.size() == 1);

        for (int i = 2; i <= 4; i++) {
            kit.start(definition, "fine");
            int count = i;
            await(() -> good.heard.size() == count);
        }
        assertThat(slow.heard).hasSize(1);
        release.countDown();
        kit.runUntilIdle();

        assertThat(slow.heard).hasSize(4);
        assertThat(good.heard).hasSize(4);
    }

    @Test
    @DisplayName("a webhook hears the types it asked for and no others")
    void chosenTypes(SagaKit kit) throws Exception {
        try (var server = HookServer.start()) {
            kit.engineOptions(builder -> builder.webhook(server.webhook().only(SUSPENDED, COMPENSATION_FAILED)));
            var definition = definition();
            List.of("fine", "full", "broken", "stuck").forEach(what -> kit.start(definition, what));

            kit.runUntilIdle();

            assertThat(server.events())
                    .extracting(SagaEvent::type)
                    .containsExactlyInAnyOrder(SUSPENDED, COMPENSATION_FAILED);
            assertThat(written(kit)).isEqualTo(2);
        }
    }

    private static long outbox(SagaKit kit) {
        return count(kit, "select count(*) from %s.outbox");
    }

    /** How many rows there ever were. */
    private static long written(SagaKit kit) {
        return count(kit, "select case when is_called then last_value else 0 end from %s.outbox_id_seq");
    }

    private static long count(SagaKit kit, String query) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery(query.formatted(kit.schema()))
                        .mapTo(Long.class)
                        .one());
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
