package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Authenticator;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who comes in. Closed by default: without an authenticator only this very machine does, asking by a name of its own, and no proxy
 * stands between.
 */
public final class Door {
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:.]+(%[A-Za-z0-9_.-]+)?");
    private static final Set<String> MARKS_OF_PROXIES = Set.of(
            "forwarded",
            "via",
            "client-ip",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-original-host",
            "x-real-ip",
            "cf-connecting-ip");
    private static final String MARK_OF_PROXIES = "x-forwarded";

    private final List<Authenticator> authenticators;

    /** A door with these keepers, or none. */
    public Door(List<Authenticator> authenticators) {
        this.authenticators = List.copyOf(authenticators);
    }

    /** Whether everybody on this machine is let in, and nobody else. */
    public boolean isLocal() {
        return authenticators.isEmpty();
    }

    /** Who it is; empty if they have to sign in. Throws {@link Refused} if they have no business here at all. */
    public Optional<Principal> whoIs(HttpServletRequest request) {
        refuseOthers(request);
        if (isLocal()) {
            return Optional.of(Principal.of("local", Role.ADMIN));
        }
        for (Authenticator authenticator : authenticators) {
            Optional<Principal> principal = authenticator.authenticate(request);
            if (principal.isPresent()) {
                return principal;
            }
        }
        return Optional.empty();
    }

    /** Throws {@link Refused} if they have no business here at all, whoever they are. */
    void refuseOthers(HttpServletRequest request) {
        if (!isLocal()) {
            return;
        }
        boolean proxied = Collections.list(request.getHeaderNames()).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .anyMatch(name -> MARKS_OF_PROXIES.contains(name) || name.startsWith(MARK_OF_PROXIES));
        if (proxied || !isLoopback(request.getRemoteAddr()) || !isOwnName(request.getHeader("Host"))) {
            throw new Refused(
                    403,
                    "This dashboard has no sign-in, so it answers only browsers on its own machine that ask for"
                            + " localhost. Configure an authenticator to open it to others.");
        }
    }

    /** An address that is missing is nobody's; Java would take it for this machine. */
    private static boolean isLoopback(@Nullable String address) {
        try {
            // A literal address is never looked up.
            return address != null
                    && LITERAL.matcher(address).matches()
                    && InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** A page elsewhere can make its own name point here; the name it asks for gives it away. */
    private static boolean isOwnName(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = host.replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
        return OWN_NAMES.contains(name);
    }
}
