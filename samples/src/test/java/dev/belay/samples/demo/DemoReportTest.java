package dev.belay.samples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaState;
import dev.belay.samples.demo.DemoReport.Claim;
import dev.belay.samples.demo.ReviewScenes.InMemoryReview;
import dev.belay.samples.demo.TripScenes.RetriedTrip;
import dev.belay.samples.demo.TripScenes.UndoneTrip;
import dev.belay.samples.model.LedgerTotals;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DemoReportTest {

    private static final String SUM = "0123456789abcdef";

    @Test
    void holdsWhenEveryFigureIsAsClaimed() {
        var report = report(0, List.of("key-47"), List.of("reserve-hotel", "reserve-flight"), SUM);

        assertThat(report.claims()).allMatch(Claim::holds);
        assertThat(report.holds()).isTrue();
        assertThat(ReportText.of(report)).noneMatch(line -> line.contains("FAILED"));
    }

    @Test
    void saysWhichClaimDidNotHold() {
        var hotelAndFlight = List.of("reserve-hotel", "reserve-flight");

        assertThat(failed(report(1, List.of("key-47"), hotelAndFlight, SUM)))
                .containsExactly("All 100 steps are recorded, none twice");
        assertThat(failed(report(0, List.of("key-46"), hotelAndFlight, SUM)))
                .containsExactly("Only that call is made again, with the same idempotency key");
        assertThat(failed(report(0, List.of("key-47"), List.of("reserve-flight", "reserve-hotel"), SUM)))
                .containsExactly("A rejected trip is undone in reverse order");
        assertThat(failed(report(0, List.of("key-47"), hotelAndFlight, "fedcba9876543210")))
                .containsExactly("The reports are those of an undisturbed run");
    }

    private static List<String> failed(DemoReport report) {
        assertThat(report.holds()).isFalse();
        return report.claims().stream()
                .filter(claim -> !claim.holds())
                .map(Claim::sentence)
                .toList();
    }

    private static DemoReport report(int twice, List<String> repeated, List<String> undone, String undisturbed) {
        var saga = new UUID(0, 1);
        var duringCall = review(twice, 46, 47, 47, 101, Optional.of("key-47"), repeated);
        var afterRecord = review(0, 47, 48, 48, 100, Optional.empty(), List.of());
        var ledger = new LedgerTotals(147, 147, 0, 0, 1, 0, 1, 1, 2, 100, List.of());
        return new DemoReport(
                duringCall,
                afterRecord,
                new InMemoryReview(47, 1, ledger, SUM),
                undisturbed,
                new UndoneTrip(saga, SagaState.COMPENSATED, List.of(), undone),
                new RetriedTrip(saga, 3, SagaState.SUSPENDED, SagaState.COMPLETED));
    }

    private static KilledReview review(
            int twice, int before, int killed, int resumed, long calls, Optional<String> inFlight, List<String> keys) {
        var saga = new UUID(0, 1);
        return new KilledReview(
                saga, 100, twice, killed, before, resumed, Duration.ofSeconds(2), calls, 1, inFlight, keys, SUM);
    }
}
