package dev.belay.dashboard;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Lets in whom the container, or a filter in front of the dashboard, has signed in: the servlet's user principal. Roles there become
 * roles here; whoever has none of them is not let in, unless {@link #everybody} says otherwise.
 *
 * <pre>{@code
 * HostPrincipal.withRole("belay-admin", Role.ADMIN).role("support", Role.OPERATOR)
 * }</pre>
 *
 * <p>Somebody with several has what they allow together, and is called by the first. Immutable.
 */
public final class HostPrincipal implements Authenticator {
    private static final int LONGEST = 200;

    private final RoleNames names;

    private HostPrincipal(RoleNames names) {
        this.names = names;
    }

    /** Whoever has the container's role {@code name} has {@code role}. */
    public static HostPrincipal withRole(String name, Role role) {
        return new HostPrincipal(RoleNames.none().with(name, role));
    }

    /** Whoever is signed in there at all has {@code role}. */
    public static HostPrincipal everybody(Role role) {
        return new HostPrincipal(RoleNames.none().forEverybody(role));
    }

    /** And whoever has the container's role {@code name} has {@code role}. */
    public HostPrincipal role(String name, Role role) {
        return new HostPrincipal(names.with(name, role));
    }

    @Override
    public Optional<Principal> authenticate(HttpServletRequest request) {
        return Optional.ofNullable(request.getUserPrincipal())
                .map(java.security.Principal::getName)
                .filter(name -> !name.isBlank() && name.length() <= LONGEST)
                .flatMap(name -> names.principal(name, request::isUserInRole));
    }
}
