package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.journal.SpendTable;
import dev.belay.internal.queue.PaceTable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;

/**
 * What is asked and noted around calls of models. Each call is a transaction of its own. Thousands of steps may ask at the same
 * time: they stand in line here, and not at the pool, which would turn away whoever waits long and make all others wait behind them.
 */
final class ModelBooks {
    private final Jdbi jdbi;
    private final Tables tables;
    private final Semaphore connections;

    /** Books that take at most so many connections at once. */
    ModelBooks(Jdbi jdbi, Tables tables, int connections) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.connections = new Semaphore(connections, true);
    }

    Optional<SpendTable.Standing> standing(UUID saga, String provider, String model) {
        return inTurn(() -> jdbi.withHandle(handle -> tables.spend().standing(handle, saga, provider, model)));
    }

    PaceTable.Turn turn(String provider, String model, long tokens, Duration patience) {
        return inTurn(
                () -> jdbi.inTransaction(handle -> tables.paces().ask(handle, provider, model, tokens, patience)));
    }

    void correct(long use, long tokens) {
        inTurn(() -> jdbi.withHandle(handle -> {
            tables.paces().correct(handle, use, tokens);
            return true;
        }));
    }

    void block(String provider, String model, Duration time) {
        inTurn(() -> jdbi.withHandle(handle -> {
            tables.paces().block(handle, provider, model, time);
            return true;
        }));
    }

    void avoid(int attempt, List<SpendTable.Avoided> calls) {
        inTurn(() -> jdbi.inTransaction(handle -> {
            tables.spend().avoid(handle, attempt, calls);
            return true;
        }));
    }

    private <T> T inTurn(Supplier<T> question) {
        connections.acquireUninterruptibly();
        try {
            return question.get();
        } finally {
            connections.release();
        }
    }
}
