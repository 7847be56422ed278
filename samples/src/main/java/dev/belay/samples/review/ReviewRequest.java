package dev.belay.samples.review;

import java.util.List;

/**
 * The review saga's input. The passages are part of it, not read again from the folder: whoever goes on after a crash
 * reviews the same text, even if the files have changed since.
 *
 * @param run the name under which the model server counts the calls of this saga
 */
public record ReviewRequest(String run, List<Passage> passages) {

    public ReviewRequest {
        passages = List.copyOf(passages);
    }

    Passage passage(int number) {
        return passages.get(number - 1);
    }
}
