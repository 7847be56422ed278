package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Permission;
import java.util.Optional;

/**
 * Who may use a route. There is no default: each route says so.
 *
 * @param open whether anybody may, signed in or not
 * @param permission what is needed; empty if whoever is signed in may
 */
public record Access(boolean open, Optional<Permission> permission) {
    /** Refuses what contradicts itself. */
    public Access {
        if (open && permission.isPresent()) {
            throw new IllegalArgumentException("What needs a permission is not open to anybody.");
        }
    }

    /** Anybody, signed in or not: the sign-in itself, and files that hold nothing of the user's. */
    public static Access anybody() {
        return new Access(true, Optional.empty());
    }

    /** Whoever is signed in, for what is about themselves only. */
    public static Access signedIn() {
        return new Access(false, Optional.empty());
    }

    /** Whoever has the permission. */
    public static Access of(Permission permission) {
        return new Access(false, Optional.of(permission));
    }
}
