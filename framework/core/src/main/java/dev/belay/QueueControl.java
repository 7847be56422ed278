package dev.belay;

import java.util.OptionalInt;

/** What can be set for a queue: beside a pause, how many of its jobs run at once, over all workers. */
public interface QueueControl extends Control {

    /**
     * Lets at most {@code atOnce} of the queue's jobs be claimed at once, by all workers together. A limit that is lowered lets those
     * claimed already finish the step they are at. A limited queue is claimed more slowly, for its workers count one after
     * the other: it is meant for work that is slow itself.
     *
     * @throws IllegalArgumentException if {@code atOnce} is less than 1; to stop a queue, pause it
     */
    void limit(int atOnce, String actor, String reason);

    /** Takes the limit away. */
    void unlimited(String actor, String reason);

    /** The limit, or empty if there is none. */
    OptionalInt limit();
}
