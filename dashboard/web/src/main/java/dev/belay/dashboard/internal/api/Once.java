package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.pages.Decision;
import dev.belay.dashboard.internal.pages.OnceHere;
import dev.belay.dashboard.internal.web.Call;
import java.util.function.Supplier;

/**
 * Has a request act once that the engine itself does not know by its id. Kept by this process only: what such requests do is the same
 * when it is done twice, and stands in the audit twice at the worst.
 */
final class Once {
    private final OnceHere before = new OnceHere();

    Decided decided(Call call, Supplier<Decision.Done> work) {
        return Decided.of(before.once(call, work));
    }
}
