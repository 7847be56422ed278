package dev.belay.benchmark.studies;

import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.benchmark.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How long it takes from a start in another process until the step runs on an idle worker of this one. */
final class Across {
    private static final int WARM_UP = 20;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Map<Integer, Long> ranAt = new ConcurrentHashMap<>();
    private final SagaDefinition<Integer, Void> single = Sagas.single(n -> ranAt.put(n, StarterMain.micros()));

    private Across() {}

    /** Measures {@code starts} of them, one after another, at no rhythm of the worker's. */
    static Latency measure(String name, Setup here, Setup there, int starts) throws Exception {
        return new Across().run(name, here, there, starts);
    }

    private Latency run(String name, Setup here, Setup there, int starts) throws Exception {
        List<Long> nanos = new ArrayList<>();
        try (var pool = here.pool();
                Belay belay = Belay.on(pool).with(single).open();
                Worker worker = belay.worker(here.options()).start();
                Child starter = Child.start(StarterMain.class, there.words())) {
            starter.hear();
            for (int i = 0; i < WARM_UP + starts; i++) {
                // A worker that only polls has just done so when the last one ran: the next start comes at any time
                // between.
                int within = here.notifications() ? 60 : 1_000;
                Thread.sleep(ThreadLocalRandom.current().nextLong(20, within));
                long from = Long.parseLong(starter.ask(Integer.toString(i)));
                long took = TimeUnit.MICROSECONDS.toNanos(awaitRun(i) - from);
                if (i >= WARM_UP) {
                    nanos.add(took);
                }
            }
        }
        return Latency.of("across processes", name, nanos);
    }

    private long awaitRun(int number) throws InterruptedException, TimeoutException {
        long since = System.nanoTime();
        while (true) {
            Long at = ranAt.remove(number);
            if (at != null) {
                return at;
            }
            if (System.nanoTime() - since > LONGEST_NANOS) {
                throw new TimeoutException("A saga started in another process did not run within 30 s.");
            }
            Thread.sleep(1);
        }
    }
}
