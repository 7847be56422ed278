package dev.belay.internal.journal;

import dev.belay.inspect.Scope;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * What a reader may see, as statements need it: everything that has a column for the tenant and one for the plan can be asked for it.
 *
 * @param tenants the tenants; empty for all, and for what has none
 * @param plans the numbers of the plans; empty for all
 */
public record Visible(Optional<List<String>> tenants, Optional<List<Integer>> plans) {

    /** What {@code scope} lets be seen of the given plans. */
    public static Visible of(Scope scope, List<PlanTable.Named> plans) {
        return new Visible(
                // The database has no text with a NUL, so nothing is hidden by leaving it out.
                scope.tenants()
                        .map(names -> names.stream()
                                .filter(name -> name.indexOf('\0') < 0)
                                .sorted()
                                .toList()),
                scope.definitions()
                        .map(names -> plans.stream()
                                .filter(plan -> names.contains(plan.definition()))
                                .map(PlanTable.Named::id)
                                .toList()));
    }

    /** Whether that is everything. */
    public boolean everything() {
        return tenants.isEmpty() && plans.isEmpty();
    }

    /** What a row of the table known as {@code alias} must meet; to be put behind other conditions. */
    public String and(String alias) {
        return (tenants.isPresent() ? " and " + alias + ".tenant = any(:visibleTenants)" : "")
                + (plans.isPresent() ? " and " + alias + ".plan_id = any(:visiblePlans)" : "");
    }

    /** Binds what {@link #and} asks with. */
    public <S extends SqlStatement<S>> S bind(S statement) {
        tenants.ifPresent(names -> statement.bindArray("visibleTenants", String.class, names));
        plans.ifPresent(numbers -> statement.bindArray("visiblePlans", Integer.class, numbers));
        return statement;
    }
}
