package dev.belay.internal.worker;

import dev.belay.Purged;
import dev.belay.Retention;
import dev.belay.internal.coordinator.Purges;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out the retention about once an hour, at other times than the other workers. */
final class Keeping {
    private static final Logger log = LoggerFactory.getLogger(Keeping.class);

    private final Purges purges;
    private final Retention retention;
    private final BooleanSupplier stopping;

    Keeping(Purges purges, Retention retention, BooleanSupplier stopping) {
        this.purges = purges;
        this.retention = retention;
        this.stopping = stopping;
    }

    Duration runOnce() {
        if (!retention.isForever()) {
            purge();
        }
        fold();
        return Duration.ofMinutes(ThreadLocalRandom.current().nextLong(50, 70));
    }

    /** What operators purge is folded too. */
    private void fold() {
        try {
            purges.foldSpending();
        } catch (RuntimeException e) {
            log.warn("What purged sagas spent could not be summed and is summed in about an hour", e);
        }
    }

    /** What fails now is tried again in an hour: nothing waits for it. */
    private void purge() {
        try {
            Purged purged = purges.run(retention, new Purges.Manner(true, () -> !stopping.getAsBoolean()));
            if (purged.sagas() > 0 || !purged.days().isEmpty()) {
                log.info("Purged by {}: {}", retention, purged);
            }
        } catch (RuntimeException e) {
            log.warn("The purge by {} failed and is tried again in about an hour", retention, e);
        }
    }
}
