package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.query.Query;
import java.util.List;
import java.util.Optional;

/** An error about a query: what is wrong with it, and where. */
record BadQuery(String error, String words, List<Problem> problems) {

    /**
     * What is wrong at one place.
     *
     * @param position where in the query the word begins, from 0
     * @param meant the word that is most like what was written
     */
    record Problem(int position, String word, String words, Optional<String> meant) {}

    static BadQuery of(Query query) {
        List<Problem> problems = query.problems().stream()
                .map(one -> new Problem(one.position(), one.word(), one.message(), one.meant()))
                .toList();
        return new BadQuery("unprocessable", problems.get(0).words(), problems);
    }
}
