package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Page;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How lists are read page by page. */
final class Paging {
    /** Where a page begins. */
    static final Route.Parameter AFTER = Route.may("after", "string", "What the page before said is next.");

    private Paging() {}

    /** How long it is. */
    static Route.Parameter size(int usual, int most) {
        return Route.may("size", "integer", "How many at most, 1 to " + most + "; " + usual + " if it is not said.");
    }

    /** All there is, on one page. */
    static <T> Page<T> whole(Stream<T> items) {
        return new Page<>(items.toList(), Optional.empty(), Optional.empty());
    }

    /** All there is, on one page. */
    static <T> Page<T> whole(List<T> items) {
        return whole(items.stream());
    }
}
