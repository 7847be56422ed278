package dev.belay.behaviour;

import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Tokens;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolRequest;
import dev.belay.internal.journal.Jdbis;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is never stored nor logged. */
@BelayTest
class RedactionTest {
    private static final String KEY = "sk-canary-4f1c9";
    private static final String CARD = "4111-canary-1111";

    @Test
    void canariesReachNeitherTheDatabaseNorTheLog(SagaKit kit) {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        var heard = new ListAppender<ILoggingEvent>();
        heard.start();
        Level before = root.getLevel();
        root.addAppender(heard);
        ((Logger) LoggerFactory.getLogger("dev.belay")).setLevel(Level.DEBUG);
        try {
            kit.engineOptions(builder -> builder.redact("customer.card", "pin", "name", "type", "approved", "kind")
                    .secrets(KEY));
            var saga = Saga.define("talk", Map.class);
            saga.step("talk", Map.class, ctx -> {
                        var request = ModelRequest.of(
                                        "acme",
                                        "large",
                                        List.of(
                                                Message.text("system", "the key is " + KEY),
                                                Message.of("user", "{\"customer\":{\"card\":\"" + CARD + "\"}}")))
                                .parameters("{\"headers\":{\"auth\":\"" + KEY + "\"},\"pin\":\"" + CARD + "\"}");
                        ctx.model("chat", request)
                                .run(() -> new ModelReply(
                                        Message.of("assistant", "{\"pin\":\"" + CARD + "\",\"say\":\"" + KEY + "\"}"),
                                        "large",
                                        "stop",
                                        Tokens.NONE));
                        ctx.tool(new ToolRequest("pay", "call_1", "{\"customer\":{\"card\":\"" + CARD + "\"}}"))
                                .run(arguments -> "{\"paid\":\"with " + KEY + "\",\"pin\":\"" + CARD + "\"}");
                        try {
                            ctx.tool(new ToolRequest("wire", "call_9", "{\"pin\":\"" + CARD + "\"}"))
                                    .approval(ToolApproval.asking("Wire it?"))
                                    .run(arguments -> "wired");
                        } catch (dev.belay.SagaException e) {
                            assertThat(e).hasMessageContaining("never stored");
                        }
                        ctx.tool(new ToolRequest("cut", "call_8", "{\"pin\":\"" + CARD + "\", \"x\": "))
                                .run(arguments -> "no JSON");
                        ctx.activity("plain", Map.class, () -> Map.of("pin", CARD, "list", List.of(KEY)));
                        if (ctx.attempt() == 1) {
                            throw new IllegalStateException("refused: " + KEY);
                        }
                        return Map.of("pin", CARD);
                    })
                    .retry(RetryPolicy.fixed(java.time.Duration.ofSeconds(1)));
            saga.step(
                    "ask",
                    String.class,
                    ctx -> ctx.tool(new ToolRequest("refund", "call_2", "{\"cents\":5}"))
                            .approval(ToolApproval.asking("Refund for " + KEY + "?"))
                            .run(arguments -> {
                                throw new IllegalStateException("no " + KEY);
                            }));
            var handle = kit.start(saga.returnsNothing(), Map.of("pin", CARD, "name", "Ann " + KEY));
            kit.runToTheEnd();
            kit.operator("alice").approveCall(handle.id(), "call_2", "fine, the key is " + KEY);
            kit.runToTheEnd();

            assertThat(handle.state()).isEqualTo(SUSPENDED);
            assertThat(everything(kit))
                    .contains("[redacted]")
                    .doesNotContain(KEY)
                    .doesNotContain(CARD);
            assertThat(heard.list.stream()
                            .map(event -> event.getFormattedMessage()
                                    + (event.getThrowableProxy() == null
                                            ? ""
                                            : ThrowableProxyUtil.asString(event.getThrowableProxy()))))
                    .allSatisfy(line -> assertThat(line).doesNotContain(KEY).doesNotContain(CARD));
        } finally {
            root.detachAppender(heard);
            root.setLevel(before);
            ((Logger) LoggerFactory.getLogger("dev.belay")).setLevel(null);
        }
    }

    /** Every row of every table of the schema, as text. */
    private static String everything(SagaKit kit) {
        return Jdbis.over(kit.dataSource()).withHandle(handle -> {
            List<String> tables = handle.createQuery(
                            "select table_name from information_schema.tables where table_schema = :schema")
                    .bind("schema", kit.schema())
                    .mapTo(String.class)
                    .list();
            assertThat(tables).contains("journal", "saga", "saga_turned", "failure_kind");
            StringBuilder all = new StringBuilder();
            for (String table : tables) {
                handle.createQuery("select t::text from " + kit.schema() + "." + table + " t")
                        .mapTo(String.class)
                        .forEach(row -> all.append(row).append('\n'));
            }
            return all.toString();
        });
    }
}
