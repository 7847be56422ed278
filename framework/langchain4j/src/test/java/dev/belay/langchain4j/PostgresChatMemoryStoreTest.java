package dev.belay.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Chat memories in the database, outside of steps. */
@BelayTest
class PostgresChatMemoryStoreTest {

    private static PostgresChatMemoryStore store(SagaKit kit) {
        return PostgresChatMemoryStore.in(kit.dataSource(), kit.schema());
    }

    private static long rows(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select count(*) from " + kit.schema() + ".chat_message")
                        .mapTo(Long.class)
                        .one());
    }

    @Test
    void memoryIsWhatWasWrittenLast(SagaKit kit) {
        var request = ToolExecutionRequest.builder()
                .id("c1")
                .name("find")
                .arguments("{}")
                .build();
        List<ChatMessage> said = List.of(
                SystemMessage.from("Be brief."),
                UserMessage.from("Where?"),
                AiMessage.from(request),
                ToolExecutionResultMessage.from(request, "Oslo"),
                AiMessage.from("In Oslo."));
        store(kit).updateMessages(42, said);

        assertThat(store(kit).getMessages(42)).isEqualTo(said);
        assertThat(store(kit).getMessages("42")).isEqualTo(said);
        assertThat(store(kit).getMessages("43")).isEmpty();
    }

    @Test
    void windowThatMovesOnStoresEachMessageOnce(SagaKit kit) {
        var memory = MessageWindowChatMemory.builder()
                .id("ann")
                .maxMessages(4)
                .chatMemoryStore(store(kit))
                .build();
        memory.add(SystemMessage.from("Be brief."));
        for (int i = 0; i < 10; i++) {
            memory.add(UserMessage.from("question " + i % 2));
            memory.add(AiMessage.from("answer " + i % 2));
        }

        assertThat(store(kit).getMessages("ann"))
                .containsExactly(
                        SystemMessage.from("Be brief."),
                        AiMessage.from("answer 0"),
                        UserMessage.from("question 1"),
                        AiMessage.from("answer 1"));
        assertThat(rows(kit)).isEqualTo(21);
    }

    @Test
    void messageThatIsReplacedKeepsItsPlace(SagaKit kit) {
        store(kit)
                .updateMessages("ann", List.of(SystemMessage.from("old"), UserMessage.from("a"), AiMessage.from("b")));

        List<ChatMessage> wanted = List.of(SystemMessage.from("new"), UserMessage.from("a"), AiMessage.from("b"));
        store(kit).updateMessages("ann", wanted);

        assertThat(store(kit).getMessages("ann")).isEqualTo(wanted);
    }

    @Test
    void deletedMemoryLeavesNothing(SagaKit kit) {
        store(kit).updateMessages("ann", List.of(UserMessage.from("secret")));
        store(kit).updateMessages("ann", List.of());

        store(kit).deleteMessages("ann");

        assertThat(store(kit).getMessages("ann")).isEmpty();
        assertThat(rows(kit)).isZero();
    }

    @Test
    void writersAtTheSameTimeLeaveTheMemoryOfOneOfThem(SagaKit kit) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        List<Future<?>> writing = new ArrayList<>();
        for (int writer = 0; writer < 6; writer++) {
            String name = "writer " + writer;
            writing.add(threads.submit(() -> {
                for (int i = 0; i < 10; i++) {
                    store(kit).updateMessages("ann", List.of(UserMessage.from(name), AiMessage.from(name + i)));
                }
            }));
        }
        for (Future<?> each : writing) {
            each.get();
        }
        threads.shutdown();

        List<ChatMessage> left = store(kit).getMessages("ann");
        assertThat(left).hasSize(2);
        String name = ((UserMessage) left.get(0)).singleText();
        assertThat(left.get(1)).isEqualTo(AiMessage.from(name + 9));
    }
}
