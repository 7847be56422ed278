package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;

/** What running a step came to. */
sealed interface Ran {
    /** Its result is still to be committed. */
    record Wished(Wish wish) implements Ran {}

    /** It ran in the engine's transaction and has committed with it. */
    record Committed(Move move) implements Ran {}

    /** It stands at a group whose branches are being undone: the coordinator sees whether they are. */
    record Group(JobRow job) implements Ran {}

    /** It undoes a step that started a child: the coordinator turns the child back, and sees whether it is undone. */
    record Child(JobRow job) implements Ran {}
}
