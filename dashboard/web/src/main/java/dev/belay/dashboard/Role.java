package dev.belay.dashboard;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a person is to the dashboard, and so may do. */
public enum Role {
    /** Looks, and sees no payloads. */
    VIEWER(EnumSet.of(Permission.SAGA_VIEW)),
    /** Gets sagas going again, or undone. */
    OPERATOR(EnumSet.complementOf(
            EnumSet.of(Permission.APPROVAL_DECIDE, Permission.SETTINGS_WRITE, Permission.SAGA_PURGE))),
    /** Approves and rejects what sagas ask. */
    APPROVER(EnumSet.of(
            Permission.SAGA_VIEW, Permission.PAYLOAD_READ, Permission.APPROVAL_DECIDE, Permission.AUDIT_READ)),
    /** Everything. */
    ADMIN(EnumSet.allOf(Permission.class));

    private final Set<Permission> permissions;

    Role(Set<Permission> permissions) {
        this.permissions = Collections.unmodifiableSet(permissions);
    }

    /** What it allows. */
    public Set<Permission> permissions() {
        return permissions;
    }

    /** Its name for people. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
