package dev.belay.dashboard;

import dev.belay.dashboard.internal.web.Networks;
import dev.belay.dashboard.internal.web.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lets in whom a proxy in front of the dashboard has signed in and names in a header. The header counts only if the request comes
 * straight from that proxy's address; from anywhere else it is as if it were not there. The proxy must take away what
 * browsers send under these names.
 *
 * <pre>{@code
 * TrustedProxy.at("10.1.0.7", "fd00::/64").user("X-Remote-User").roles("X-Remote-Groups")
 *     .role("belay-admins", Role.ADMIN).role("support", Role.OPERATOR)
 * }</pre>
 *
 * <p>The address is the connection's, as the container reports it: do not let the container replace it by what
 * {@code X-Forwarded-For} says. Whoever has none of the roles is not let in, unless {@link #everybody} says otherwise. Immutable.
 */
public final class TrustedProxy implements Authenticator {
    /** No commas: some servers make one header of two that way. */
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl},]{1,200}");

    private final Networks proxies;
    private final String user;
    private final Optional<String> roles;
    private final RoleNames names;

    private TrustedProxy(Networks proxies, String user, Optional<String> roles, RoleNames names) {
        this.proxies = proxies;
        this.user = user;
        this.roles = roles;
        this.names = names;
    }

    /**
     * Proxies at these addresses.
     *
     * @param addresses literal addresses or networks of version 4 or 6, like {@code 10.1.0.7} or {@code 10.1.0.0/24}
     */
    public static TrustedProxy at(String... addresses) {
        return new TrustedProxy(Networks.of(List.of(addresses)), "X-Remote-User", Optional.empty(), RoleNames.none());
    }

    /** The header with the name of whoever is signed in, {@code X-Remote-User} unless set. */
    public TrustedProxy user(String header) {
        return new TrustedProxy(proxies, header, roles, names);
    }

    /** A header with the names of the roles they have there, separated by commas. */
    public TrustedProxy roles(String header) {
        return new TrustedProxy(proxies, user, Optional.of(header), names);
    }

    /** Whoever has the role {@code name} there has {@code role} here. */
    public TrustedProxy role(String name, Role role) {
        return new TrustedProxy(proxies, user, roles, names.with(name, role));
    }

    /** Whoever is signed in there at all has {@code role}. */
    public TrustedProxy everybody(Role role) {
        return new TrustedProxy(proxies, user, roles, names.forEverybody(role));
    }

    @Override
    public Optional<Principal> authenticate(HttpServletRequest request) {
        if (!proxies.contain(request.getRemoteAddr())) {
            return Optional.empty();
        }
        Optional<String> name = only(request, user).map(String::strip).filter(value -> !value.isEmpty());
        if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
            throw new Refused(
                    403,
                    "The proxy says in the header " + user + " who you are, and that is no single name. Nobody was"
                            + " signed in.");
        }
        Set<String> has = roles.flatMap(header -> only(request, header)).stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .collect(Collectors.toSet());
        return name.flatMap(known -> names.principal(known, has::contains));
    }

    private static Optional<String> only(HttpServletRequest request, String header) {
        List<String> values = Collections.list(request.getHeaders(header));
        if (values.size() > 1) {
            throw new Refused(
                    403,
                    "The header " + header
                            + " came more than once, so it is not clear who you are. The proxy has to take"
                            + " away what browsers send under that name.");
        }
        return values.stream().findFirst();
    }
}
