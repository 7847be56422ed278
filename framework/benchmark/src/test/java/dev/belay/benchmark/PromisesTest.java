package dev.belay.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;

class PromisesTest {

    @Test
    void judgesOnlyWhatTookPart() {
        List<Promises.Promise> promises =
                judge(rate("one-saga", "belay", 1_000), rate("one-saga", "jobrunr", 100), rate("undo", "belay", 500));

        assertThat(promises).extracting(Promises.Promise::words).containsExactly("as fast as jobrunr");
    }

    @Test
    void aLimitThatIsJustMetHolds() {
        List<Promises.Promise> promises = judge(
                rate("one-saga", "belay", 1_000),
                rate("one-saga", "ceiling", 1_600),
                rate("one-saga", "jobrunr", 125),
                rate("one-saga", "dbos", 700));

        assertThat(promises).extracting(Promises.Promise::measured).containsExactly("1.60 x", "1.4 x", "8.0 x");
        assertThat(promises).extracting(Promises.Promise::holds).containsExactly(true, false, true);
    }

    @Test
    void theBestPeerIsTheFastestThatIsNeitherOursNorTheBareDatabase() {
        List<Promises.Promise> promises = judge(
                rate("one-step", "belay", 1_000),
                rate("one-step", "belay-jobrunr", 900),
                rate("one-step", "ceiling", 5_000),
                rate("one-step", "dbos", 100),
                rate("one-step", "db-scheduler", 200));

        assertThat(promises)
                .extracting(Promises.Promise::words)
                .containsExactly("as fast as the best peer (db-scheduler)");
        assertThat(promises).extracting(Promises.Promise::measured).containsExactly("5.0 x");
    }

    @Test
    void undoIsJudgedByOurOwnWayForward() {
        List<Promises.Promise> promises = judge(rate("many-sagas", "belay", 1_000), rate("undo", "belay", 400));

        assertThat(promises)
                .filteredOn(promise -> promise.workload() == Workload.UNDO)
                .extracting(Promises.Promise::measured, Promises.Promise::holds)
                .containsExactly(tuple("40 %", false));
    }

    private static List<Promises.Promise> judge(Measured... measured) {
        return Promises.judge(new Figures(List.of(measured), List.of()));
    }

    static Measured rate(String workload, String system, double perSecond) {
        return new Measured(workload, system, 10, 1000 / perSecond, perSecond, 1, 2, 500, 100);
    }
}
