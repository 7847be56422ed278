package dev.belay;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final Exception ERROR = new IllegalStateException("no");

    @Test
    void theWaitDoublesUpToItsCap() {
        var policy = RetryPolicy.exponential(ofSeconds(1))
                .upTo(20)
                .cappedAt(ofSeconds(10))
                .jitter(0);

        assertThat(IntStream.rangeClosed(1, 6).mapToObj(n -> policy.delayAfter(n, ERROR)))
                .extracting(wait -> wait.orElseThrow().toSeconds())
                .containsExactly(1L, 2L, 4L, 8L, 10L, 10L);
    }

    @Test
    void theCapIsAMinuteUnlessTheFirstWaitIsLonger() {
        assertThat(RetryPolicy.exponential(ofSeconds(50)).upTo(99).jitter(0).delayAfter(9, ERROR))
                .contains(ofMinutes(1));
        assertThat(RetryPolicy.exponential(ofMinutes(5)).upTo(99).jitter(0).delayAfter(9, ERROR))
                .contains(ofMinutes(5));
    }

    @Test
    void manyFailuresDoNotOverflowTheWait() {
        var policy =
                RetryPolicy.exponential(ofSeconds(1)).upTo(Integer.MAX_VALUE).jitter(0);

        assertThat(policy.delayAfter(1_000_000, ERROR)).contains(ofMinutes(1));
    }

    @Test
    void jitterOnlyShortensTheWaitAndNeverByMoreThanItsShare() {
        var policy = RetryPolicy.exponential(ofMillis(1000)).jitter(0.2);

        var waits = IntStream.range(0, 1000)
                .mapToObj(i -> policy.delayAfter(1, ERROR).orElseThrow())
                .toList();

        assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(ofMillis(800), ofMillis(1000)));
        assertThat(waits.stream().distinct().count()).isGreaterThan(50);
    }

    @Test
    void nothingIsLeftAfterTheLastAttempt() {
        var policy = RetryPolicy.fixed(ofSeconds(1)).upTo(3);

        assertThat(policy.delayAfter(2, ERROR)).contains(ofSeconds(1));
        assertThat(policy.delayAfter(3, ERROR)).isEmpty();
        assertThat(RetryPolicy.never().delayAfter(1, ERROR)).isEmpty();
    }

    @Test
    void anExceptionSaysHowLongToWaitAndIsNeitherCappedNorShortened() {
        var policy = RetryPolicy.exponential(ofSeconds(1))
                .cappedAt(ofSeconds(10))
                .orAfter(RateLimited.class, RateLimited::retryAfter);

        assertThat(policy.delayAfter(1, new RateLimited(ofMinutes(7)))).contains(ofMinutes(7));
        assertThat(policy.delayAfter(1, new IllegalStateException(new RateLimited(ofMinutes(7)))))
                .contains(ofMinutes(7));
        assertThat(policy.delayAfter(1, new RateLimited(ofMinutes(-7)))).contains(Duration.ZERO);
        assertThat(policy.delayAfter(5, new RateLimited(ofMinutes(7)))).isEmpty();
    }

    @Test
    void theRuleAddedLastWins() {
        var policy = RetryPolicy.fixed(ofSeconds(1))
                .notOn(Exception.class)
                .orAfter(IOException.class, error -> ofSeconds(3));

        assertThat(policy.delayAfter(1, ERROR)).isEmpty();
        assertThat(policy.delayAfter(1, new UncheckedIOException(new IOException("reset"))))
                .contains(ofSeconds(3));
    }

    @Test
    void refusesWhatCannotBeMeant() {
        assertThatThrownBy(() -> RetryPolicy.fixed(ofSeconds(1)).upTo(0)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> RetryPolicy.fixed(ofSeconds(-1))).hasMessageContaining("got PT-1S");
        assertThatThrownBy(() -> RetryPolicy.fixed(ofSeconds(1)).jitter(1.5)).hasMessageContaining("got 1.5");
    }

    private static final class RateLimited extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Duration retryAfter;

        RateLimited(Duration retryAfter) {
            super("slow down");
            this.retryAfter = retryAfter;
        }

        Duration retryAfter() {
            return retryAfter;
        }
    }
}
