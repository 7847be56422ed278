package dev.belay.dashboard.internal.api;

import dev.belay.SagaState;
import dev.belay.dashboard.internal.pages.Decision;
import java.util.Optional;

/**
 * What came of a decision.
 *
 * @param state the state the saga has come to; empty if it is about no saga, or that is gone
 * @param words what a person would be told
 * @param path where a person would go on: a path of the dashboard
 */
record Decided(Optional<SagaState> state, String words, String path) {
    static Decided of(Decision.Done done) {
        return new Decided(done.state(), done.words(), done.path());
    }
}
