package dev.belay.internal.coordinator;

import dev.belay.SagaException;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.queue.ControlTable.Kind;
import dev.belay.internal.queue.ControlTable.Setting;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * What people decide about whole queues and definitions. Each change is one transaction, with its audit row; a call that changes
 * nothing leaves none. Thread-safe.
 */
public final class Controls {
    private final Jdbi jdbi;
    private final Tables tables;

    /** Decisions over the given tables. */
    public Controls(Jdbi jdbi, Tables tables) {
        this.jdbi = jdbi;
        this.tables = tables;
    }

    /** Who decides what about which queue or definition, and why. */
    public record Decision(Kind kind, String name, String action, String actor, String reason) {
        /** Callers whose code is not checked for nulls are told in words. */
        public Decision {
            String thing = kind.code() + " \"" + name + "\"";
            if (actor == null || actor.isBlank()) {
                throw new IllegalArgumentException(
                        "An actor is needed to " + action + " " + thing + "; it is kept in the audit.");
            }
            if (reason == null || reason.isBlank()) {
                throw new IllegalArgumentException(
                        "A reason is needed to " + action + " " + thing + "; it is kept in the audit.");
            }
        }
    }

    /** Changes a setting; says whether it was another before. */
    public boolean decide(Decision decision, UnaryOperator<Setting> change) {
        return jdbi.inTransaction(handle -> {
            checkDefinition(handle, decision);
            Setting before = tables.controls().lock(handle, decision.kind(), decision.name());
            Setting after = change.apply(before);
            if (after.equals(before)) {
                return false;
            }
            tables.controls().write(handle, after);
            tables.operations()
                    .addControl(
                            handle,
                            decision.kind().code(),
                            decision.name(),
                            decision.action(),
                            decision.actor(),
                            decision.reason(),
                            words(before),
                            words(after));
            return true;
        });
    }

    /** Notes what somebody was shown or did elsewhere; about a saga, if one is given. */
    public void note(String actor, String action, Optional<UUID> saga, String words) {
        if (actor == null
                || actor.isBlank()
                || action == null
                || action.isBlank()
                || words == null
                || words.isBlank()) {
            throw new IllegalArgumentException("The audit needs an actor, an action and words that say what it was.");
        }
        jdbi.useTransaction(handle -> {
            if (saga.isEmpty()) {
                tables.operations().addControl(handle, "dashboard", action, action, actor, words, "", "");
                return;
            }
            UUID id = saga.get();
            String state = tables.sagas()
                    .find(handle, id)
                    .orElseThrow(() -> new UnknownSaga(id))
                    .state()
                    .name();
            tables.operations()
                    .add(handle, new OperationTable.Row(id, action, actor, words, null, null, null, state, state));
        });
    }

    /** A queue is whatever definitions say; a definition that nobody has stored is a slip of the pen. */
    private void checkDefinition(Handle handle, Decision decision) {
        if (decision.kind() == Kind.QUEUE) {
            return;
        }
        List<String> stored = tables.plans().definitions(handle);
        if (!stored.contains(decision.name())) {
            throw new SagaException("Cannot " + decision.action() + " definition \"" + decision.name()
                    + "\": no process has opened Belay with it; known are " + stored
                    + ". Correct the name, or open Belay with the definition first.");
        }
    }

    private static String words(Setting setting) {
        String limit = setting.atOnce() == null ? "" : ", at most " + setting.atOnce() + " at once";
        return (setting.paused() ? "paused" : "open") + limit;
    }

    /** How it is set. */
    public Setting setting(Kind kind, String name) {
        return jdbi.withHandle(handle -> tables.controls().find(handle, kind, name));
    }

    /** How many of its jobs are claimed, by all workers together. */
    public int running(Kind kind, String name) {
        return jdbi.withHandle(handle -> kind == Kind.QUEUE
                ? tables.jobs().claimed(handle, name)
                : tables.jobs().claimedOf(handle, name));
    }
}
