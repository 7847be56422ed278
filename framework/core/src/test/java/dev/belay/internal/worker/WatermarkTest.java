package dev.belay.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WatermarkTest {
    private static final Instant READY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration CHEAP = Duration.ofMillis(5);
    private static final Duration DEAR = Duration.ofMillis(100);
    private static final short USUAL = 0;
    private static final short LATER = 5;

    private final Watermark watermark = new Watermark();
    private long now = System.nanoTime();

    @Test
    void cheapLooksAlwaysBeginAtTheBeginning() {
        look(CHEAP, Map.of(USUAL, READY));

        assertThat(watermark.since(now)).isEqualTo(Instant.MIN);
    }

    @Test
    void afterADearLookTheNextBeginsALittleBeforeWhatWasClaimedLast() {
        look(DEAR, Map.of(USUAL, READY));
        assertThat(watermark.since(now)).isEqualTo(READY.minusMillis(250));

        look(CHEAP, Map.of(USUAL, READY.plusSeconds(2)));
        assertThat(watermark.since(now)).isEqualTo(READY.plusSeconds(2).minusMillis(250));
    }

    @Test
    void noPriorityIsPassedOverForAnother() {
        look(DEAR, Map.of(USUAL, READY.plusSeconds(9), LATER, READY));
        look(CHEAP, Map.of(USUAL, READY.plusSeconds(10)));

        assertThat(watermark.since(now)).isEqualTo(READY.minusMillis(250));
    }

    @Test
    void whatCameLateIsLookedForAfterARest() {
        look(DEAR, Map.of(USUAL, READY));
        now += DEAR.multipliedBy(50).toNanos();

        assertThat(watermark.since(now)).isEqualTo(Instant.MIN);
    }

    @Test
    void aDearLookThatFindsNothingKeepsTheWatermark() {
        look(DEAR, Map.of(USUAL, READY));
        now += DEAR.multipliedBy(50).toNanos();
        look(DEAR, Map.of());

        assertThat(watermark.since(now)).isEqualTo(READY.minusMillis(250));
    }

    private void look(Duration takes, Map<Short, Instant> oldest) {
        long from = now;
        now += takes.toNanos();
        watermark.claimed(from, now, oldest);
    }
}
