package dev.belay.dashboard;

import dev.belay.inspect.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tells who sends a request. Called for every request but those for pictures and scripts, on any thread; it must be quick and must not
 * read the request's body. Several can be given: the first that knows counts.
 *
 * <p>{@link HostPrincipal} and {@link TrustedProxy} are ready-made; {@link Dashboard.Builder#builtInUsers()} brings one of its own.
 */
@FunctionalInterface
public interface Authenticator {

    /** Who it is; empty if this authenticator does not know them. */
    Optional<Principal> authenticate(HttpServletRequest request);

    /** The same people, for each of whom only the sagas within what {@code scope} says exist. */
    default Authenticator within(Function<Principal, Scope> scope) {
        return request -> authenticate(request).map(principal -> principal.within(scope.apply(principal)));
    }
}
