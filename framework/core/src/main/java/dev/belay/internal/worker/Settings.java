package dev.belay.internal.worker;

import dev.belay.internal.queue.ControlTable.Kind;
import dev.belay.internal.queue.ControlTable.Setting;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a worker knows of pauses and limits, from its last heartbeat. The database knows better and guards the claims; this says
 * which way to claim, and which chains should give their jobs back. Thread-safe.
 */
final class Settings {
    private final Map<String, Long> tightenedAt = new ConcurrentHashMap<>();
    private volatile List<Setting> known = List.of();
    private volatile long learnedAt = System.nanoTime();

    /** Takes what a heartbeat has read; says whether it is new. */
    boolean learn(List<Setting> settings) {
        List<Setting> before = known;
        for (Setting setting : settings) {
            Integer atOnce = setting.atOnce();
            Integer was = atOnceOf(before, setting.name());
            if (atOnce != null && (was == null || atOnce < was)) {
                tightenedAt.put(setting.name(), System.nanoTime());
            }
        }
        known = List.copyOf(settings);
        learnedAt = System.nanoTime();
        return !known.equals(before);
    }

    /** Whether only so many jobs of a queue may be claimed at once. */
    boolean isLimited(String queue) {
        return atOnceOf(known, queue) != null;
    }

    private static @Nullable Integer atOnceOf(List<Setting> settings, String queue) {
        for (Setting setting : settings) {
            if (setting.kind() == Kind.QUEUE && setting.name().equals(queue)) {
                return setting.atOnce();
            }
        }
        return null;
    }

    /**
     * Whether a job is to be given back before its next step: it was claimed before its queue or definition was paused, or before
     * its queue's limit was lowered. That a job could be claimed since the last heartbeat proves that its pause is over.
     */
    boolean hold(SagaRun run) {
        String queue = run.job().queue();
        Long tightened = tightenedAt.get(queue);
        boolean overdue = tightened != null && run.claimedAt() - tightened < 0;
        return overdue
                || (run.claimedAt() - learnedAt < 0
                        && isPaused(queue, run.plan().definition()));
    }

    private boolean isPaused(String queue, String definition) {
        for (Setting setting : known) {
            String name = setting.kind() == Kind.QUEUE ? queue : definition;
            if (setting.paused() && setting.name().equals(name)) {
                return true;
            }
        }
        return false;
    }
}
