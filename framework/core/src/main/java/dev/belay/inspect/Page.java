package dev.belay.inspect;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A stretch of a list.
 *
 * @param items what is on it
 * @param next hand this back for what follows; empty at the end of the list
 * @param searchedBackTo set if looking on was left to the next page although this one is not full: how far it came
 */
public record Page<T>(List<T> items, Optional<String> next, Optional<Instant> searchedBackTo) {
    /** Keeps its own list. */
    public Page {
        items = List.copyOf(items);
    }
}
