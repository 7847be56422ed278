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
