package dev.belay;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WorkerOptionsTest {
    private static final WorkerOptions OPTIONS = WorkerOptions.defaults();

    @Test
    void timesThatCannotBeMeantAreRefusedInWords() {
        assertThatThrownBy(() -> OPTIONS.poll(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The poll must be longer than zero, got PT0S");
        assertThatThrownBy(() -> OPTIONS.lease(Duration.ofSeconds(-5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The heartbeat must be longer than zero, got PT-1S");
        assertThatThrownBy(() -> OPTIONS.timeoutGrace(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The timeoutGrace must not be negative, got PT-1S");
    }
}
