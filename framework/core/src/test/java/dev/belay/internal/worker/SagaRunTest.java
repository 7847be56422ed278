package dev.belay.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.internal.queue.JobRow;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SagaRunTest {

    private static SagaRun run(boolean undoing) {
        var job = new JobRow(
                UUID.randomUUID(),
                0,
                1,
                1,
                0,
                0,
                1,
                0,
                0,
                0,
                JobRow.State.CLAIMED,
                undoing,
                1,
                1,
                1L,
                Instant.EPOCH,
                "default",
                "step",
                null,
                null,
                null);
        return new SagaRun(null, job, null, null, null);
    }

    private static boolean isInterruptedInUserCode(SagaRun run) {
        run.enterUserCode();
        try {
            return Thread.currentThread().isInterrupted();
        } finally {
            run.leaveUserCode();
        }
    }

    @Test
    void aStopThatCameOutsideOfUserCodeInterruptsItAsSoonAsItGoesOn() {
        var run = run(false);
        assertThat(isInterruptedInUserCode(run)).isFalse();

        run.stop(SagaRun.Stop.TIMED_OUT);

        assertThat(isInterruptedInUserCode(run)).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void thatItsSagaWasTurnedBackDoesNotInterruptAnUndo() {
        var run = run(true);
        run.stop(SagaRun.Stop.TURNED);
        assertThat(isInterruptedInUserCode(run)).isFalse();

        run.stop(SagaRun.Stop.SHUT_DOWN);
        assertThat(isInterruptedInUserCode(run)).isTrue();
    }

    /** Once told after the job had learned it, it was looked at for ever, and the saga's next undo never began. */
    @Test
    void aTurnThatTheJobKnowsAlreadyIsLookedAtOnce() {
        var run = run(true);
        run.stop(SagaRun.Stop.TURNED);

        assertThat(run.takeTurned()).isTrue();
        run.goOn(run.job(), null);

        assertThat(run.takeTurned()).isFalse();
    }
}
