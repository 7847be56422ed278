package dev.belay.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.samples.TicketRouter.ByHand;
import dev.belay.samples.TicketRouter.Routed;
import dev.belay.samples.TicketRouter.Ticket;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

@BelayTest
@Timeout(120)
class TicketRouterTest {
    private static SagaDefinition<Ticket, Routed> route;

    @BeforeAll
    static void loadTheModel() {
        var model = TicketRouter.model();
        route = TicketRouter.route(model, TicketRouter.known(model));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            billing  | You took 49 euros from my bank account two times
            billing  | Why is there a second payment of 12.99 on my card statement?
            access   | It says wrong password although I am sure it is right
            delivery | Where is the package I ordered last week?
            delivery | The courier left the parcel at the wrong house
            defects  | Since the update the program closes itself as soon as I start it
            """)
    void aTicketGoesWhereTheMostSimilarOneWent(String queue, String text, SagaKit kit) {
        var saga = kit.start(route, new Ticket(text));

        kit.runUntilIdle();

        assertThat(saga.result()).isEqualTo(new Routed(queue, "the model"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Do you sell gift vouchers for museums?
            My cat likes to sleep on the keyboard
            """)
    void aTicketLikeNoneThatIsKnownWaitsForAPerson(String text, SagaKit kit) {
        var saga = kit.start(route, new Ticket(text));
        kit.runUntilIdle();
        assertThat(saga.state()).isEqualTo(SagaState.RUNNING);

        saga.signal("sorted-by-hand", new ByHand("sales", "Ada"), "ada-1");
        kit.runUntilIdle();

        assertThat(saga.result()).isEqualTo(new Routed("sales", "Ada"));
    }

    @Test
    void whatTheModelReadIsRecorded(SagaKit kit) {
        var saga = kit.start(route, new Ticket("My parcel is late"));

        kit.runUntilIdle();

        assertThat(saga.journal())
                .filteredOn(entry -> entry.kind() == JournalEntry.Kind.ACTIVITY)
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.activity()).contains("read");
                    var recorded = JsonMapper.shared().readTree(entry.output().orElseThrow());
                    assertThat(recorded.path("direction")).hasSize(384);
                });
    }
}
