package dev.belay.internal.worker;

import dev.belay.SagaData;
import dev.belay.SagaException;
import dev.belay.Step;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a saga knows so far, read from its run. */
class RecordedData<I> implements SagaData<I> {
    private final SagaRun run;
    private final Payloads payloads;
    private final I input;
    private final @Nullable JournalRow justDone;

    RecordedData(SagaRun run, Payloads payloads, I input, @Nullable JournalRow justDone) {
        this.run = run;
        this.payloads = payloads;
        this.input = input;
        this.justDone = justDone;
    }

    final SagaRun run() {
        return run;
    }

    final Payloads payloads() {
        return payloads;
    }

    @Override
    public final I input() {
        return input;
    }

    @Override
    @SuppressWarnings("NullAway") // a step that returned null has null as its output
    public final <O> O output(Step<?, O> step) {
        JournalRow row = row(step)
                .orElseThrow(() -> new SagaException("Step \"" + step.name() + "\" of saga " + sagaId()
                        + " has no output: it has not run. Ask with outputIfAny(step)."));
        return decode(step, row.output());
    }

    @Override
    public final <O> Optional<O> outputIfAny(Step<?, O> step) {
        return row(step).map(row -> decode(step, row.output()));
    }

    @Override
    @SuppressWarnings("NullAway") // a step that returned null has null as its output
    public final <O> List<O> outputs(Step<?, O> step) {
        List<O> all = new ArrayList<>();
        run.outputs(step.name()).forEach(row -> all.add(decode(step, row.output())));
        return all;
    }

    @Override
    @SuppressWarnings("NullAway") // a saga of Void has null as its input
    public final <T> T sagaInput(Class<T> type) {
        return payloads.decode(run.saga().input(), type, "The input of saga " + sagaId());
    }

    private Optional<JournalRow> row(Step<?, ?> step) {
        JournalRow done = justDone;
        return done != null && done.place().step().equals(step.name())
                ? Optional.of(done)
                : run.latestOutput(step.name());
    }

    private <O> @Nullable O decode(Step<?, O> step, @Nullable Payload payload) {
        return payloads.decode(payload, step.output(), "The output of step \"" + step.name() + "\"");
    }

    @Override
    public final UUID sagaId() {
        return run.job().sagaId();
    }
}
