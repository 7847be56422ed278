package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.journal.SpendTable;
import dev.belay.internal.queue.PaceTable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** What is asked and noted around calls of models. Each call is a transaction of its own. */
final class ModelBooks {
    private final Jdbi jdbi;
    private final Tables tables;

    ModelBooks(Jdbi jdbi, Tables tables) {
        this.jdbi = jdbi;
        this.tables = tables;
    }

    Optional<SpendTable.Standing> standing(UUID saga, String provider, String model) {
        return jdbi.withHandle(handle -> tables.spend().standing(handle, saga, provider, model));
    }

    PaceTable.Turn turn(String provider, String model, long tokens, Duration patience) {
        return jdbi.inTransaction(handle -> tables.paces().ask(handle, provider, model, tokens, patience));
    }

    void correct(long use, long tokens) {
        jdbi.useHandle(handle -> tables.paces().correct(handle, use, tokens));
    }

    void block(String provider, String model, Duration time) {
        jdbi.useHandle(handle -> tables.paces().block(handle, provider, model, time));
    }

    void avoid(int attempt, List<SpendTable.Avoided> calls) {
        jdbi.useTransaction(handle -> tables.spend().avoid(handle, attempt, calls));
    }
}
