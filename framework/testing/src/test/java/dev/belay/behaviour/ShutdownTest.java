package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Belay;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@BelayTest
class ShutdownTest {

    @Test
    void closingAnEngineDoesNotWaitForANotificationThatIsJustBeingSent(SagaKit kit) {
        for (int i = 0; i < 20; i++) {
            Belay belay = Belay.on(kit.dataSource())
                    .schema(kit.schema())
                    .withoutMigrating()
                    .open();
            belay.wake();

            long from = System.nanoTime();
            belay.close();

            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(4));
        }
    }
}
