package dev.belay.conformance;

import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** Who decided what about a saga, a line a decision: {@code alice: retry hotel, because it is back}. */
final class Audit {
    private Audit() {}

    static List<String> of(SagaKit kit, UUID saga) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select actor || ': ' || action || ' ' || step || ', because '"
                                + " || reason from " + kit.schema() + ".operation where saga_id = ? order by id")
                        .bind(0, saga)
                        .mapTo(String.class)
                        .list());
    }
}
