package dev.belay.behaviour;

import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Tokens;
import dev.belay.agent.ToolRequest;
import dev.belay.internal.journal.Jdbis;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a long conversation takes in the journal. */
@BelayTest
class ConversationBytesTest {
    private static final int TURNS = 100;

    private final Random random = new Random(4711);

    /** Text that does not shrink when it is compressed, as little as prose does. */
    private String prose(int length) {
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    @Test
    void aHundredTurnsTakeNotMuchMoreThanTheirMessages(SagaKit kit) {
        var asked = new AtomicInteger();
        var attempts = new AtomicInteger();
        List<String> questions = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        List<String> results = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            questions.add(prose(300));
            answers.add(prose(900));
            results.add(prose(800));
        }
        var saga = Saga.define("talk", String.class);
        saga.step("talk", String.class, ctx -> {
                    attempts.incrementAndGet();
                    List<Message> messages = new ArrayList<>(List.of(Message.text("system", "be brief")));
                    for (int turn = 0; turn < TURNS; turn++) {
                        messages.add(Message.text("user", questions.get(turn)));
                        String id = "call_" + turn;
                        String found = results.get(turn);
                        messages.add(Message.toolResult(
                                id,
                                ctx.tool(new ToolRequest("search", id, "{}")).run(arguments -> found)));
                        String answer = answers.get(turn);
                        messages.add(ctx.model("chat", ModelRequest.of("acme", "large", messages))
                                .run(() -> {
                                    asked.incrementAndGet();
                                    return new ModelReply(
                                            Message.text("assistant", answer), "large", "stop", Tokens.of(10, 10));
                                })
                                .message());
                    }
                    if (attempts.get() == 1) {
                        throw new IllegalStateException("once more, from the journal");
                    }
                    return "done";
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)));
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(attempts).hasValue(2);
        assertThat(asked).hasValue(TURNS);
        long messages = kit.belay().agents().conversation(handle.id(), "main").stream()
                .mapToLong(message -> message.json().length())
                .sum();
        assertThat(messages).isGreaterThan(TURNS * 2_000L);
        long journal = Jdbis.over(kit.dataSource())
                .withHandle(jdbi -> jdbi.createQuery("select sum(pg_column_size(j.*)) from " + kit.schema()
                                + ".journal j where saga_id = :saga")
                        .bind("saga", handle.id())
                        .mapTo(Long.class)
                        .one());
        assertThat((double) journal / messages)
                .as("bytes of the journal to bytes of the messages")
                .isLessThan(1.5);
    }
}
