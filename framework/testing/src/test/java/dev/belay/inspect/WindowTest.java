package dev.belay.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.inspect.Shop.Order;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.Upcasters;
import dev.belay.internal.journal.Visible;
import dev.belay.internal.queue.SagaSearch;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A search looks at so many sagas for a page and no more; what it has not come to is on the next. */
@BelayTest
class WindowTest {
    private static final int WINDOW = 10;

    @Test
    void whatIsRareIsFoundWindowByWindow(SagaKit kit) {
        var orders = Shop.orders();
        kit.open(orders);
        List<UUID> rare = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            UUID id = kit.belay()
                    .start(orders, Order.of(i % 15 == 3 ? "rare" : "fine"))
                    .id();
            if (i % 15 == 3) {
                rare.add(0, id);
            }
            kit.advance(Duration.ofMillis(5));
        }
        SagaSearch search = new SagaSearch(new Schema(kit.schema()), WINDOW);
        SagaFilter filter = SagaFilter.where(Condition.at(Field.INPUT, List.of("what"), Condition.Test.IS, "rare"));

        List<UUID> found = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        try (Handle handle = Jdbis.over(kit.dataSource()).open()) {
            List<PlanTable.Named> plans =
                    new PlanTable(new Schema(kit.schema()), new Payloads(1024, none())).named(handle);
            Visible visible = Visible.of(Scope.everything(), plans);
            UUID after = null;
            do {
                SagaSearch.Found page = search.page(handle, filter, visible, plans, after, 5);
                page.sagas().forEach(saga -> found.add(saga.id()));
                sizes.add(page.sagas().size());
                assertThat(page.whole()).isFalse();
                after = last(page);
            } while (after != null);
            assertThat(search.count(handle, filter, visible, plans, 100)).isEqualTo(new Count(0, true));
            assertThat(search.count(handle, filter.fromTheOldest(), visible, plans, 100))
                    .isEqualTo(new Count(1, true));
            assertThat(search.count(handle, SagaFilter.all(), visible, plans, 5))
                    .isEqualTo(new Count(5, true));
            assertThat(new SagaSearch(new Schema(kit.schema()), 45)
                            .count(handle, SagaFilter.all(), visible, plans, 100))
                    .isEqualTo(new Count(45, false));
        }

        assertThat(found).isEqualTo(rare);
        assertThat(sizes).containsExactly(0, 1, 1, 0, 1);
    }

    private static Upcasters none() {
        return new Upcasters(List.of());
    }

    private static @Nullable UUID last(SagaSearch.Found page) {
        Optional<UUID> last = page.last();
        return last.orElse(null);
    }
}
