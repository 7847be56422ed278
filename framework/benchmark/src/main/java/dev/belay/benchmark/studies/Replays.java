package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.StepContext;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Tokens;
import dev.belay.benchmark.Latency;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import picocli.CommandLine.Command;

/** How long a step takes to come back to where it was: a conversation of 100 turns of about 1 kB a message, replayed from the journal. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "How long a step takes to replay 100 recorded calls of a model.")
public final class Replays extends Study {
    private static final int TURNS = 100;
    private static final int CHARS = 1_000;
    private static final int SAGAS = 15;
    private static final int WARM_UP = 5;

    private final List<Long> nanos = new CopyOnWriteArrayList<>();
    private final List<String> texts = new ArrayList<>();

    @Override
    protected boolean run(Place place) throws Exception {
        writeTexts();
        var saga = Saga.define("replay", Integer.class);
        saga.step("talk", Integer.class, this::talk).pure().retry(RetryPolicy.fixed(Duration.ofMillis(1)));
        var definition = saga.returnsNothing();
        try (HikariDataSource pool = place.pool("replay", 8);
                Belay belay = Belay.on(pool).with(definition).open();
                Worker worker = belay.worker(WorkerOptions.defaults().platformThreads(2))) {
            worker.start();
            for (int i = 0; i < SAGAS; i++) {
                belay.start(definition, i).await(Duration.ofMinutes(2));
            }
        }
        Latency replays = Latency.of("replay", "belay", nanos.subList(WARM_UP, nanos.size()));
        say(
                "A step takes %.0f ms (slowest %.0f ms, %d sagas) to replay %d recorded calls of a model, %d messages of %d characters",
                replays.p50Ms(), replays.p99Ms(), replays.starts(), TURNS, 2 * TURNS, CHARS);
        return true;
    }

    private void writeTexts() {
        Random random = new Random(1);
        for (int i = 0; i < 2 * TURNS; i++) {
            texts.add(random.ints(CHARS, 'a', 'z' + 1)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
        }
    }

    private int talk(StepContext<Integer> ctx) {
        long from = System.nanoTime();
        List<Message> messages = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            messages.add(Message.text("user", texts.get(2 * turn)));
            String answer = texts.get(2 * turn + 1);
            messages.add(ctx.model("chat", ModelRequest.of("acme", "large", messages))
                    .run(() -> new ModelReply(Message.text("assistant", answer), "large", "stop", Tokens.of(250, 250)))
                    .message());
        }
        if (ctx.attempt() == 1) {
            throw new IllegalStateException("once more, from the journal");
        }
        nanos.add(System.nanoTime() - from);
        return messages.size();
    }
}
