package dev.belay;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * How a worker works. Immutable; begin with {@link #defaults()}.
 *
 * @param name shown to operators; host name and process id unless set
 * @param queues the queues it claims from
 * @param slots how many steps run at once; 1,000 with virtual threads, 32 without
 * @param virtualThreads whether steps run on virtual threads, where the JVM has them
 * @param heartbeat how often the worker says that it is alive
 * @param lease how long after its last heartbeat others take over its work
 * @param poll how long an idle worker sleeps at most
 * @param notifications whether PostgreSQL's NOTIFY wakes other processes; off where the pool cannot LISTEN
 * @param lanes how many connections commit finished steps
 * @param transactions how many steps in the engine's own transaction may hold a connection at once
 * @param timeoutGrace how long a step that ignores its timeout may go on before its job is taken from it
 */
public record WorkerOptions(
        String name,
        List<String> queues,
        int slots,
        boolean virtualThreads,
        Duration heartbeat,
        Duration lease,
        Duration poll,
        boolean notifications,
        int lanes,
        int transactions,
        Duration timeoutGrace) {

    public WorkerOptions {
        queues = List.copyOf(queues);
        if (queues.isEmpty()) {
            throw new IllegalArgumentException("A worker needs at least one queue to claim from.");
        }
        if (slots < 1 || lanes < 1 || transactions < 1) {
            throw new IllegalArgumentException("slots, lanes and transactions must be at least 1, got " + slots + ", "
                    + lanes + " and " + transactions);
        }
        requirePositive("heartbeat", heartbeat);
        requirePositive("lease", lease);
        requirePositive("poll", poll);
        if (timeoutGrace.isNegative()) {
            throw new IllegalArgumentException("The timeoutGrace must not be negative, got " + timeoutGrace);
        }
        if (lease.compareTo(heartbeat.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException(
                    "The lease must be at least twice the heartbeat, got " + lease + " and " + heartbeat);
        }
    }

    private static void requirePositive(String what, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("The " + what + " must be longer than zero, got " + duration);
        }
    }

    /** Heartbeat 3 s, lease 15 s, poll 1 s, two lanes, queue "default". */
    public static WorkerOptions defaults() {
        boolean virtual = Runtime.version().feature() >= 21;
        return new WorkerOptions(
                "pid-" + ProcessHandle.current().pid(),
                List.of("default"),
                virtual ? 1000 : 32,
                virtual,
                Duration.ofSeconds(3),
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                true,
                2,
                4,
                Duration.ofSeconds(30));
    }

    /** The same options with another name. */
    public WorkerOptions name(String name) {
        return with(copy -> copy.name = name);
    }

    /** The same options, claiming from the given queues. */
    public WorkerOptions queues(String... queues) {
        return with(copy -> copy.queues = List.of(queues));
    }

    /** The same options with {@code slots} steps at once on platform threads. */
    public WorkerOptions platformThreads(int slots) {
        return with(copy -> {
            copy.slots = slots;
            copy.virtualThreads = false;
        });
    }

    /** The same options with {@code slots} steps at once. */
    public WorkerOptions slots(int slots) {
        return with(copy -> copy.slots = slots);
    }

    /** The same options with the given lease and a heartbeat of a fifth of it. */
    public WorkerOptions lease(Duration lease) {
        return with(copy -> {
            copy.heartbeat = lease.dividedBy(5);
            copy.lease = lease;
        });
    }

    /** The same options with another longest sleep. */
    public WorkerOptions poll(Duration poll) {
        return with(copy -> copy.poll = poll);
    }

    /** The same options without NOTIFY: other processes are found by polling only. */
    public WorkerOptions withoutNotifications() {
        return with(copy -> copy.notifications = false);
    }

    /** The same options with another number of lanes. */
    public WorkerOptions lanes(int lanes) {
        return with(copy -> copy.lanes = lanes);
    }

    /** The same options with another number of steps in the engine's own transaction at once. */
    public WorkerOptions transactions(int transactions) {
        return with(copy -> copy.transactions = transactions);
    }

    /** The same options with another grace after a timeout. */
    public WorkerOptions timeoutGrace(Duration grace) {
        return with(copy -> copy.timeoutGrace = grace);
    }

    private WorkerOptions with(Consumer<Copy> change) {
        Copy copy = new Copy(this);
        change.accept(copy);
        return new WorkerOptions(
                copy.name,
                copy.queues,
                copy.slots,
                copy.virtualThreads,
                copy.heartbeat,
                copy.lease,
                copy.poll,
                copy.notifications,
                copy.lanes,
                copy.transactions,
                copy.timeoutGrace);
    }

    /** The same options for a moment, to be changed. */
    private static final class Copy {
        private String name;
        private List<String> queues;
        private int slots;
        private boolean virtualThreads;
        private Duration heartbeat;
        private Duration lease;
        private Duration poll;
        private boolean notifications;
        private int lanes;
        private int transactions;
        private Duration timeoutGrace;

        Copy(WorkerOptions of) {
            name = of.name;
            queues = of.queues;
            slots = of.slots;
            virtualThreads = of.virtualThreads;
            heartbeat = of.heartbeat;
            lease = of.lease;
            poll = of.poll;
            notifications = of.notifications;
            lanes = of.lanes;
            transactions = of.transactions;
            timeoutGrace = of.timeoutGrace;
        }
    }
}
