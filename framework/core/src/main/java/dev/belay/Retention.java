package dev.belay;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long ended sagas are kept. Immutable.
 *
 * <pre>{@code
 * Retention.forever().completed(Duration.ofDays(30)).others(Duration.ofDays(180))
 * }</pre>
 *
 * <p>A saga is purged when it, its root and everything of its root's family has ended longer ago than the policy says, and every
 * listener has been told of its end. With it go its journal, its start key, which is then free for a new saga, its messages, and
 * the audit of what operators decided about it unless {@link #keepingAudit()}. Open sagas, and all of a family in which one is
 * open, are never purged.
 */
public final class Retention {
    /**
     * The least time a saga is kept after its end: a worker that lost its lease may still report what it did. Only
     * {@link Operator#purge} goes below it.
     */
    public static final Duration LEAST = Duration.ofMinutes(5);

    private static final Retention FOREVER = new Retention(null, null, false);

    private final @Nullable Duration completed;
    private final @Nullable Duration others;
    private final boolean auditKept;

    private Retention(@Nullable Duration completed, @Nullable Duration others, boolean auditKept) {
        this.completed = completed;
        this.others = others;
        this.auditKept = auditKept;
    }

    /** Purges nothing: the default. */
    public static Retention forever() {
        return FOREVER;
    }

    /** Keeps every ended saga for {@code age} after its end, at least {@link #LEAST}. */
    public static Retention of(Duration age) {
        return FOREVER.completed(age).others(age);
    }

    /** Keeps completed sagas for {@code age} after their end, at least {@link #LEAST}. */
    public Retention completed(Duration age) {
        return new Retention(checked(age), others, auditKept);
    }

    /** Keeps compensated and resolved sagas for {@code age} after their end, at least {@link #LEAST}. */
    public Retention others(Duration age) {
        return new Retention(completed, checked(age), auditKept);
    }

    /** Keeps what operators decided about a saga after the saga has gone. */
    public Retention keepingAudit() {
        return new Retention(completed, others, true);
    }

    private static Duration checked(Duration age) {
        if (age.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException("An ended saga is kept for at least " + LEAST + ", for late workers may"
                    + " still report to it; got " + age + ". To purge one at once use operator(…).purge(…).");
        }
        return age;
    }

    /** How long completed sagas are kept; empty if for ever. */
    public Optional<Duration> completed() {
        return Optional.ofNullable(completed);
    }

    /** How long compensated and resolved sagas are kept; empty if for ever. */
    public Optional<Duration> others() {
        return Optional.ofNullable(others);
    }

    /** Whether the audit stays. */
    public boolean keepsAudit() {
        return auditKept;
    }

    /** Whether nothing is purged. */
    public boolean isForever() {
        return completed == null && others == null;
    }

    @Override
    public String toString() {
        return "Retention[completed=" + (completed == null ? "forever" : completed) + ", others="
                + (others == null ? "forever" : others) + (auditKept ? ", audit kept" : "") + "]";
    }
}
