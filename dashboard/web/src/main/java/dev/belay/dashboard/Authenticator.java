package dev.belay.dashboard;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Tells who sends a request. Called for every request but those for pictures and scripts, on any thread; it must be quick and must not
 * read the request's body. Several can be given: the first that knows counts.
 */
@FunctionalInterface
public interface Authenticator {

    /** Who it is; empty if this authenticator does not know them. */
    Optional<Principal> authenticate(HttpServletRequest request);
}
