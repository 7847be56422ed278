package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.belay.SagaHandle;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A saga with a journal of twenty thousand rows can be looked at like any other. */
@Order(8)
final class LongSagaTest {
    private static final int ROWS = 20_000;
    private static final int MOST_ELEMENTS = 12_000;

    @RegisterExtension
    final Visits visits = new Visits();

    @Test
    void twentyThousandRowsAreLookedAtPieceByPiece() throws Exception {
        SagaHandle<?> refund = visits.shop().startRefund("long-1");
        refund.awaitSettled(Duration.ofSeconds(30));
        lengthen(refund);
        Visitor visitor = visits.desk();
        for (String tab : new String[] {"timeline", "graph", "journal", "messages", "data", "audit"}) {
            long before = System.nanoTime();
            visitor.at("/sagas/" + refund.id() + "?tab=" + tab);
            int elements = (int) visitor.asked("document.getElementsByTagName('*').length");
            System.out.printf(
                    "%s of %,d rows: %,d elements, there in %d ms, longest task %s ms%n",
                    tab, ROWS, elements, (System.nanoTime() - before) / 1_000_000, longestTask(visitor.page()));
            assertThat(elements).as("elements of " + tab).isLessThan(MOST_ELEMENTS);
            visitor.ask("Retry charge-card");
            visitor.page().keyboard().press("Escape");
            assertThat(visitor.dialog()).isHidden();
        }
    }

    @Test
    void theNextRowsOfTheJournalComeWhenAskedFor() throws Exception {
        SagaHandle<?> refund = visits.shop().startRefund("long-2");
        refund.awaitSettled(Duration.ofSeconds(30));
        lengthen(refund);
        Visitor visitor = visits.desk().at("/sagas/" + refund.id() + "?tab=journal");
        int first = visitor.main().locator("#journal tbody tr[data-row]").count();
        visitor.main().getByText("Load more").click();
        assertThat(visitor.main().locator("#journal tbody tr[data-row]")).hasCount(2 * first);

        visitor.main().getByLabel("Failed only").check();
        visitor.main().getByLabel("Newest first").check();
        visitor.click(visitor.button("Show"));
        assertThat(visitor.main().locator("#journal tbody tr[data-row]").first())
                .containsText("charge-card");
    }

    private static Object longestTask(Page page) {
        return page.evaluate("""
                () => new Promise((done) => {
                  new PerformanceObserver((list) =>
                    done(Math.round(Math.max(...list.getEntries().map((task) => task.duration)))))
                      .observe({ type: "longtask", buffered: true });
                  setTimeout(() => done("under 50"), 200);
                })
                """);
    }

    /** Gives the saga a history of many attempts at many places. */
    private void lengthen(SagaHandle<?> saga) throws Exception {
        try (Connection connection = visits.shop().pool().getConnection();
                PreparedStatement statement = connection.prepareStatement("""
                        insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step,
                          worker, fence, recorded_at, took_us, error)
                        select saga_id, branch, 1000 + i / 4, run, direction, kind, 1 + i % 4, 0, outcome, step,
                          worker, fence, recorded_at + i * interval '10 milliseconds', took_us, error
                        from belay.journal, generate_series(0, ? - 1) as i
                        where saga_id = ? and step = 'charge-card' and error is not null and n = 1
                        """)) {
            statement.setInt(1, ROWS);
            statement.setObject(2, saga.id());
            assertThat(statement.executeUpdate()).isGreaterThanOrEqualTo(ROWS);
        }
    }
}
