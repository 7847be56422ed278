package dev.belay.dashboard;

import dev.belay.inspect.Scope;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What roles are called elsewhere, in the order in which they were named. Immutable. */
record RoleNames(Map<String, Role> roles, Optional<Role> everybody) {

    static RoleNames none() {
        return new RoleNames(Map.of(), Optional.empty());
    }

    RoleNames with(String name, Role role) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("The name of a role elsewhere must not be blank.");
        }
        Map<String, Role> more = new LinkedHashMap<>(roles);
        more.put(name, role);
        return new RoleNames(more, everybody);
    }

    RoleNames forEverybody(Role role) {
        return new RoleNames(roles, Optional.of(role));
    }

    /** Somebody who has those of the names that {@code has} says: all they allow together, called by the first of them. */
    Optional<Principal> principal(String name, Predicate<String> has) {
        Optional<Role> first = Optional.empty();
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (Map.Entry<String, Role> entry : roles.entrySet()) {
            if (has.test(entry.getKey())) {
                first = first.isPresent() ? first : Optional.of(entry.getValue());
                permissions.addAll(entry.getValue().permissions());
            }
        }
        everybody.ifPresent(role -> permissions.addAll(role.permissions()));
        return first.or(() -> everybody).map(role -> new Principal(name, role, permissions, Scope.everything()));
    }
}
