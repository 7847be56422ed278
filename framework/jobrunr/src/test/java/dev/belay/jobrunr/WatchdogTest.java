package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private final SagaDefinition<String, String> chain = chain();

    private static SagaDefinition<String, String> chain() {
        Saga<String> saga = Saga.define("watched", String.class);
        saga.step("one", String.class, ctx -> "1").pure();
        return saga.returns(
                saga.step("two", String.class, ctx -> "2 " + ctx.input()).pure());
    }

    @Test
    @DisplayName("a server that has stopped itself is started again, and steps go on")
    void startsAgain() {
        try (Fixture fixture = new Fixture("watchdog_stopped");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            assertThat(belay.start(chain, "before").await(Fixture.LONG)).isEqualTo("2 before");
            await().atMost(Fixture.LONG).until(() -> bridge.server().isAnnounced());

            bridge.server().stop();
            assertThat(bridge.server().isRunning()).isFalse();
            SagaHandle<String> saga = belay.start(chain, "after");

            assertThat(saga.await(Fixture.LONG)).isEqualTo("2 after");
            assertThat(bridge.server().isRunning()).isTrue();
            await().atMost(Fixture.LONG).until(() -> bridge.server().isAnnounced());
            assertThat(Fixture.succeeded(saga)).containsExactly("one", "two");
            assertThat(fixture.statesOf(saga.id())).containsExactly("SUCCEEDED", "SUCCEEDED");
        }
    }

    @Test
    @DisplayName("a server that somebody paused stays paused and claims nothing, and goes on when it is resumed")
    void leavesAPause() {
        try (Fixture fixture = new Fixture("watchdog_paused");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            assertThat(belay.start(chain, "before").await(Fixture.LONG)).isEqualTo("2 before");
            await().atMost(Fixture.LONG).until(() -> bridge.server().isAnnounced());

            bridge.server().pauseProcessing();
            SagaHandle<String> saga = belay.start(chain, "paused");

            // Two polls of JobRunr's are time enough for a few looks of the watchdog and claims of the worker.
            fixture.awaitPoll();
            fixture.awaitPoll();
            assertThat(bridge.server().isRunning()).isFalse();
            assertThat(bridge.server().isAnnounced()).isTrue();
            assertThat(saga.journal()).isEmpty();
            assertThat(fixture.statesOf(saga.id())).isEqualTo(List.of("ENQUEUED"));

            bridge.server().resumeProcessing();
            assertThat(saga.await(Fixture.LONG)).isEqualTo("2 paused");
            assertThat(Fixture.succeeded(saga)).containsExactly("one", "two");
        }
    }
}
