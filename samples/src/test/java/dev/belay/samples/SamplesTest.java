package dev.belay.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SamplesTest {

    @Test
    void anUnpaidTripIsUndoneInReverseOrder() throws Exception {
        assertThat(printedBy(TripSaga::main))
                .anyMatch(line -> line.startsWith("order-1: Itinerary"))
                .containsSubsequence(
                        "  the hotel takes back the room in Rome for Bob",
                        "  the airline takes back the seat to Rome for Bob",
                        "order-2: COMPENSATED");
    }

    @Test
    void anAgentsSecondAttemptPaysForNoRecordedCallAndItsTicketsAreClosed() throws Exception {
        assertThat(printedBy(AgentLoop::main))
                .containsSubsequence("undo:   closed T-3", "undo:   closed T-2", "undo:   closed T-1")
                .contains("served: 4 model calls for 4 drafts in 2 attempts");
    }

    @Test
    void anAgentsTurnsAreStepsOfTheirOwn() throws Exception {
        assertThat(printedBy(RoutedAgent::main)).containsSubsequence("6. act", "7. think", "mended: one, two, three");
    }

    @Test
    void anApplicationsJobsStartSagasWhoseStepsAreJobsOnItsServer() throws Exception {
        assertThat(printedBy(AlreadyOnJobRunr::main))
                .contains(
                        "tea:   parcel of tea is on its way",
                        "tea:   tried again, the job finds the same saga",
                        "stock: counted")
                .containsSubsequence("  pack: SUCCEEDED", "  charge: SUCCEEDED")
                .doesNotContain("  pack: LOST")
                .containsSubsequence("  unpacked the parcel of coffee", "coffee: COMPENSATED");
    }

    @Test
    void ticketsAreSortedByAModelAndTheRestByAPerson() throws Exception {
        assertThat(printedBy(TicketRouter::main))
                .anyMatch(line -> line.startsWith("billing  said the model: \"You took 49 euros"))
                .anyMatch(line -> line.startsWith("sales    said Ada: \"Do you sell gift vouchers"));
    }

    @Test
    void anAgentGoesBackToItsSavePointAndPlansAgain() throws Exception {
        assertThat(printedBy(ReplanningAgent::main))
                .containsSubsequence(
                        "model:  plans to go by plane, arriving on Friday",
                        "agent:  reserves a room from Friday",
                        "agent:  finds no seat in the plane",
                        "undo:   gives back a room from Friday",
                        "model:  plans to go by night train, arriving on Saturday",
                        "booked: a seat in the night train and a room from Saturday")
                .anyMatch(line -> line.startsWith("agent:  tells the model: That failed at \"seat\": No plane")
                        && line.contains("Undone was: room"))
                .last()
                .asString()
                .endsWith("in 2 calls");
    }

    @Test
    void aPlannersWorkersMayFailUnlessTooManyDo() throws Exception {
        assertThat(printedBy(PlannerAndWorkers::main))
                .containsSubsequence("joined: 3 of 4 parts came", "joined: 1 of 4 parts came")
                .anyMatch(line -> line.startsWith("ships:  A report in 3 chapters"))
                .contains(
                        "undo:   removes the page \"tides of old\"",
                        "undo:   removes the page \"tides today\"",
                        "undo:   removes the page \"tides in songs\"",
                        "undo:   removes the page \"tides on the moon\"",
                        "tides:  COMPENSATED, because: Only 1 parts were written.",
                        "kept:   ships in songs, ships of old, ships on the moon, ships today");
    }

    @Test
    void aRefundIsPaidAsAPersonApprovedItAndNoModelIsAskedAgain() throws Exception {
        assertThat(printedBy(ApprovedRefund::main))
                .containsSubsequence(
                        "bank:   Paid back 100 for A-1.",
                        "agent:  Dear customer. Paid back 100 for A-1.",
                        "bank:   Paid back 20 for A-2.",
                        "agent:  Dear customer. Paid back 20 for A-2.")
                .anyMatch(line ->
                        line.startsWith("agent:  Dear customer. Not paid back. ") && line.contains("Tastes differ."))
                .noneMatch(line -> line.startsWith("bank:") && line.contains("A-3"))
                .contains("model:  was asked 6 times for 3 complaints");
    }

    @Test
    void aLangChain4jAgentOutlivesItsProvidersMoodsAndIsUndone() throws Exception {
        assertThat(printedBy(SupportAgent::main))
                .containsSubsequence(
                        "tool:   looks for A-1",
                        "tool:   sends A-1 again",
                        "mail:   Your order was lost on the way. It is sent, arrives on Friday.")
                .containsOnlyOnce("tool:   looks for A-1", "tool:   sends A-1 again")
                .contains(
                        "server: call 1 REFUSED with 429",
                        "server: call 3 REFUSED with 500",
                        "server: call 5 UNANSWERED",
                        "server: call 6 CUT with 200",
                        "server: call 7 MALFORMED with 200",
                        "server: 8 calls with 3 keys, of which 3 were answered")
                .containsSubsequence(
                        "tool:   sends A-2 again",
                        "undo:   stops what was sent again for A-2",
                        "second: COMPENSATED, because: The customer has no address.");
    }

    private static List<String> printedBy(Main main) throws Exception {
        var before = System.out;
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            main.run();
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private interface Main {
        void run(String... args) throws Exception;
    }
}
