package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Result;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Brings signals to sagas. A signal is kept until a step waits for it, and each is taken by one wait, the oldest first. Thread-safe.
 */
public final class Messages {
    private static final int LONGEST_KEY = 500;

    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    /** Signals over the given tables. */
    public Messages(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    /** Brings a signal; the second of the same name and key changes nothing, whatever the saga's state. */
    public void signal(UUID id, String name, @Nullable Object payload, @Nullable String key) {
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            throw new IllegalArgumentException(
                    "A signal's key must have 1 to " + LONGEST_KEY + " characters, got " + key.length());
        }
        jdbi.useTransaction(handle -> {
            SagaRow saga = tables.sagas().lock(handle, id).orElseThrow(() -> new UnknownSaga(id));
            String awaits = Awaited.signal(name);
            boolean cameBefore = key != null
                    && tables.journal().message(handle, id, awaits, key).isPresent();
            if (!cameBefore) {
                receive(handle, saga, name, payload, key);
            }
        });
    }

    private void receive(Handle handle, SagaRow saga, String name, @Nullable Object payload, @Nullable String key) {
        if (saga.state().isTerminal()) {
            throw refused(Reason.WRONG_STATE, saga, name, "it has ended as " + saga.state() + ".");
        }
        Definitions.Known known = definitions.plan(saga.planId());
        Plan.PlannedStep step = known.plan()
                .step(name)
                .filter(planned -> planned.form() == Plan.Form.SIGNAL)
                .orElseThrow(() -> refused(Reason.NOT_WAITED_FOR, saga, name, waitedFor(known.plan())));
        String awaits = Awaited.signal(name);
        Payload brought = Expected.output(known, step, () -> broughtBefore(handle, saga, awaits))
                .encode(payload, payloads, "Signal \"" + name + "\"");
        int n = tables.waits().addMessage(handle, saga.id(), awaits);
        tables.journal().add(handle, JournalRow.message(saga.id(), name, n, Result.SUCCEEDED, awaits, key, brought));
        tables.branches().wake(handle, saga.id(), awaits);
    }

    private Optional<Payload> broughtBefore(Handle handle, SagaRow saga, String awaits) {
        return tables.journal().messages(handle, saga.id(), awaits).stream()
                .map(JournalRow::output)
                .filter(payload -> payload != null)
                .reduce((first, second) -> second);
    }

    private static String waitedFor(Plan plan) {
        List<String> names = plan.steps().stream()
                .filter(step -> step.form() == Plan.Form.SIGNAL)
                .map(Plan.PlannedStep::name)
                .toList();
        return "no step of it waits for that signal. "
                + (names.isEmpty() ? "It waits for no signals at all." : "It waits for " + names + ".");
    }

    private static OperationRefused refused(Reason reason, SagaRow saga, String name, String fact) {
        return new OperationRefused(
                reason, saga.state(), "Cannot signal \"" + name + "\" to saga " + saga.id() + ": " + fact);
    }
}
