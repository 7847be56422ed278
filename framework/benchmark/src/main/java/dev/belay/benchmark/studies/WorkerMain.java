package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Worker;
import java.io.BufferedReader;

/** A worker in a process of its own. Says "ready" when it works. */
final class WorkerMain {
    private WorkerMain() {}

    public static void main(String... words) throws Exception {
        Setup setup = Setup.of(words);
        try (HikariDataSource pool = setup.pool();
                Belay belay = Belay.on(pool)
                        .with(Sagas.chain(n -> {}), Sagas.single(n -> {}))
                        .open();
                Worker worker = belay.worker(setup.options()).start();
                BufferedReader ears = Child.ears()) {
            System.out.println("ready");
            while (ears.readLine() != null) {
                System.out.println(worker.incarnation());
            }
        }
    }
}
