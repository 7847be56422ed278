package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class FirstSagaTest {
    record Trip(String to) {}

    record Booking(String ref) {}

    @Test
    void runsAChainAndUndoesOne() {
        List<String> log = new CopyOnWriteArrayList<>();
        Saga<Trip> saga = Saga.define("trip", Trip.class);
        Step<Trip, Booking> flight = saga.step(
                        "flight",
                        Booking.class,
                        ctx -> new Booking("F-" + ctx.input().to()))
                .undo(u -> log.add("undo " + u.output().ref()));
        Step<Trip, Booking> hotel = saga.step("hotel", Booking.class, ctx -> {
            if (ctx.input().to().equals("nowhere")) {
                throw new StepRejected("full");
            }
            return new Booking("H-" + ctx.output(flight).ref());
        });
        SagaDefinition<Trip, Booking> trip = saga.returns(hotel);
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        try (HikariDataSource pool = new HikariDataSource(config);
                Belay belay = Belay.on(pool).with(trip).open()) {
            belay.worker().start();
            SagaHandle<Booking> good = belay.start(trip, new Trip("oslo"));
            assertThat(good.await(Duration.ofSeconds(10))).isEqualTo(new Booking("H-F-oslo"));
            SagaHandle<Booking> bad = belay.start(trip, new Trip("nowhere"));
            assertThat(bad.awaitSettled(Duration.ofSeconds(10))).isEqualTo(SagaState.COMPENSATED);
            assertThat(log).containsExactly("undo F-nowhere");
        }
    }
}
