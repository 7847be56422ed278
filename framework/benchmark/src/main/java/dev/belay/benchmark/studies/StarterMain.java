package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import java.io.BufferedReader;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Starts sagas in a process without a worker: one for each number it is told, and says at what microsecond it began to. */
final class StarterMain {
    private StarterMain() {}

    public static void main(String... words) throws Exception {
        SagaDefinition<Integer, Void> single = Sagas.single(n -> {});
        try (HikariDataSource pool = Setup.of(words).pool();
                Belay belay = Belay.on(pool).with(single).open();
                BufferedReader ears = Child.ears()) {
            System.out.println("ready");
            String line = ears.readLine();
            while (line != null) {
                long from = micros();
                belay.start(single, Integer.valueOf(line));
                System.out.println(from);
                line = ears.readLine();
            }
        }
    }

    /** The time of this machine's clock, which its processes share. */
    static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
