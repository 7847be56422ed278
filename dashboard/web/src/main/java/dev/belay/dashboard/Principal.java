package dev.belay.dashboard;

import dev.belay.inspect.Scope;
import java.util.Set;

/**
 * Somebody who uses the dashboard. Immutable.
 *
 * @param name as the audit will know them
 * @param role their role, for them to read; what counts are the permissions
 * @param permissions what they may do
 * @param scope which sagas exist for them
 */
public record Principal(String name, Role role, Set<Permission> permissions, Scope scope) {
    private static final int LONGEST_NAME = 200;

    /** Keeps its own set. */
    public Principal {
        permissions = Set.copyOf(permissions);
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "A principal's name must have 1 to " + LONGEST_NAME + " characters, for it stands in the audit.");
        }
    }

    /** Somebody with all that {@code role} allows, for all sagas. */
    public static Principal of(String name, Role role) {
        return new Principal(name, role, role.permissions(), Scope.everything());
    }

    /** The same person, for whom only what is within {@code scope} exists. */
    public Principal within(Scope scope) {
        return new Principal(name, role, permissions, scope);
    }

    /** Whether they may do that. */
    public boolean may(Permission permission) {
        return permissions.contains(permission);
    }
}
