package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Permission;
import java.util.Optional;

/**
 * Who may use a route. There is no default: each route says so.
 *
 * @param permission what is needed; empty if anybody may, signed in or not
 */
public record Access(Optional<Permission> permission) {

    /** Anybody, signed in or not: the sign-in itself, and files that hold nothing of the user's. */
    public static Access anybody() {
        return new Access(Optional.empty());
    }

    /** Whoever has the permission. */
    public static Access of(Permission permission) {
        return new Access(Optional.of(permission));
    }
}
